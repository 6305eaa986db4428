//! What is to be done about one object, with its conflicts decided by the rules.

use serde_json::Value;

use super::{Step, blocked::Blocker, cause::causes};
use crate::{
    Change, Claim, Conflict, Delivery, DiffError, OWNER_LABEL, Object, Owner,
    conflict::{Rules, Verdict},
    object::path,
    policy::Adopt,
};

/// Compares one object, deciding its conflicts by the rules of the policy.
///
/// The outer error is a passing fault; the inner one blocks the object.
pub(crate) async fn decide(
    delivery: &Delivery<'_>,
    desired: &Object,
    claim: Option<&Claim>,
) -> Result<Result<Step, Blocker>, DiffError> {
    let mut settled = Settled::new(desired);
    let change = loop {
        match delivery.differ.diff(&settled.applied, &settled.takes).await {
            Ok(change) => break change,
            Err(DiffError::Conflict { conflicts, .. }) => {
                if !settled.settle(&delivery.policy.conflicts, &conflicts) {
                    return Ok(Err(Blocker::Conflict { conflicts }));
                }
            }
            Err(err) => return Blocker::from_diff(err).map(Err),
        }
    };
    if let Some(blocker) = foreign(delivery.policy.adopt, &change) {
        return Ok(Err(blocker));
    }
    let content = desired.digest();
    Ok(Ok(Step {
        causes: causes(&change, claim, &content),
        effect: change.effect(),
        yielded: settled.yielded,
        content: Some(content),
        origin: desired.origin().cloned(),
        change,
    }))
}

/// How the conflicts of one object were decided so far.
struct Settled {
    // The desired object without what is left to others.
    applied: Object,
    takes: Vec<Conflict>,
    yielded: Vec<Conflict>,
}

impl Settled {
    fn new(desired: &Object) -> Self {
        Self { applied: desired.clone(), takes: Vec::new(), yielded: Vec::new() }
    }

    // Decides every conflict. False when one of them fails, or when nothing new was decided and
    // asking again would change nothing.
    fn settle(&mut self, rules: &Rules, conflicts: &[Conflict]) -> bool {
        let mut progress = false;
        for conflict in conflicts {
            progress |= match rules.decide(conflict) {
                Verdict::Fail => return false,
                Verdict::Take if self.takes.contains(conflict) => false,
                Verdict::Take => {
                    self.takes.push(conflict.clone());
                    true
                }
                Verdict::Yield => {
                    let yielded = self.leave_out(&conflict.path);
                    self.yielded.extend(yielded.then(|| conflict.clone()));
                    yielded
                }
            };
        }
        progress
    }

    fn leave_out(&mut self, field: &str) -> bool {
        let mut removed = false;
        let edited = self.applied.edited(|map| {
            let mut value = Value::Object(std::mem::take(map));
            removed = path::remove(&mut value, field);
            if let Value::Object(rest) = value {
                *map = rest;
            }
        });
        match edited {
            Ok(edited) if removed => {
                self.applied = edited;
                true
            }
            Ok(_) | Err(_) => false,
        }
    }
}

// A live object that is not ours may only be written where the policy allows its adoption.
fn foreign(adopt: Adopt, change: &Change) -> Option<Blocker> {
    let label = change.fields().iter().find(|field| field.path.contains(OWNER_LABEL))?;
    let owner = label.before.as_ref().and_then(Value::as_str).map(Owner::from_label);
    match (adopt, &owner) {
        (Adopt::All, _) | (Adopt::Unowned, None) => None,
        (Adopt::Unowned | Adopt::Nothing, _) => Some(Blocker::Owned { owner }),
    }
}
