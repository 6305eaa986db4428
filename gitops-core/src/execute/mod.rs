//! Doing what a plan says: the only code that writes.

mod gate;
mod report;
mod run;
mod step;

pub use self::report::{Ending, Entry, Report, StepError};
use self::run::Run;
use crate::{
    Delivery, Digest, Event, Inventory, InventoryError, Owner, Version, plan::Plan,
    policy::OnBlocked,
};

/// Why a plan was not executed, or its result not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// Something in the plan is blocked, and the policy is to write nothing then.
    #[error("the plan is blocked: {}", list(blocked))]
    Blocked {
        /// What stands in the way.
        blocked: Vec<crate::plan::Blocked>,
    },
    /// The plan belongs to another delivery.
    #[error("the plan is for {planned}, this delivery is {owner}")]
    Foreign {
        /// Whose plan it is.
        planned: Owner,
        /// Who was to execute it.
        owner: Owner,
    },
    /// Another run of the delivery has come in between.
    #[error("the inventory has changed since the plan was made: plan again")]
    Outdated,
    /// The approval is for another plan.
    #[error("approved is the plan {approved}, not {digest}: look at the plan again")]
    NotApproved {
        /// The digest that was approved.
        approved: Digest,
        /// The digest of the plan.
        digest: Digest,
    },
    /// The inventory could not be read, or the claims not be saved: nothing was written.
    #[error("nothing was written, for the inventory could not be saved first")]
    Inventory(#[source] InventoryError),
    /// Everything in the report was done, but the inventory still says what it said before. The
    /// next run mends that.
    #[error("the changes were made, but the inventory could not be saved")]
    Unsaved {
        /// What was done.
        report: Box<Report>,
        /// Why it could not be saved.
        #[source]
        cause: InventoryError,
    },
}

impl ExecuteError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Inventory(cause) | Self::Unsaved { cause, .. } => cause.is_transient(),
            // A fresh plan is a change.
            Self::Blocked { .. }
            | Self::Foreign { .. }
            | Self::Outdated
            | Self::NotApproved { .. } => false,
        }
    }
}

fn list(blocked: &[crate::plan::Blocked]) -> String {
    blocked.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Does what `plan` says.
pub(crate) async fn execute(
    delivery: &Delivery<'_>,
    plan: &Plan,
    approval: Option<&Digest>,
) -> Result<Report, ExecuteError> {
    permit(delivery, plan, approval)?;
    let (stored, version) = delivery.inventory.load().await.map_err(ExecuteError::Inventory)?;
    if stored != plan.owned {
        return Err(ExecuteError::Outdated);
    }
    let version = claim(delivery, plan, version).await?;
    let mut run = Run::new(delivery, plan);
    run.waves().await;
    let (entries, whole) = run.finish();
    let report = Report::new(plan, approval, entries, whole);
    if report.inventory != plan.claimed {
        let saved = delivery.inventory.save(&report.inventory, &version).await;
        if let Err(cause) = saved {
            return Err(ExecuteError::Unsaved { report: Box::new(report), cause });
        }
    }
    delivery.observer.observe(&Event::Finished { complete: report.is_complete() });
    Ok(report)
}

fn permit(
    delivery: &Delivery<'_>,
    plan: &Plan,
    approval: Option<&Digest>,
) -> Result<(), ExecuteError> {
    if plan.owner != delivery.owner {
        let (planned, owner) = (plan.owner.clone(), delivery.owner.clone());
        return Err(ExecuteError::Foreign { planned, owner });
    }
    if let Some(approved) = approval {
        let (approved, digest) = (*approved, plan.digest());
        if approved != digest {
            return Err(ExecuteError::NotApproved { approved, digest });
        }
    }
    let mut blocked = plan.blocked.clone();
    // Deletions that need an approval are never made without one, whatever the policy.
    let skip = delivery.policy.blocked == OnBlocked::Skip;
    blocked.retain(|blocked| if blocked.can_be_approved() { approval.is_none() } else { !skip });
    if blocked.is_empty() { Ok(()) } else { Err(ExecuteError::Blocked { blocked }) }
}

// Everything that may be written is in the inventory before the first write, so that a crash
// leaves no orphan.
async fn claim(
    delivery: &Delivery<'_>,
    plan: &Plan,
    version: Version,
) -> Result<Version, ExecuteError> {
    if plan.claimed == plan.owned {
        return Ok(version);
    }
    let saved = delivery.inventory.save(&plan.claimed, &version).await;
    let version = saved.map_err(ExecuteError::Inventory)?;
    delivery.observer.observe(&Event::Claimed { objects: plan.claimed.len() });
    Ok(version)
}

// What the inventory should say after a run.
fn settled(plan: &Plan, entries: &[Entry], complete: bool) -> Inventory {
    let mut inventory = plan.claimed.clone();
    for kept in plan.kept.iter().filter(|kept| kept.released) {
        inventory.release(&kept.id);
    }
    for entry in entries {
        entry.settle(&mut inventory);
    }
    if complete {
        inventory.revision = Some(plan.revision.clone());
    }
    inventory
}
