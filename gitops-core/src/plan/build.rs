//! How a plan comes about: source, renderer, differ, in this order. Only reads.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    Blocked, Blocker, Plan, PlanError, Step, Wave,
    decide::decide,
    desired::{defines, prepare},
    guard::guards,
    prune::leavers,
};
use crate::{
    After, Change, Delivery, DiffError, Event, Inventory, Object, ObjectId, Revision,
    order::{Rank, waves},
};

/// Finds out what is to be done.
pub(crate) async fn plan(delivery: &Delivery<'_>) -> Result<Plan, PlanError> {
    let revision = delivery.source.resolve().await.map_err(PlanError::Source)?;
    delivery.observer.observe(&Event::Resolved { revision: revision.clone() });
    let tree = delivery.source.fetch(&revision).await.map_err(PlanError::Source)?;
    let rendered = delivery.renderer.render(&tree).await;
    let rendered =
        rendered.map_err(|cause| PlanError::Render { revision: revision.clone(), cause })?;
    let objects = rendered.len();
    delivery.observer.observe(&Event::Rendered { revision: revision.clone(), objects });

    let desired = prepare(delivery, &revision, rendered).await?;
    let (owned, _) = delivery.inventory.load().await.map_err(PlanError::Inventory)?;
    let (ranked, mut blocked) = compare(delivery, &desired, &owned).await?;
    blocked.extend(missing(&desired, &ranked));
    let out = blocked_ids(&blocked);
    let ranked = ranked.into_iter().filter(|(_, step)| !out.contains(step.id()));
    let steps: Vec<_> = waves(ranked).into_iter().map(|(rank, it)| Wave::of(rank, it)).collect();

    let leavers = leavers(delivery, &desired, &owned).await.map_err(PlanError::Diff)?;
    blocked.extend(guards(delivery, &desired, &owned, &leavers.prune));
    let plan = Plan {
        owner: delivery.owner.clone(),
        claimed: claimed(&owned, &steps, &leavers.gone),
        revision,
        waves: steps,
        prune: leavers.prune,
        kept: leavers.kept,
        blocked,
        owned,
    };
    delivery.observer.observe(&Event::Planned { totals: plan.totals() });
    Ok(plan)
}

type Ranked = Vec<(Rank, Step)>;

async fn compare(
    delivery: &Delivery<'_>,
    desired: &BTreeMap<ObjectId, Object>,
    owned: &Inventory,
) -> Result<(Ranked, Vec<Blocked>), PlanError> {
    let asked = desired.values().map(|object| async move {
        let decided = decide(delivery, object, owned.get(object.id())).await?;
        Ok::<_, DiffError>((object, decided))
    });
    let answers: Vec<_> = stream::iter(asked)
        .buffered(delivery.policy.concurrency.max(1))
        .try_collect()
        .await
        .map_err(PlanError::Diff)?;
    let mut ranked = Vec::new();
    let mut blocked = Vec::new();
    for (object, decided) in answers {
        match decided {
            Ok(step) => ranked.push((Rank::of(object), step)),
            Err(because) => blocked.push(Blocked {
                id: Some(object.id().clone()),
                origin: object.origin().cloned(),
                because,
            }),
        }
    }
    Ok((ranked, blocked))
}

// What an object needs and the server does not have must be created by the plan itself.
fn missing(desired: &BTreeMap<ObjectId, Object>, ranked: &Ranked) -> Vec<Blocked> {
    let steps: BTreeMap<&ObjectId, &Step> =
        ranked.iter().map(|(_, step)| (step.id(), step)).collect();
    let waiting = ranked.iter().filter_map(|(_, step)| match &step.change {
        Change::Create { after: Some(after), .. } => Some((step, after)),
        _ => None,
    });
    let defined = |group: &str, kind: &str| {
        let mut planned = desired.values().filter(|object| steps.contains_key(object.id()));
        planned.any(|object| defines(object, group, kind))
    };
    let blocked = |(step, after): (&Step, &After)| {
        let because = match after {
            After::Namespace(name) => namespace_blocker(name, &steps)?,
            After::Kind { group, kind } if defined(group, kind) => return None,
            After::Kind { .. } => Blocker::Missing { missing: after.clone() },
        };
        Some(Blocked { id: Some(step.id().clone()), origin: step.origin.clone(), because })
    };
    waiting.filter_map(blocked).collect()
}

fn namespace_blocker(name: &str, steps: &BTreeMap<&ObjectId, &Step>) -> Option<Blocker> {
    let step = steps.iter().find(|(id, _)| id.is("", "Namespace") && id.name == name);
    match step.map(|(_, step)| &step.change) {
        Some(Change::Create { .. } | Change::Replace { .. }) => None,
        // It is there, and yet nothing can be created in it: it is on its way out.
        Some(_) => Some(Blocker::Terminating { namespace: name.to_owned() }),
        None => Some(Blocker::Missing { missing: After::Namespace(name.to_owned()) }),
    }
}

fn blocked_ids(blocked: &[Blocked]) -> BTreeSet<ObjectId> {
    blocked.iter().filter_map(|blocked| blocked.id.clone()).collect()
}

fn claimed(owned: &Inventory, waves: &[Wave], gone: &[ObjectId]) -> Inventory {
    let mut claimed = owned.clone();
    for id in gone {
        claimed.release(id);
    }
    for step in waves.iter().flat_map(|wave| &wave.steps) {
        claimed.claim(step.id().clone());
    }
    claimed
}

impl Plan {
    /// Returns the revision when the live state is already what it describes.
    pub fn delivered(&self) -> Option<&Revision> {
        self.is_empty().then_some(&self.revision)
    }
}
