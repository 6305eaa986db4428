//! The connection that differ, applier and inventory share.

use std::{fmt, sync::Arc};

use gitops_core::{Clock, Conflict, Kind, Object, ObjectId, clock::TokioClock};
use kube::Client;
use serde_json::Value;

use crate::{
    ConfigMapInventory, FieldManager, ServerSideApplier, ServerSideDiffer,
    body::{Expect, apply_body},
    call::{Answer, ApplyMode, CONCURRENCY_DEFAULT, Call, Caller, Failure},
    error::Verdict,
    resolve::{Endpoint, Resolver},
};

/// A cluster to deliver to: one client, one field manager, one memory of what the server serves
/// and one limit of requests under way, shared by everything made from it.
///
/// Cloning it copies nothing.
///
/// # Example
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use gitops_kube::{FieldManager, KubeCluster};
///
/// let client = gitops_kube::connect(None).await?;
/// let cluster = KubeCluster::new(client, FieldManager::new("gitops")?);
/// let (differ, applier) = (cluster.differ(), cluster.applier());
/// let inventory = cluster.inventory("gitops-system", "shop");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KubeCluster {
    inner: Arc<Inner>,
}

struct Inner {
    caller: Caller,
    resolver: Resolver,
    manager: FieldManager,
}

/// What may be chosen about a [`KubeCluster`].
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// How many requests are under way at once, at least 1.
    pub concurrency: usize,
    /// Where the waits that the server asks for are spent.
    pub clock: Arc<dyn Clock>,
}

impl Default for ClusterOptions {
    /// [`CONCURRENCY_DEFAULT`] requests, and the time of tokio.
    fn default() -> Self {
        Self { concurrency: CONCURRENCY_DEFAULT, clock: Arc::new(TokioClock::system()) }
    }
}

/// What a look at the live side found.
pub(crate) enum Seen {
    Present(Value),
    Absent,
    NoKind,
}

impl KubeCluster {
    /// Takes `client` as the way to the cluster, and applies as `manager`.
    ///
    /// A client from [`connect`](crate::connect()) or [`connect_with`](crate::connect_with()) sends
    /// each request once. One that was made in
    /// another way may try again by itself, and more patiently than the named limits say.
    pub fn new(client: Client, manager: FieldManager) -> Self {
        Self::with_options(client, manager, ClusterOptions::default())
    }

    /// Takes `client` as the way to the cluster, and applies as `manager`, as `options` say.
    pub fn with_options(client: Client, manager: FieldManager, options: ClusterOptions) -> Self {
        let caller = Caller::new(client, options.concurrency, options.clock);
        let inner = Inner { caller, resolver: Resolver::default(), manager };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the name under which objects are applied.
    pub fn manager(&self) -> &FieldManager {
        &self.inner.manager
    }

    /// Returns a differ for the cluster.
    pub fn differ(&self) -> ServerSideDiffer {
        ServerSideDiffer::new(self.clone())
    }

    /// Returns an applier for the cluster.
    pub fn applier(&self) -> ServerSideApplier {
        ServerSideApplier::new(self.clone())
    }

    /// Returns the inventory that is kept in the `ConfigMap` of this name.
    pub fn inventory(
        &self,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> ConfigMapInventory {
        ConfigMapInventory::new(self.clone(), namespace.into(), name.into())
    }

    /// Returns the conflicts that are with others: whoever updates under our name is us.
    pub(crate) fn rivals(&self, mut conflicts: Vec<Conflict>) -> Vec<Conflict> {
        conflicts.retain(|conflict| conflict.manager != self.manager().as_str());
        conflicts
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.caller.clock()
    }

    pub(crate) fn resolver(&self) -> &Resolver {
        &self.inner.resolver
    }

    pub(crate) async fn exact(&self, kind: &Kind) -> Result<Option<Arc<Endpoint>>, Failure> {
        self.inner.resolver.exact(&self.inner.caller, kind).await
    }

    pub(crate) async fn preferred(&self, id: &ObjectId) -> Result<Option<Arc<Endpoint>>, Failure> {
        self.inner.resolver.preferred(&self.inner.caller, id).await
    }

    pub(crate) async fn call(&self, call: &Call) -> Result<Answer, Failure> {
        self.inner.caller.call(call).await
    }

    /// Looks at the live object.
    pub(crate) async fn get(&self, endpoint: &Endpoint, id: &ObjectId) -> Result<Seen, Failure> {
        let failure = match self.call(&Call::get(endpoint.path(id)?)).await {
            Ok(answer) => return Ok(Seen::Present(answer.value)),
            Err(failure) => failure,
        };
        match failure.verdict(id) {
            Verdict::Absent => Ok(Seen::Absent),
            Verdict::NoKind => Ok(Seen::NoKind),
            Verdict::Conflict
            | Verdict::Moved
            | Verdict::NoNamespace
            | Verdict::Immutable
            | Verdict::Invalid
            | Verdict::Denied
            | Verdict::Unavailable => Err(failure),
        }
    }

    /// Applies `desired`, for good or for a look.
    pub(crate) async fn apply(
        &self,
        endpoint: &Endpoint,
        desired: &Object,
        mode: ApplyMode,
        expect: Expect<'_>,
    ) -> Result<Answer, Failure> {
        let path = endpoint.path(desired.id())?;
        let body = apply_body(desired, endpoint.namespaced, expect)
            .map_err(|cause| Failure::Local(cause.to_string()))?;
        self.call(&Call::apply(&path, self.manager().as_str(), mode, body)).await
    }
}

impl fmt::Debug for KubeCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubeCluster").field("manager", &self.inner.manager).finish_non_exhaustive()
    }
}
