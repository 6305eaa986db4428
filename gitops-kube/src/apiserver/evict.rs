//! Evicting pods: deletion that asks the disruption budgets first.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::Answer,
    decode, delete, read,
    select::matches_labels,
    status::{Failure, Result},
    store::Key,
    world::{At, Call, World, text},
};

/// How long a client waits before it asks again, in seconds.
const RETRY_SECONDS: u32 = 10;
const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// Answers an eviction.
pub(crate) fn evict(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let eviction = decode::parse(call.request)?;
    let pod = read::find(world, call)?;
    let name = text(&eviction, "/metadata/name");
    if name != call.name {
        let (said, named) = (name, &call.name);
        return Err(Failure::bad_request(format!(
            "name in URL does not match name in Eviction object: {named:?} vs. {said:?}"
        )));
    }
    let mut options = eviction.get("deleteOptions").filter(|options| options.is_object()).cloned();
    let options = options.get_or_insert_with(|| json!({}));
    if call.request.dry_run() {
        options["dryRun"] = json!(["All"]);
    }
    let phase = text(&pod, "/status/phase");
    let goes = pod.at("/metadata/deletionTimestamp").is_some();
    // What does not run any more, or not yet, disrupts nothing.
    if !goes && !matches!(phase, "Succeeded" | "Failed" | "Pending") {
        let dry = options.get("dryRun").is_some_and(|list| list != &json!([]));
        ask_budgets(world, call, &pod, dry)?;
    }
    let one = Call {
        request: call.request,
        kind: Arc::clone(&call.kind),
        namespace: call.namespace.clone(),
        name: call.name.clone(),
        subresource: String::new(),
        now: call.now,
        user: Arc::clone(&call.user),
        traces: call.traces.clone(),
    };
    delete::end(world, &one, &pod, options)?;
    Ok(Answer::object(
        201,
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
        }),
    ))
}

/// Counts a disruption in the budget of a pod.
///
/// # Errors
///
/// The budget has none left, or there are several.
fn ask_budgets(world: &mut World, call: &Call<'_>, pod: &Value, dry: bool) -> Result<()> {
    let Some(kind) = world.kinds.find("policy", "v1", "poddisruptionbudgets").cloned() else {
        return Ok(());
    };
    let budgets = world.store.list(&kind.resource, Some(&call.namespace));
    let chosen = budgets.filter(|(_, budget)| {
        let selector = budget.at("/spec/selector");
        selector.is_some_and(|selector| matches_labels(selector, pod))
    });
    let chosen: Vec<(Key, _)> = chosen.map(|(key, budget)| (key.clone(), budget)).collect();
    let (key, budget) = match chosen.as_slice() {
        [] => return Ok(()),
        [one] => one,
        _ => {
            return Err(Failure::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource \
                 does not support.",
            ));
        }
    };
    let number = |path: &str| budget.at(path).and_then(Value::as_i64).unwrap_or(0);
    if number("/status/observedGeneration") < number("/metadata/generation") {
        let why =
            format!("The disruption budget {} is still being processed by the server.", key.1);
        return Err(refusal(&why));
    }
    let allowed = number("/status/disruptionsAllowed");
    if allowed <= 0 {
        let (wanted, healthy) =
            (number("/status/desiredHealthy"), number("/status/currentHealthy"));
        let name = &key.1;
        let why = format!(
            "The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        );
        return Err(refusal(&why));
    }
    if !dry {
        let mut counted = (**budget).clone();
        counted["status"]["disruptionsAllowed"] = (allowed - 1).into();
        counted["status"]["disruptedPods"][call.name.as_str()] = call.time().into();
        world.store.put(&kind.resource, key.clone(), counted);
    }
    Ok(())
}

fn refusal(why: &str) -> Failure {
    let mut failure = Failure::new(429, "TooManyRequests", VIOLATES);
    failure.details = Some(json!({
        "causes": [{ "reason": "DisruptionBudget", "message": why }],
        "retryAfterSeconds": RETRY_SECONDS,
    }));
    failure
}
