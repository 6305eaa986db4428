//! Changes, made by server-side apply.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{
    Applier, ApplyError, Change, Conflict, Differ as _, Object, ObjectId, Outcome, Pin,
};
use serde_json::{Value, json};

use crate::{
    KubeCluster,
    body::Expect,
    call::{ApplyMode, Call, Failure},
    cluster::Seen,
    error::{Verdict, apply_error},
    pin,
    resolve::Endpoint,
    secret,
    settled::is_deleting,
};

/// How long a replacement waits until the old object is gone.
pub const REPLACE_WAIT_MAX: Duration = Duration::from_secs(60);

// How long to wait between two looks at an object that is on its way out.
const GONE_POLL_FIRST: Duration = Duration::from_millis(50);
const GONE_POLL_MAX: Duration = Duration::from_secs(2);

/// An [`Applier`] over server-side apply.
///
/// Every write insists on the state of the object that the change was computed from, and forces
/// nothing but what the change says it takes. A deletion leaves dependents to the garbage collector.
#[derive(Clone, Debug)]
pub struct ServerSideApplier {
    cluster: KubeCluster,
}

impl ServerSideApplier {
    pub(crate) fn new(cluster: KubeCluster) -> Self {
        Self { cluster }
    }

    async fn create(&self, desired: &Object) -> Result<Outcome, ApplyError> {
        let Err(failure) = self.write(desired, Expect::Absent, false).await else {
            return Ok(Outcome::Created);
        };
        match failure.verdict(desired.id()) {
            Verdict::Moved | Verdict::Conflict => self.outdated(desired, &[]).await,
            Verdict::Absent
            | Verdict::NoKind
            | Verdict::NoNamespace
            | Verdict::Immutable
            | Verdict::Invalid
            | Verdict::Denied
            | Verdict::Unavailable => Err(apply_error(desired.id(), Some(desired), failure)),
        }
    }

    async fn update(
        &self,
        desired: &Object,
        live: &Pin,
        takes: &[Conflict],
    ) -> Result<Outcome, ApplyError> {
        let id = desired.id();
        // By force, but in the one state that was compared: its conflicts are all in `takes`.
        let force = !takes.is_empty();
        let failure = match self.write(desired, Expect::Pinned(live), force).await {
            Ok(now) if now.resource_version == live.resource_version => {
                return Ok(Outcome::Unchanged);
            }
            Ok(_) => return Ok(Outcome::Updated),
            Err(failure) => failure,
        };
        match failure.verdict(id) {
            Verdict::Moved => self.outdated(desired, takes).await,
            // The server looks at the fields first: the conflict may be one with a later state.
            Verdict::Conflict if self.has_moved(id, live).await? => {
                Err(ApplyError::Stale { id: id.clone() })
            }
            Verdict::Conflict => {
                let conflicts = self.cluster.rivals(failure.conflicts(Some(desired)));
                Err(ApplyError::Conflict { id: id.clone(), conflicts })
            }
            Verdict::Absent
            | Verdict::NoKind
            | Verdict::NoNamespace
            | Verdict::Immutable
            | Verdict::Invalid
            | Verdict::Denied
            | Verdict::Unavailable => Err(apply_error(id, Some(desired), failure)),
        }
    }

    /// Judges a change whose pin has moved: it may have moved by the very same change, made by a
    /// call whose answer was lost.
    async fn outdated(&self, desired: &Object, takes: &[Conflict]) -> Result<Outcome, ApplyError> {
        let id = desired.id().clone();
        match self.cluster.differ().diff(desired, takes).await {
            Ok(Change::Unchanged { .. }) => Ok(Outcome::Unchanged),
            Err(err) if err.is_transient() => {
                Err(ApplyError::Unavailable { id, cause: err.into() })
            }
            Ok(_) | Err(_) => Err(ApplyError::Stale { id }),
        }
    }

    async fn has_moved(&self, id: &ObjectId, live: &Pin) -> Result<bool, ApplyError> {
        let endpoint = self.preferred(id).await?;
        Ok(match self.look(&endpoint, id).await? {
            Seen::Present(now) => pin::of(&now) != *live,
            Seen::Absent | Seen::NoKind => true,
        })
    }

    async fn replace(&self, desired: &Object, live: &Pin) -> Result<Outcome, ApplyError> {
        let id = desired.id();
        if let Some(problem) = secret::problem(desired) {
            return Err(apply_error(id, Some(desired), Failure::Local(problem)));
        }
        match self.delete(id, live).await {
            Ok(Outcome::Terminating) if !self.is_gone(id, live).await? => {
                return Ok(Outcome::Terminating);
            }
            Ok(_) => {}
            Err(ApplyError::Stale { .. }) => return self.outdated(desired, &[]).await,
            Err(err) => return Err(err),
        }
        self.create(desired).await.map(|_| Outcome::Replaced)
    }

    /// Waits until the object is gone; `false` when it still is there at the end.
    async fn is_gone(&self, id: &ObjectId, live: &Pin) -> Result<bool, ApplyError> {
        let endpoint = self.preferred(id).await?;
        let (mut wait, mut waited) = (GONE_POLL_FIRST, Duration::ZERO);
        loop {
            match self.look(&endpoint, id).await? {
                Seen::Present(now) if pin::of(&now).uid == live.uid => {}
                Seen::Present(_) | Seen::Absent | Seen::NoKind => return Ok(true),
            }
            if REPLACE_WAIT_MAX <= waited {
                return Ok(false);
            }
            self.cluster.clock().sleep(wait).await;
            waited += wait;
            wait = (wait * 2).min(GONE_POLL_MAX);
        }
    }

    async fn delete(&self, id: &ObjectId, live: &Pin) -> Result<Outcome, ApplyError> {
        let failed = |failure| apply_error(id, None, failure);
        let Some(endpoint) = self.cluster.preferred(id).await.map_err(failed)? else {
            // A kind that is not served has no objects.
            return Ok(Outcome::Unchanged);
        };
        let path = endpoint.path(id).map_err(failed)?;
        let failure = match self.cluster.call(&Call::delete(path, delete_body(live))).await {
            Ok(answer) if is_deleting(&answer.value) => return Ok(Outcome::Terminating),
            Ok(_) => return Ok(Outcome::Deleted),
            Err(failure) => failure,
        };
        match failure.verdict(id) {
            Verdict::Absent | Verdict::NoNamespace => Ok(Outcome::Unchanged),
            Verdict::NoKind => {
                // Was it taken back since it was discovered?
                self.cluster.resolver().doubt();
                match self.cluster.preferred(id).await.map_err(failed)? {
                    None => Ok(Outcome::Unchanged),
                    Some(_) => Err(failed(failure)),
                }
            }
            Verdict::Moved => match self.look(&endpoint, id).await? {
                Seen::Absent | Seen::NoKind => Ok(Outcome::Unchanged),
                Seen::Present(now) if pin::of(&now).uid == live.uid && is_deleting(&now) => {
                    Ok(Outcome::Terminating)
                }
                Seen::Present(_) => Err(ApplyError::Stale { id: id.clone() }),
            },
            Verdict::Conflict
            | Verdict::Immutable
            | Verdict::Invalid
            | Verdict::Denied
            | Verdict::Unavailable => Err(failed(failure)),
        }
    }

    async fn look(&self, endpoint: &Endpoint, id: &ObjectId) -> Result<Seen, ApplyError> {
        self.cluster.get(endpoint, id).await.map_err(|failure| apply_error(id, None, failure))
    }

    async fn preferred(&self, id: &ObjectId) -> Result<Arc<Endpoint>, ApplyError> {
        let found = self.cluster.preferred(id).await;
        found.map_err(|failure| apply_error(id, None, failure))?.ok_or_else(|| missing(id))
    }

    /// Applies `desired` and returns the state it is in then.
    async fn write(
        &self,
        desired: &Object,
        expect: Expect<'_>,
        force: bool,
    ) -> Result<Pin, Failure> {
        if let Some(problem) = secret::problem(desired) {
            return Err(Failure::Local(problem));
        }
        let applied = &*secret::applied(desired);
        let endpoint = self.cluster.exact(desired.kind()).await?.ok_or(Failure::NoKind)?;
        let mode = ApplyMode::Write { force };
        match self.cluster.apply(&endpoint, applied, mode, expect).await {
            Ok(answer) => {
                self.note_definition(desired.value());
                Ok(pin::of(&answer.value))
            }
            Err(failure) => {
                if let Verdict::NoKind = failure.verdict(desired.id()) {
                    self.cluster.resolver().doubt();
                }
                Err(failure)
            }
        }
    }

    // A definition that we wrote makes its kind appear at any moment.
    fn note_definition(&self, applied: &Value) {
        if applied.get("kind").is_some_and(|kind| kind == "CustomResourceDefinition") {
            self.cluster.resolver().expect_kinds();
        }
    }
}

#[async_trait]
impl Applier for ServerSideApplier {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        match change {
            Change::Create { desired, .. } => self.create(desired).await,
            Change::Update { desired, live, takes, .. } => self.update(desired, live, takes).await,
            Change::Replace { desired, live, .. } => self.replace(desired, live).await,
            Change::Delete { id, live } => self.delete(id, live).await,
            Change::Unchanged { .. } => Ok(Outcome::Unchanged),
        }
    }
}

fn delete_body(live: &Pin) -> Bytes {
    let body = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": { "uid": live.uid, "resourceVersion": live.resource_version },
        "propagationPolicy": "Background",
    });
    body.to_string().into()
}

fn missing(id: &ObjectId) -> ApplyError {
    ApplyError::Missing { id: id.clone(), cause: Failure::NoKind.into() }
}
