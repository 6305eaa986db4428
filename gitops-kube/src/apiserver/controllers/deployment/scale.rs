//! How many pods each `ReplicaSet` of a Deployment may have.

use std::{cmp::Reverse, sync::Arc};

use serde_json::{Value, json};

use super::{
    super::{
        desk::{DEPLOYMENTS, Desk, Happened, REPLICA_SETS, Refused},
        object::{annotation, name, number, scaled},
        pods,
    },
    Rollout, min_available,
    revision::{DESIRED, LARGEST, annotate_replicas},
};
use crate::apiserver::world::text;

pub(super) fn replicas(of: &Value) -> i64 {
    number(of, "/spec/replicas")
}

fn rolls(deployment: &Value) -> bool {
    text(deployment, "/spec/strategy/type") == "RollingUpdate"
}

/// Surge and unavailability; they cannot both be 0.
fn fences(deployment: &Value) -> (i64, i64) {
    let at = |name: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{name}"));
    let surge = scaled(at("maxSurge"), replicas(deployment), true);
    let missing = scaled(at("maxUnavailable"), replicas(deployment), false);
    if surge == 0 && missing == 0 { (0, 1) } else { (surge, missing) }
}

pub(super) fn max_surge(deployment: &Value) -> i64 {
    if rolls(deployment) { fences(deployment).0 } else { 0 }
}

pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    let wanted = replicas(deployment);
    if rolls(deployment) && wanted != 0 { fences(deployment).1.min(wanted) } else { 0 }
}

fn note(desk: &mut Desk<'_>, deployment: &Value, set: &Value, from: i64, to: i64) {
    let way = if from < to { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {} from {from} to {to}", name(set));
    let reason = "ScalingReplicaSet";
    let component = "deployment-controller";
    let happened = Happened { component, warning: false, reason, message };
    desk.note(deployment, DEPLOYMENTS, &happened);
}

/// Writes the replicas of a `ReplicaSet`, if they or their annotations change.
pub(super) fn set_replicas(
    desk: &mut Desk<'_>,
    rollout: &Rollout,
    set: &Arc<Value>,
    wanted: i64,
) -> Result<Arc<Value>, Refused> {
    let from = replicas(set);
    let mut changed = (**set).clone();
    let annotated = annotate_replicas(&rollout.deployment, &mut changed);
    if from == wanted && !annotated {
        return Ok(Arc::clone(set));
    }
    changed["spec"]["replicas"] = wanted.into();
    let written = desk.update(REPLICA_SETS, &changed)?;
    if from != wanted {
        note(desk, &rollout.deployment, set, from, wanted);
    }
    Ok(written)
}

/// Says how many replicas a new `ReplicaSet` gets in this step of a rollout.
pub(super) fn roll_target(rollout: &Rollout, new: &Value) -> i64 {
    let wanted = replicas(&rollout.deployment);
    if !rolls(&rollout.deployment) {
        return wanted;
    }
    let surge = rollout.deployment.pointer("/spec/strategy/rollingUpdate/maxSurge");
    let most = wanted + scaled(surge, wanted, true);
    let current: i64 = rollout.old.iter().map(|set| replicas(set)).sum::<i64>() + replicas(new);
    if current >= most {
        return replicas(new);
    }
    replicas(new) + (most - current).min(wanted - replicas(new))
}

/// Scales the new `ReplicaSet` as far as the surge allows; tells whether it did.
pub(super) fn up_new(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Result<bool, Refused> {
    let Some(new) = rollout.new.clone() else { return Ok(false) };
    let wanted = replicas(&rollout.deployment);
    if replicas(&new) == wanted {
        return Ok(false);
    }
    let target = if replicas(&new) > wanted { wanted } else { roll_target(rollout, &new) };
    if target == replicas(&new) {
        return Ok(false);
    }
    rollout.new = Some(set_replicas(desk, rollout, &new, target)?);
    Ok(true)
}

/// Scales old `ReplicaSets` down as far as availability allows; tells whether it did.
pub(super) fn down_old(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Result<bool, Refused> {
    let Some(new) = rollout.new.clone() else { return Ok(false) };
    if rollout.old.iter().all(|set| replicas(set) == 0) {
        return Ok(false);
    }
    let least = min_available(&rollout.deployment);
    let missing = replicas(&new) - number(&new, "/status/availableReplicas");
    let most = rollout.sum("/spec/replicas") - least - missing;
    if most <= 0 {
        return Ok(false);
    }
    pods::sort_by_age(&mut rollout.old);
    let sick = |set: &Value| replicas(set) - number(set, "/status/availableReplicas");
    let cleaned = shrink(desk, rollout, most, &sick)?;
    let available = rollout.sum("/status/availableReplicas");
    let shrunk = shrink(desk, rollout, (available - least).max(0), &replicas)?;
    Ok(cleaned + shrunk > 0)
}

fn shrink(
    desk: &mut Desk<'_>,
    rollout: &mut Rollout,
    most: i64,
    by: &dyn Fn(&Value) -> i64,
) -> Result<i64, Refused> {
    let mut done = 0;
    for at in 0..rollout.old.len() {
        let set = Arc::clone(&rollout.old[at]);
        let down = by(&set).min(most - done).min(replicas(&set));
        if down > 0 {
            rollout.old[at] = set_replicas(desk, rollout, &set, replicas(&set) - down)?;
            done += down;
        }
    }
    Ok(done)
}

/// Whether somebody changed the replicas since the `ReplicaSets` were last scaled.
pub(super) fn is_scaling(rollout: &Rollout) -> bool {
    let wanted = replicas(&rollout.deployment);
    rollout.all().filter(|set| replicas(set) > 0).any(|set| {
        annotation(set, DESIRED)
            .and_then(|text| text.parse::<i64>().ok())
            .is_some_and(|desired| desired != wanted)
    })
}

fn is_saturated(rollout: &Rollout) -> bool {
    let wanted = replicas(&rollout.deployment);
    rollout.new.as_ref().is_some_and(|new| {
        replicas(new) == wanted
            && annotation(new, DESIRED) == Some(wanted.to_string().as_str())
            && number(new, "/status/availableReplicas") == wanted
    })
}

/// Scales all `ReplicaSets` so that their shares stay.
pub(super) fn in_proportion(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Result<(), Refused> {
    let wanted = replicas(&rollout.deployment);
    let active: Vec<Arc<Value>> = rollout.all().filter(|set| replicas(set) > 0).cloned().collect();
    if active.len() <= 1 {
        let mut old = rollout.old.clone();
        pods::sort_by_age(&mut old);
        let latest = rollout.new.clone().or_else(|| old.pop());
        if let Some(set) = active.into_iter().next().or(latest)
            && replicas(&set) != wanted
        {
            let written = set_replicas(desk, rollout, &set, wanted)?;
            keep(rollout, written);
        }
        return Ok(());
    }
    if is_saturated(rollout) {
        for set in rollout.old.clone().iter().filter(|set| replicas(set) > 0) {
            let written = set_replicas(desk, rollout, set, 0)?;
            keep(rollout, written);
        }
        return Ok(());
    }
    if !rolls(&rollout.deployment) {
        return Ok(());
    }
    let most = if wanted > 0 { wanted + max_surge(&rollout.deployment) } else { 0 };
    let to_add = most - active.iter().map(|set| replicas(set)).sum::<i64>();
    spread(desk, rollout, active, to_add)
}

fn spread(
    desk: &mut Desk<'_>,
    rollout: &mut Rollout,
    mut active: Vec<Arc<Value>>,
    to_add: i64,
) -> Result<(), Refused> {
    let born = |set: &Value| text(set, "/metadata/creationTimestamp").to_owned();
    if to_add > 0 {
        active.sort_by_cached_key(|set| (Reverse(replicas(set)), Reverse(born(set))));
    } else {
        active.sort_by_cached_key(|set| (Reverse(replicas(set)), born(set)));
    }
    let mut added = 0;
    let mut sizes = Vec::new();
    for set in &active {
        let share = if to_add == 0 { 0 } else { share(rollout, set, to_add, added) };
        added += share;
        sizes.push(replicas(set) + share);
    }
    if to_add != 0
        && let Some(first) = sizes.first_mut()
    {
        *first = (*first + to_add - added).max(0);
    }
    for (set, size) in active.iter().zip(sizes) {
        let written = set_replicas(desk, rollout, set, size)?;
        keep(rollout, written);
    }
    Ok(())
}

fn share(rollout: &Rollout, set: &Value, to_add: i64, added: i64) -> i64 {
    let deployment = &rollout.deployment;
    if replicas(set) == 0 || to_add == added {
        return 0;
    }
    let allowed = to_add - added;
    let fraction = if replicas(deployment) == 0 {
        -replicas(set)
    } else {
        let before = annotation(set, LARGEST).and_then(|text| text.parse::<i64>().ok());
        let before = before.filter(|before| *before != 0);
        let before = before.unwrap_or_else(|| number(deployment, "/status/replicas"));
        if before == 0 {
            0
        } else {
            let product = replicas(set) * (replicas(deployment) + max_surge(deployment));
            // Rounds half away from zero; sizes are never negative.
            (2 * product + before) / (2 * before) - replicas(set)
        }
    };
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}

/// Puts a written `ReplicaSet` where it was.
fn keep(rollout: &mut Rollout, written: Arc<Value>) {
    let same = |set: &Arc<Value>| json!(name(set)) == json!(name(&written));
    if rollout.new.as_ref().is_some_and(same) {
        rollout.new = Some(written);
    } else if let Some(at) = rollout.old.iter().position(same) {
        rollout.old[at] = written;
    }
}
