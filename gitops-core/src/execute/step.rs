//! One change of a plan, made.

use super::{Ending, StepError};
use crate::{
    ApplyError, Change, Delivery, Event, Live, Outcome, Owner,
    error::chain,
    plan::{Step, decide},
};

// A live object that moves faster than it can be compared is somebody else's.
const COMPARISONS_MAX: usize = 5;

/// Makes one change and tells the observer.
pub(super) async fn make(delivery: &Delivery<'_>, step: &Step) -> Ending {
    if step.is_unchanged() {
        return Ending::Done { outcome: Outcome::Unchanged };
    }
    let made = write(delivery, step).await;
    let id = step.id().clone();
    match made {
        Ok(outcome) => {
            delivery.observer.observe(&Event::Applied { id, outcome });
            Ending::Done { outcome }
        }
        Err(error) => {
            delivery.observer.observe(&Event::Failed { id, error: chain(&error) });
            Ending::Failed { error }
        }
    }
}

// A change whose object has moved is computed again, and made if it still does the same.
async fn write(delivery: &Delivery<'_>, step: &Step) -> Result<Outcome, StepError> {
    let mut change = step.change.clone();
    for _ in 0..COMPARISONS_MAX {
        match delivery.applier.apply(&change).await {
            Err(ApplyError::Stale { .. }) => {}
            Err(err) => return Err(StepError::Apply(err)),
            Ok(outcome) => return Ok(outcome),
        }
        change = again(delivery, step).await?;
        match &change {
            Change::Unchanged { .. } => return Ok(Outcome::Unchanged),
            _ if change.effect() == step.effect => {}
            other => {
                let now = format!("the change would now be to {} it in another way", other.verb());
                return Err(StepError::Moved { id: step.id().clone(), now });
            }
        }
    }
    let now = format!("it moved {COMPARISONS_MAX} times while being compared");
    Err(StepError::Moved { id: step.id().clone(), now })
}

async fn again(delivery: &Delivery<'_>, step: &Step) -> Result<Change, StepError> {
    let id = step.id();
    let compare = |cause| StepError::Compare { id: id.clone(), cause };
    let moved = |now: String| StepError::Moved { id: id.clone(), now };
    if let Some(desired) = step.change.desired() {
        let decided = decide(delivery, desired, None).await.map_err(compare)?;
        return decided.map(|step| step.change).map_err(|blocker| moved(blocker.to_string()));
    }
    match delivery.differ.live(id).await.map_err(compare)? {
        Live::Present(live) if Owner::of(&live.object).as_ref() == Some(&delivery.owner) => {
            Ok(Change::Delete { id: id.clone(), live: live.pin })
        }
        Live::Present(_) => Err(moved("it belongs to this delivery no longer".to_owned())),
        // Deleting what is gone changes nothing.
        Live::Absent => Ok(step.change.clone()),
        Live::Unknown { reason } => {
            Err(moved(format!("it is not known whether it is there: {reason}")))
        }
    }
}
