//! Why fields differ.

use crate::{Cause, Change, Claim, Digest, FieldChange};

/// Says why each field of `change` differs.
///
/// What was last applied with success is known by its address: where it is still desired, nobody
/// but others can have made the difference.
pub(super) fn causes(change: &Change, claim: Option<&Claim>, content: &Digest) -> Vec<Cause> {
    let same_as_applied = claim.and_then(|claim| claim.applied.as_ref()) == Some(content);
    change.fields().iter().map(|field| cause(field, same_as_applied)).collect()
}

fn cause(field: &FieldChange, same_as_applied: bool) -> Cause {
    let drift = || Cause::Drift { managers: field.held_by.clone() };
    if !field.desired && field.before.is_none() {
        return Cause::Server;
    }
    if same_as_applied || (!field.ours && !field.held_by.is_empty()) {
        return drift();
    }
    Cause::Git
}
