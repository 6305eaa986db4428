//! Pod disruption budgets: how many pods may be missing now.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    desk::{
        BUDGETS, DEPLOYMENTS, Desk, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, STATEFUL_SETS,
    },
    object::{
        condition, controller, is_deleting, namespace, number, push_condition, scaled, selects,
    },
    pods,
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

/// Looks at one budget.
pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(budget) = desk.get(BUDGETS, place, called) else { return Ok(Again::Never) };
    let mut found = desk.list(PODS, place);
    found.retain(|pod| selects(budget.pointer("/spec/selector"), pod));
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let (expected, wanted) = match budget.pointer("/spec/maxUnavailable") {
        Some(most) => {
            let expected = expected(desk, &found);
            (expected, (expected - scaled(Some(most), expected, true)).max(0))
        }
        None => match budget.pointer("/spec/minAvailable") {
            Some(least @ Value::String(_)) => {
                let expected = expected(desk, &found);
                (expected, scaled(Some(least), expected, true))
            }
            least => (count, scaled(least, count, true)),
        },
    };
    let healthy = found.iter().filter(|pod| !is_deleting(pod) && pods::is_ready(pod)).count();
    let healthy = i64::try_from(healthy).unwrap_or(i64::MAX);
    let allowed = if expected > 0 { (healthy - wanted).max(0) } else { 0 };
    let before = budget.get("status").cloned().unwrap_or_else(|| json!({}));
    let mut status = before.clone();
    status["observedGeneration"] = number(&budget, "/metadata/generation").into();
    status["currentHealthy"] = healthy.into();
    status["desiredHealthy"] = wanted.into();
    status["expectedPods"] = expected.into();
    status["disruptionsAllowed"] = allowed.into();
    let (value, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let known = condition(&status, "DisruptionAllowed");
    if known.is_none_or(|known| text(known, "/status") != value) {
        let made = json!({
            "type": "DisruptionAllowed",
            "status": value,
            "observedGeneration": number(&budget, "/metadata/generation"),
            "lastTransitionTime": desk.time(),
            "reason": reason,
            "message": "",
        });
        push_condition(&mut status, made);
    }
    if status != before {
        let mut changed = (*budget).clone();
        changed["status"] = status;
        desk.update_status(BUDGETS, &changed)?;
    }
    Ok(Again::Never)
}

/// Returns how many pods the controllers of some pods ask for.
fn expected(desk: &Desk<'_>, found: &[Arc<Value>]) -> i64 {
    let mut owners: BTreeSet<(String, i64)> = BTreeSet::new();
    for pod in found {
        let Some(mut owner) = owner(desk, pod) else { continue };
        if let Some(above) = self::owner(desk, &owner) {
            owner = above;
        }
        let uid = text(&owner, "/metadata/uid").to_owned();
        owners.insert((uid, number(&owner, "/spec/replicas")));
    }
    owners.into_iter().map(|(_, replicas)| replicas).sum()
}

fn owner(desk: &Desk<'_>, object: &Value) -> Option<Arc<Value>> {
    let reference = controller(object)?;
    let kinds = [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, REPLICATION_CONTROLLERS];
    let of = kinds.into_iter().find(|of| of.kind == text(reference, "/kind"))?;
    desk.get(of, namespace(object), text(reference, "/name"))
}
