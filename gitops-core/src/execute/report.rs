//! What a run did: one ending for each object.

use std::fmt;

use serde::Serialize;

use super::settled;
use crate::{
    ApplyError, DiffError, Digest, Inventory, ObjectId, Outcome, Owner, Revision,
    error::chain,
    plan::{Blocked, Kept, Plan},
};

/// What a run did: one ending for each object of its plan.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whose objects these are.
    pub owner: Owner,
    /// What was delivered.
    pub revision: Revision,
    /// The digest of the plan.
    pub plan: Digest,
    /// The objects, in the order of execution.
    pub entries: Vec<Entry>,
    /// What left the desired state and was not deleted.
    pub kept: Vec<Kept>,
    /// What was not touched because it is blocked.
    pub blocked: Vec<Blocked>,
    /// What belongs to the delivery after the run.
    #[serde(skip)]
    pub inventory: Inventory,
}

/// What became of one object.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// The object.
    pub id: ObjectId,
    /// What became of it.
    #[serde(flatten)]
    pub ending: Ending,
    /// The address of the content that is now live, where it was applied.
    #[serde(skip)]
    pub content: Option<Digest>,
}

/// How the change of one object ended.
#[derive(Debug, Serialize)]
#[serde(tag = "ending", rename_all = "lowercase")]
pub enum Ending {
    /// The change was made, or turned out to be none.
    Done {
        /// What happened.
        outcome: Outcome,
    },
    /// The change was not made, or it is not known whether it was.
    Failed {
        /// Why.
        #[serde(serialize_with = "as_text")]
        error: StepError,
    },
    /// The change was not tried.
    Skipped {
        /// Why.
        because: String,
    },
}

/// Why the change of one object failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The applier did not make the change.
    #[error(transparent)]
    Apply(ApplyError),
    /// The object has changed since the plan was made, and could not be compared again.
    #[error("{id} has changed since the plan was made, and cannot be compared again")]
    Compare {
        /// The object.
        id: ObjectId,
        /// What the differ reported.
        #[source]
        cause: DiffError,
    },
    /// The object has changed since the plan was made, so that the change would be another one.
    #[error("{id} has changed since the plan was made ({now}): plan again")]
    Moved {
        /// The object.
        id: ObjectId,
        /// What would be done now, or stands in the way now.
        now: String,
    },
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        approval: Option<&Digest>,
        entries: Vec<Entry>,
        whole: bool,
    ) -> Self {
        let mut blocked = plan.blocked.clone();
        blocked.retain(|blocked| approval.is_none() || !blocked.can_be_approved());
        let mut report = Self {
            owner: plan.owner.clone(),
            revision: plan.revision.clone(),
            plan: plan.digest(),
            entries,
            kept: plan.kept.clone(),
            blocked,
            inventory: Inventory::default(),
        };
        let complete = whole && report.is_complete();
        report.inventory = settled(plan, &report.entries, complete);
        report
    }

    /// Whether everything is now as desired: nothing failed, was skipped or is blocked.
    pub fn is_complete(&self) -> bool {
        self.blocked.is_empty()
            && self.entries.iter().all(|entry| matches!(entry.ending, Ending::Done { .. }))
    }

    /// Whether anything was written, as far as it is known.
    pub fn changed(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.ending {
            Ending::Done { outcome } => *outcome != Outcome::Unchanged,
            Ending::Failed { .. } | Ending::Skipped { .. } => false,
        })
    }

    /// Returns the objects whose change failed, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = (&ObjectId, &StepError)> {
        self.entries.iter().filter_map(|entry| match &entry.ending {
            Ending::Failed { error } => Some((&entry.id, error)),
            Ending::Done { .. } | Ending::Skipped { .. } => None,
        })
    }

    /// Returns what became of `id`.
    pub fn ending(&self, id: &ObjectId) -> Option<&Ending> {
        self.entries.iter().find(|entry| entry.id == *id).map(|entry| &entry.ending)
    }
}

impl Entry {
    // Notes in `inventory` what is known after the change.
    pub(super) fn settle(&self, inventory: &mut Inventory) {
        let Ending::Done { outcome } = &self.ending else { return };
        match (outcome, self.content) {
            (Outcome::Terminating, _) => {}
            (_, Some(content)) => inventory.applied(self.id.clone(), content),
            (_, None) => inventory.release(&self.id),
        }
    }
}

impl StepError {
    /// Whether the same change may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Apply(err) => err.is_transient(),
            Self::Compare { cause, .. } => cause.is_transient(),
            Self::Moved { .. } => false,
        }
    }
}

impl fmt::Display for Report {
    /// Shows what happened to each object that was not left alone, then one line of totals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = [0_usize; 6];
        for entry in &self.entries {
            let (slot, line) = match &entry.ending {
                Ending::Done { outcome } => match outcome {
                    Outcome::Created => (0, "created".to_owned()),
                    Outcome::Updated | Outcome::Replaced => {
                        (1, format!("{outcome:?}").to_lowercase())
                    }
                    Outcome::Deleted => (2, "pruned".to_owned()),
                    Outcome::Terminating => (2, "pruned, held by a finalizer".to_owned()),
                    Outcome::Unchanged => (3, String::new()),
                },
                Ending::Failed { error } => (4, format!("failed: {}", chain(error))),
                Ending::Skipped { because } => (5, format!("skipped: {because}")),
            };
            counts[slot] += 1;
            if !line.is_empty() {
                writeln!(f, "  {} {line}", entry.id)?;
            }
        }
        let [created, updated, pruned, unchanged, failed, skipped] = counts;
        let ended = if self.is_complete() { "Delivered" } else { "Not all delivered of" };
        writeln!(
            f,
            "{ended} {}: {created} created, {updated} updated, {pruned} pruned, \
             {unchanged} unchanged, {failed} failed, {skipped} skipped.",
            self.revision
        )
    }
}

fn as_text<S: serde::Serializer>(error: &StepError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&chain(error))
}
