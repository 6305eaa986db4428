//! What is to be done: a value that can be shown, saved, approved and executed later.

mod blocked;
mod build;
mod cause;
mod decide;
mod desired;
mod guard;
mod markdown;
mod prune;
mod save;
mod summary;
mod text;
mod view;

use serde::{Deserialize, Serialize};

pub use self::{
    blocked::{Blocked, Blocker},
    markdown::MARKDOWN_BYTES_MAX,
    save::{InvalidPlan, PLAN_SCHEMA},
    view::{FieldView, PlanView, StepView, Totals, ValueView},
};
pub(crate) use self::{build::plan, decide::decide};
use crate::{
    Cause, Change, Conflict, DiffError, Digest, Inventory, InventoryError, ObjectId, Origin, Owner,
    RenderError, Revision, SourceError, order::Rank,
};

/// What is to be done to bring the live state to the desired state.
///
/// A plan is a value: it can be shown ([`to_string`](ToString::to_string), [`view`](Self::view)),
/// saved and loaded, approved by its [`digest`](Self::digest), and executed later. It pins the
/// live objects it was computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose objects these are.
    pub owner: Owner,
    /// What is delivered.
    pub revision: Revision,
    /// The changes to desired objects, in the order of execution.
    pub waves: Vec<Wave>,
    /// The deletions, in the order of execution: backwards from what they need.
    pub prune: Vec<Wave>,
    /// What left the desired state and is not deleted.
    pub kept: Vec<Kept>,
    /// What cannot be done before somebody decides or mends something.
    pub blocked: Vec<Blocked>,
    /// What belonged to the delivery when the plan was made.
    pub owned: Inventory,
    /// What may belong to it once execution has begun: saved before the first write.
    pub claimed: Inventory,
}

/// The changes that are made together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// The wave that the objects ask for.
    pub wave: i32,
    /// The changes.
    pub steps: Vec<Step>,
}

/// One change, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The change.
    pub change: Change,
    /// Why each field of the change differs, in the order of its fields.
    pub causes: Vec<Cause>,
    /// The fields that are left to other managers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yielded: Vec<Conflict>,
    /// The address of what the change does: it must still be this when the change is made.
    pub effect: Digest,
    /// The address of the desired content, for changes that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// Where the desired object is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// An object that left the desired state and is not deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Kept {
    /// The object.
    pub id: ObjectId,
    /// Why it is not deleted.
    pub because: String,
    /// Whether it leaves the inventory.
    pub released: bool,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The source gave no revision or no tree.
    #[error("cannot get the desired state")]
    Source(#[source] SourceError),
    /// The tree could not be rendered.
    #[error("cannot render {revision}")]
    Render {
        /// What was rendered.
        revision: Revision,
        /// What the renderer reported.
        #[source]
        cause: RenderError,
    },
    /// The live state could not be read.
    #[error("cannot compare with the live state")]
    Diff(#[source] DiffError),
    /// The inventory could not be read.
    #[error("cannot tell what belongs to the delivery")]
    Inventory(#[source] InventoryError),
}

/// Where a plan leads, worst first: what an exit code is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Something in the desired state is wrong.
    Invalid,
    /// A person has to decide something.
    Blocked,
    /// There are changes to make.
    Changes,
    /// There is nothing to do.
    Clean,
}

impl Plan {
    /// Returns the changes to desired objects and the deletions, in the order of execution.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.waves.iter().chain(&self.prune).flat_map(|wave| &wave.steps)
    }

    /// Whether there is nothing to do: every object is as desired and nothing is blocked.
    pub fn is_empty(&self) -> bool {
        self.verdict() == Verdict::Clean
    }

    /// Says where the plan leads.
    pub fn verdict(&self) -> Verdict {
        let worst = self.blocked.iter().map(|blocked| {
            if blocked.because.is_error() { Verdict::Invalid } else { Verdict::Blocked }
        });
        let changes = self.steps().any(|step| !step.is_unchanged());
        let rest = if changes { Verdict::Changes } else { Verdict::Clean };
        worst.min().unwrap_or(rest)
    }

    /// Returns the address of what the plan does: equal plans have equal digests, whenever they
    /// were made.
    pub fn digest(&self) -> Digest {
        let mut parts = vec![self.owner.to_string(), self.revision.to_string()];
        parts.extend(self.steps().map(|step| step.effect.to_string()));
        parts.extend(self.kept.iter().map(|kept| format!("kept {:#} {}", kept.id, kept.because)));
        parts.extend(self.blocked.iter().map(|blocked| format!("blocked {blocked}")));
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

impl Step {
    /// Returns the object.
    pub fn id(&self) -> &ObjectId {
        self.change.id()
    }

    /// Whether there is nothing to do.
    pub fn is_unchanged(&self) -> bool {
        matches!(self.change, Change::Unchanged { .. })
    }
}

impl Wave {
    pub(crate) fn of(rank: Rank, steps: Vec<Step>) -> Self {
        Self { wave: rank.wave, steps }
    }
}

impl PlanError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Source(cause) => cause.is_transient(),
            Self::Render { cause, .. } => cause.is_transient(),
            Self::Diff(cause) => cause.is_transient(),
            Self::Inventory(cause) => cause.is_transient(),
        }
    }
}
