//! Deletions that nobody can have meant.

use std::collections::BTreeMap;

use super::{Blocked, Blocker, Wave};
use crate::{Delivery, Inventory, Object, ObjectId, policy::Prune};

// A single namespace or definition may well go; all of several rather not.
const CASCADE_MIN: usize = 2;

/// Returns what a person has to approve before anything is deleted.
pub(super) fn guards(
    delivery: &Delivery<'_>,
    desired: &BTreeMap<ObjectId, Object>,
    owned: &Inventory,
    prune: &[Wave],
) -> Vec<Blocked> {
    let Prune::Delete(budget) = delivery.policy.prune else { return Vec::new() };
    let deleted: Vec<&ObjectId> =
        prune.iter().flat_map(|wave| &wave.steps).map(super::Step::id).collect();
    let deletions = deleted.len();
    if deletions == 0 {
        return Vec::new();
    }
    let allowed = budget.of(owned.len());
    let mut found = Vec::new();
    if desired.is_empty() {
        found.push(Blocker::EmptyRender { deletions });
    } else if allowed < deletions {
        found.push(Blocker::Budget { deletions, allowed });
    }
    for (group, kind) in [("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")] {
        let owned = owned.ids().filter(|id| id.is(group, kind)).count();
        let deletions = deleted.iter().filter(|id| id.is(group, kind)).count();
        if CASCADE_MIN <= owned && owned == deletions {
            found.push(Blocker::Cascade { kind: kind.to_owned(), deletions });
        }
    }
    found.into_iter().map(|because| Blocked { id: None, origin: None, because }).collect()
}
