//! What a run may do, and how.

use std::time::Duration;

use crate::conflict::Rules;

/// How many objects are compared or written at once, unless the policy says otherwise.
pub const CONCURRENCY_DEFAULT: usize = 16;

/// What a run may do, and how.
///
/// There is no `Default`: whether a run may delete is for the caller to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether objects that left the desired state are deleted.
    pub prune: Prune,
    /// The namespace of namespaced objects that name none.
    pub namespace: String,
    /// Who wins when another manager owns a field.
    pub conflicts: Rules,
    /// Which live objects may be written that do not carry our label.
    pub adopt: Adopt,
    /// What happens when something in the plan is blocked.
    pub blocked: OnBlocked,
    /// What a wave waits for before the next one begins.
    pub gate: Gate,
    /// How long a wave may wait.
    pub gate_timeout: Duration,
    /// How many objects are compared or written at once, at least 1.
    pub concurrency: usize,
}

/// Whether objects that left the desired state are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// They are left alone and stay in the inventory.
    Keep,
    /// They are deleted, unless the run would delete more than this.
    Delete(Budget),
}

/// How much one run may delete before a person has to approve the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// So many objects are always allowed.
    pub objects: usize,
    /// Beyond that, so many of a hundred objects of the inventory.
    pub percent: usize,
}

/// Which live objects may be written that do not carry our label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopt {
    /// None: an object that is there already is blocked.
    Nothing,
    /// Those that belong to no delivery.
    Unowned,
    /// All, also those that belong to another delivery.
    All,
}

/// What happens when something in the plan is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBlocked {
    /// Nothing is written.
    Refuse,
    /// The rest is written; nothing is pruned.
    Skip,
}

/// What a wave waits for before the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Namespaces are active and custom resource definitions established.
    Established,
    /// Every object of a wave that was asked for by annotation is healthy too.
    Healthy,
}

impl Policy {
    /// A policy with the usual answers for everything but pruning.
    pub fn new(prune: Prune) -> Self {
        Self {
            prune,
            namespace: "default".to_owned(),
            conflicts: Rules::usual(),
            adopt: Adopt::Unowned,
            blocked: OnBlocked::Refuse,
            gate: Gate::Healthy,
            gate_timeout: Duration::from_secs(5 * 60),
            concurrency: CONCURRENCY_DEFAULT,
        }
    }
}

impl Budget {
    /// The usual budget: 5 objects, or a quarter of the inventory.
    pub fn usual() -> Self {
        Self { objects: 5, percent: 25 }
    }

    /// Returns how many of `owned` objects may be deleted.
    pub fn of(self, owned: usize) -> usize {
        self.objects.max(owned.saturating_mul(self.percent) / 100)
    }
}
