//! One delivery: its parts, its policy, and what can be done with them.

use crate::{
    Applier, Clock, Differ, InventoryStore, Observer, Owner, Renderer, Source,
    execute::{self, ExecuteError, Report},
    plan::{self, Plan, PlanError},
    policy::Policy,
};

/// Everything that one delivery needs: the parts, what they may do, and whose objects they are.
///
/// # Example
///
/// ```
/// use gitops_core::{
///     Delivery, Owner, Silent, Tree,
///     clock::TokioClock,
///     memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
///     policy::{Budget, Policy, Prune},
/// };
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let file = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#;
/// let cluster = MemoryCluster::default();
/// let delivery = Delivery {
///     source: &MemorySource::new(Tree::from_files([("shop.json", file)])?),
///     renderer: &MemoryRenderer,
///     differ: &cluster,
///     applier: &cluster,
///     inventory: &MemoryInventory::default(),
///     clock: &TokioClock::system(),
///     observer: &Silent,
///     owner: Owner::new("shop", "default", "ConfigMap", ""),
///     policy: Policy::new(Prune::Delete(Budget::usual())),
/// };
/// let report = delivery.reconcile().await?;
/// assert!(report.is_complete());
/// assert!(delivery.plan().await?.is_empty(), "a second run has nothing to do");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// Where the desired state is.
    pub source: &'a dyn Source,
    /// How it becomes objects.
    pub renderer: &'a dyn Renderer,
    /// What reads the live side.
    pub differ: &'a dyn Differ,
    /// What writes the live side.
    pub applier: &'a dyn Applier,
    /// Where it is kept which objects belong to the delivery.
    pub inventory: &'a dyn InventoryStore,
    /// Where time comes from.
    pub clock: &'a dyn Clock,
    /// Who is told what happens.
    pub observer: &'a dyn Observer,
    /// The identity that is written on the objects.
    pub owner: Owner,
    /// What a run may do, and how.
    pub policy: Policy,
}

/// Why a run wrote nothing, or could not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// There is no plan, so nothing was written.
    #[error("cannot plan")]
    Plan(#[source] PlanError),
    /// The plan could not be executed.
    #[error("cannot execute the plan")]
    Execute(#[source] ExecuteError),
}

impl Delivery<'_> {
    /// Finds out what is to be done. Only reads.
    ///
    /// # Errors
    ///
    /// [`PlanError`] when a part that everything depends on does not answer, or the desired state
    /// is wrong. What is wrong with single objects is in the plan.
    ///
    /// # Cancellation
    ///
    /// May be dropped at any point.
    pub async fn plan(&self) -> Result<Plan, PlanError> {
        plan::plan(self).await
    }

    /// Does what `plan` says. The only code that writes.
    ///
    /// The inventory names everything the plan may write before the first write, so that a crash
    /// at any point leaves nothing that the next run does not know. Failures of single objects are
    /// in the report.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`] when the plan is blocked or outdated, or the inventory cannot be saved.
    ///
    /// # Cancellation
    ///
    /// A dropped future may leave some changes made and others not. The next run goes on from
    /// there.
    pub async fn execute(&self, plan: &Plan) -> Result<Report, ExecuteError> {
        execute::execute(self, plan, None).await
    }

    /// As [`execute`](Self::execute), for a plan whose prune guards a person has waived by naming
    /// its digest.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute); [`ExecuteError::NotApproved`] when `approval` is the digest
    /// of another plan.
    pub async fn execute_approved(
        &self,
        plan: &Plan,
        approval: &crate::Digest,
    ) -> Result<Report, ExecuteError> {
        execute::execute(self, plan, Some(approval)).await
    }

    /// Plans and executes.
    ///
    /// # Errors
    ///
    /// Any [`ReconcileError`]; with [`ReconcileError::Plan`] nothing was written.
    ///
    /// # Cancellation
    ///
    /// As [`execute`](Self::execute).
    pub async fn reconcile(&self) -> Result<Report, ReconcileError> {
        let plan = self.plan().await.map_err(ReconcileError::Plan)?;
        self.execute(&plan).await.map_err(ReconcileError::Execute)
    }
}

impl ReconcileError {
    /// Whether the same run may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Plan(err) => err.is_transient(),
            Self::Execute(err) => err.is_transient(),
        }
    }
}
