//! What belongs to the delivery and is no longer desired.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Kept, Step, Wave, desired::defines};
use crate::{
    Change, Delivery, DiffError, Inventory, Live, LiveObject, Object, ObjectId, Owner,
    error::chain,
    order::{Rank, waves},
    policy::Prune,
};

// What each annotation must say for its object to outlive its removal from the desired state.
const KEEP_ANNOTATIONS: [(&str, &str); 5] = [
    ("helm.sh/resource-policy", "keep"),
    ("client.lifecycle.config.k8s.io/deletion", "detach"),
    ("cli-utils.sigs.k8s.io/on-remove", "keep"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    ("argocd.argoproj.io/sync-options", "Prune=false"),
];

/// What became of the objects that left the desired state.
#[derive(Debug, Default)]
pub(super) struct Leavers {
    /// The deletions, in the order of execution.
    pub(super) prune: Vec<Wave>,
    /// What is not deleted.
    pub(super) kept: Vec<Kept>,
    /// What the inventory names and is not there.
    pub(super) gone: Vec<ObjectId>,
}

enum Fate {
    Gone,
    Kept { because: String, released: bool },
    Deleted { live: Box<LiveObject> },
}

/// Decides about every object of the inventory that is no longer desired.
pub(super) async fn leavers(
    delivery: &Delivery<'_>,
    desired: &BTreeMap<ObjectId, Object>,
    owned: &Inventory,
) -> Result<Leavers, DiffError> {
    let asked = owned.ids().filter(|id| !desired.contains_key(*id)).map(|id| async move {
        let fate = fate(delivery, desired, id).await?;
        Ok::<_, DiffError>((id, fate))
    });
    let fates: Vec<_> =
        stream::iter(asked).buffered(delivery.policy.concurrency.max(1)).try_collect().await?;
    let mut leavers = Leavers::default();
    let mut deletions = Vec::new();
    for (id, fate) in fates {
        match fate {
            Fate::Gone => leavers.gone.push(id.clone()),
            Fate::Kept { because, released } => {
                leavers.kept.push(Kept { id: id.clone(), because, released });
            }
            Fate::Deleted { live } => deletions.push((Rank::of(&live.object), step(id, &live))),
        }
    }
    // Backwards: what others need goes last.
    leavers.prune =
        waves(deletions).into_iter().rev().map(|(rank, steps)| Wave::of(rank, steps)).collect();
    Ok(leavers)
}

async fn fate(
    delivery: &Delivery<'_>,
    desired: &BTreeMap<ObjectId, Object>,
    id: &ObjectId,
) -> Result<Fate, DiffError> {
    let keep = |because: &str| Fate::Kept { because: because.to_owned(), released: false };
    let live = match delivery.differ.live(id).await {
        Ok(Live::Present(live)) => live,
        Ok(Live::Absent) => return Ok(Fate::Gone),
        Ok(Live::Unknown { reason }) => {
            return Ok(keep(&format!("it is not known whether it is there: {reason}")));
        }
        Err(err) if err.is_transient() => return Err(err),
        Err(err) => return Ok(keep(&format!("it cannot be read: {}", chain(&err)))),
    };
    let released = |because: &str| Fate::Kept { because: because.to_owned(), released: true };
    Ok(match Owner::of(&live.object) {
        Some(owner) if owner == delivery.owner => match (kept_by(&live.object), live.deleting) {
            (Some(annotation), _) => released(&format!("its annotation {annotation} says so")),
            (None, true) => keep("it is being deleted, but a finalizer holds it"),
            (None, false) if delivery.policy.prune == Prune::Keep => keep("pruning is off"),
            (None, false) => match desired.keys().find(|other| holds(&live.object, other)) {
                // Deleting it would take the desired object along.
                Some(held) => keep(&format!("it holds {held}, which is still desired")),
                None => Fate::Deleted { live: Box::new(live) },
            },
        },
        Some(owner) => released(&format!("it belongs to another delivery by now, {owner}")),
        None => released("its label says no longer that it belongs to this delivery"),
    })
}

// Whether `id` cannot be without `holder`: it is in that namespace or of that kind.
fn holds(holder: &Object, id: &ObjectId) -> bool {
    if holder.id().is("", "Namespace") {
        return id.namespace.as_ref() == Some(&holder.id().name);
    }
    defines(holder, &id.group, &id.kind)
}

fn kept_by(object: &Object) -> Option<&'static str> {
    let says = |(annotation, value): &&(&str, &str)| {
        let text = object.annotation(annotation).unwrap_or_default();
        text.split(',').any(|part| part.trim() == *value)
    };
    KEEP_ANNOTATIONS.iter().find(says).map(|(annotation, _)| *annotation)
}

fn step(id: &ObjectId, live: &LiveObject) -> Step {
    let change = Change::Delete { id: id.clone(), live: live.pin.clone() };
    Step {
        effect: change.effect(),
        change,
        causes: Vec::new(),
        yielded: Vec::new(),
        content: None,
        origin: None,
    }
}
