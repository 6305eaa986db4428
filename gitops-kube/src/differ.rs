//! What would change, as the server's own dry run tells.

use async_trait::async_trait;
use gitops_core::{
    After, Change, Conflict, DiffError, Differ, FieldChange, Kind, Live, LiveObject, Object,
    ObjectId, Scope, error,
};
use serde_json::Value;

use crate::{
    KubeCluster,
    body::Expect,
    call::{Answer, ApplyMode, Failure},
    cluster::Seen,
    compare::Comparison,
    error::{Verdict, diff_error},
    pin, replace,
    resolve::Endpoint,
    secret,
    settled::{is_deleting, is_settled},
};

/// How often a comparison starts over because the object changed in the middle of it.
pub const COMPARE_ATTEMPTS_MAX: usize = 5;

// How often a kind is looked up for one comparison: once more when the server took it back.
const KIND_ATTEMPTS_MAX: usize = 2;

/// A [`Differ`] that reads the live object and compares it with what a dry run of server-side
/// apply makes of it.
///
/// The dry run goes through admission, defaulting and validation as the apply will. It is left out
/// where it can change nothing: the live object holds every desired value, and our field manager
/// owns exactly these fields.
///
/// A field of which before and after are equal changes its owner alone: we gain it, or give it up
/// to those who own it too.
#[derive(Clone, Debug)]
pub struct ServerSideDiffer {
    cluster: KubeCluster,
}

impl ServerSideDiffer {
    pub(crate) fn new(cluster: KubeCluster) -> Self {
        Self { cluster }
    }

    /// Compares once the kind is known; `None` when the server does not serve it after all.
    async fn compare(
        &self,
        desired: &Object,
        takes: &[Conflict],
        endpoint: &Endpoint,
    ) -> Result<Option<Change>, DiffError> {
        let id = desired.id();
        let applied = &*secret::applied(desired);
        let failed = |failure| diff_error(id, Some(applied), failure);
        for _ in 0..COMPARE_ATTEMPTS_MAX {
            let live = match self.cluster.get(endpoint, id).await.map_err(failed)? {
                Seen::Present(live) => Some(live),
                Seen::Absent => None,
                Seen::NoKind => return Ok(None),
            };
            if let Some(live) = &live
                && is_settled(applied, live, self.cluster.manager().as_str(), endpoint.has_status)
            {
                return Ok(Some(Change::Unchanged { id: id.clone(), live: pin::of(live) }));
            }
            let failure = match self.dry_run(endpoint, applied, takes).await {
                Ok((answer, theirs)) => {
                    match self.judge(desired, endpoint, live.as_ref(), &answer, theirs) {
                        Some(change) => return Ok(Some(change)),
                        None => continue,
                    }
                }
                Err(failure) => failure,
            };
            match (failure.verdict(id), &live) {
                (Verdict::NoKind, _) => return Ok(None),
                (Verdict::Conflict, _) => {
                    let conflicts = self.cluster.rivals(failure.conflicts(Some(applied)));
                    return Err(DiffError::Conflict { id: id.clone(), conflicts });
                }
                (Verdict::NoNamespace, None) => return Ok(Some(after_namespace(desired))),
                (Verdict::Immutable, Some(live)) if replace::is_wanted(desired) => {
                    let because = error::chain(&failure.shown(id));
                    return Ok(Some(self.replace(desired, endpoint, live, because)));
                }
                (Verdict::Moved | Verdict::Absent | Verdict::NoNamespace, _) => {}
                (
                    Verdict::Immutable | Verdict::Invalid | Verdict::Denied | Verdict::Unavailable,
                    _,
                ) => return Err(failed(failure)),
            }
        }
        let cause = "the object changes faster than it can be compared".into();
        Err(DiffError::Unavailable { id: id.clone(), cause })
    }

    /// Asks the server what applying would make of the object, and returns what has to be taken
    /// from others for that.
    async fn dry_run(
        &self,
        endpoint: &Endpoint,
        applied: &Object,
        takes: &[Conflict],
    ) -> Result<(Answer, Vec<Conflict>), Failure> {
        let run = async |force| {
            let mode = ApplyMode::DryRun { force };
            self.cluster.apply(endpoint, applied, mode, Expect::Anything).await
        };
        let failure = match run(false).await {
            Ok(answer) => return Ok((answer, Vec::new())),
            Err(failure) => failure,
        };
        let conflicts = failure.conflicts(Some(applied));
        let rivals = self.cluster.rivals(conflicts.clone());
        if conflicts.is_empty() || !rivals.iter().all(|conflict| takes.contains(conflict)) {
            return Err(failure);
        }
        Ok((run(true).await?, conflicts))
    }

    /// Says what the dry run shows; `None` when the object changed since it was read.
    fn judge(
        &self,
        desired: &Object,
        endpoint: &Endpoint,
        live: Option<&Value>,
        answer: &Answer,
        takes: Vec<Conflict>,
    ) -> Option<Change> {
        let Some(live) = live else {
            let create = Change::Create { desired: desired.clone(), after: None };
            return answer.created.then_some(create);
        };
        let (pin, after) = (pin::of(live), &answer.value);
        if answer.created || pin::of(after) != pin {
            return None;
        }
        let fields = self.fields(desired, endpoint, live, after);
        if fields.is_empty() {
            return Some(Change::Unchanged { id: desired.id().clone(), live: pin });
        }
        Some(Change::Update { desired: desired.clone(), live: pin, fields, takes })
    }

    fn replace(
        &self,
        desired: &Object,
        endpoint: &Endpoint,
        live: &Value,
        because: String,
    ) -> Change {
        // The server shows no outcome: what the object itself says has to do.
        let after = replace::merged(live, secret::applied(desired).value());
        let fields = self.fields(desired, endpoint, live, &after);
        Change::Replace { desired: desired.clone(), live: pin::of(live), fields, because }
    }

    fn fields(
        &self,
        desired: &Object,
        endpoint: &Endpoint,
        live: &Value,
        after: &Value,
    ) -> Vec<FieldChange> {
        let desired = &*secret::applied(desired);
        let manager = self.cluster.manager().as_str();
        Comparison { desired, live, after, manager, has_status: endpoint.has_status }.fields()
    }
}

#[async_trait]
impl Differ for ServerSideDiffer {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        match self.cluster.exact(kind).await.map_err(|failure| discovery(kind, failure))? {
            None => Ok(Scope::Unknown),
            Some(endpoint) if endpoint.namespaced => Ok(Scope::Namespaced),
            Some(_) => Ok(Scope::Cluster),
        }
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        if let Some(problem) = secret::problem(desired) {
            return Err(DiffError::Invalid { id: desired.id().clone(), cause: problem.into() });
        }
        let kind = desired.kind();
        for _ in 0..KIND_ATTEMPTS_MAX {
            let found = self.cluster.exact(kind).await;
            let Some(endpoint) = found.map_err(|failure| discovery(kind, failure))? else {
                break;
            };
            if let Some(change) = self.compare(desired, takes, &endpoint).await? {
                return Ok(change);
            }
            self.cluster.resolver().doubt();
        }
        let after = After::Kind { group: kind.group.clone(), kind: kind.kind.clone() };
        Ok(Change::Create { desired: desired.clone(), after: Some(after) })
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        for _ in 0..KIND_ATTEMPTS_MAX {
            let endpoint = match self.cluster.preferred(id).await {
                // A kind that is not served has no objects.
                Ok(None) => return Ok(Live::Absent),
                Ok(Some(endpoint)) => endpoint,
                Err(failure) => return unknown(id, failure),
            };
            match self.cluster.get(&endpoint, id).await {
                Ok(Seen::Present(value)) => return present(id, value),
                Ok(Seen::Absent) => return Ok(Live::Absent),
                Ok(Seen::NoKind) => self.cluster.resolver().doubt(),
                Err(failure) => return unknown(id, failure),
            }
        }
        let reason = "the server lists the kind, and does not serve it".to_owned();
        Ok(Live::Unknown { reason })
    }
}

fn present(id: &ObjectId, mut value: Value) -> Result<Live, DiffError> {
    let (pin, deleting) = (pin::of(&value), is_deleting(&value));
    if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
        metadata.remove("managedFields");
    }
    let object = Object::try_from(value)
        .map_err(|cause| DiffError::Unavailable { id: id.clone(), cause: cause.into() })?;
    Ok(Live::Present(LiveObject { object, pin, deleting }))
}

fn unknown(id: &ObjectId, failure: Failure) -> Result<Live, DiffError> {
    match diff_error(id, None, failure) {
        err if err.is_transient() => Ok(Live::Unknown { reason: error::chain(&err) }),
        err => Err(err),
    }
}

fn discovery(kind: &Kind, failure: Failure) -> DiffError {
    DiffError::Discovery { kind: kind.clone(), cause: failure.into() }
}

fn after_namespace(desired: &Object) -> Change {
    let namespace = desired.id().namespace.clone().unwrap_or_default();
    Change::Create { desired: desired.clone(), after: Some(After::Namespace(namespace)) }
}
