//! What makes workloads reachable.

use serde_json::Value;

use super::{
    Health,
    read::{Condition, Reading, Seen, conditions},
};

pub(super) fn service(seen: Seen<'_>) -> Health {
    if seen.text("spec.type", "ClusterIP") == "LoadBalancer" {
        if seen.text("spec.clusterIP", "").is_empty() {
            return Health::in_progress("ClusterIP not set. Service type: LoadBalancer");
        }
        if seen.is_strict() && !has_address(seen) {
            return Health::in_progress("the load balancer has no address yet");
        }
    }
    Health::current("Service is ready")
}

pub(super) fn ingress(seen: Seen<'_>) -> Health {
    if has_address(seen) {
        return Health::current("Ingress has an address");
    }
    Health::in_progress("no ingress controller has given the Ingress an address yet")
}

pub(super) fn gateway(seen: Seen<'_>) -> Reading<Health> {
    let conditions = seen.conditions()?;
    if let Some(refused) = conditions.iter().find(|it| it.is("Accepted", "False")) {
        return Ok(Health::in_progress(format!("Gateway is not accepted: {}", refused.why())));
    }
    let programmed = conditions.iter().find(|it| it.kind == "Programmed");
    Ok(match programmed {
        Some(it) if it.status == "True" => Health::current("Gateway is programmed"),
        Some(it) => Health::in_progress(format!("Gateway is not programmed: {}", it.why())),
        None => Health::in_progress("Gateway is not programmed yet"),
    })
}

pub(super) fn route(seen: Seen<'_>) -> Reading<Health> {
    let kind = &seen.object.id().kind;
    let parents = seen.get("status.parents").and_then(Value::as_array);
    let Some(parents) = parents.filter(|parents| !parents.is_empty()) else {
        return Ok(Health::in_progress(format!("no gateway has accepted the {kind} yet")));
    };
    for parent in parents {
        let conditions = conditions(&parent["conditions"], "status.parents[].conditions")?;
        let gateway = parent["parentRef"]["name"].as_str().unwrap_or("its gateway");
        // A gateway accepts a route before it can follow it.
        let broken =
            |it: &&Condition<'_>| it.is("Accepted", "False") || it.is("ResolvedRefs", "False");
        if let Some(broken) = conditions.iter().find(broken) {
            let why = broken.why();
            return Ok(Health::in_progress(format!("{kind} is not served by {gateway}: {why}")));
        }
        if !conditions.iter().any(|it| it.is("Accepted", "True")) {
            return Ok(Health::in_progress(format!("{gateway} has not accepted the {kind} yet")));
        }
    }
    Ok(Health::current(format!("{kind} is accepted")))
}

fn has_address(seen: Seen<'_>) -> bool {
    let addresses = seen.get("status.loadBalancer.ingress").and_then(Value::as_array);
    addresses.is_some_and(|addresses| {
        let filled = |key: &str, address: &Value| {
            address.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        addresses.iter().any(|address| filled("ip", address) || filled("hostname", address))
    })
}
