//! What a change of a service keeps, gets and loses: addresses and ports that the server drew.

use serde_json::{Map, Value, json};

use super::super::{
    status::{Failure, Result},
    world::{World, text},
};

/// Settles the addresses and ports of a changed service.
///
/// # Errors
///
/// 500 when two ports end up on one node port.
pub(super) fn change(world: &mut World, live: &Value, object: &mut Value) -> Result<()> {
    if !object.get("spec").is_some_and(Value::is_object) {
        return Ok(());
    }
    keep_addresses(live, object);
    keep_node_ports(live, object);
    draw_node_ports(world, object)?;
    drop_what_its_type_has_not(live, object);
    Ok(())
}

fn spec(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("spec")?.as_object_mut()
}

fn kind(object: &Value) -> &str {
    text(object, "/spec/type")
}

fn needs_address(object: &Value) -> bool {
    kind(object) != "ExternalName"
}

fn needs_node_ports(object: &Value) -> bool {
    match kind(object) {
        "NodePort" => true,
        "LoadBalancer" => {
            object.pointer("/spec/allocateLoadBalancerNodePorts") != Some(&json!(false))
        }
        _ => false,
    }
}

fn is_reached_from_outside(object: &Value) -> bool {
    let external = object.pointer("/spec/externalIPs").and_then(Value::as_array);
    match kind(object) {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => external.is_some_and(|list| !list.is_empty()),
        _ => false,
    }
}

fn ports(object: &Value) -> &[Value] {
    object.pointer("/spec/ports").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn node_port(port: &Value) -> i64 {
    port.get("nodePort").and_then(Value::as_i64).unwrap_or(0)
}

fn node_ports(object: &Value) -> Vec<i64> {
    let mut found: Vec<i64> =
        ports(object).iter().map(node_port).filter(|port| *port != 0).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn keep_addresses(live: &Value, object: &mut Value) {
    let (before, list) = (live.pointer("/spec/clusterIP"), live.pointer("/spec/clusterIPs"));
    let kept = needs_address(live) && needs_address(object);
    let Some(spec) = spec(object) else { return };
    let cleared = |value: Option<&Value>| {
        value.is_none_or(|value| {
            value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
        })
    };
    if kept {
        for (name, value) in [("clusterIP", before), ("clusterIPs", list)] {
            if let Some(value) = value
                && cleared(spec.get(name))
            {
                spec.insert(name.to_owned(), value.clone());
            }
        }
    }
    // The list follows the single address where only that one was changed.
    if spec.get("clusterIP") != before && spec.get("clusterIPs") == list {
        match spec.get("clusterIP").cloned().filter(|address| !cleared(Some(address))) {
            Some(address) => spec.insert("clusterIPs".to_owned(), json!([address])),
            None => spec.remove("clusterIPs"),
        };
    }
}

/// Gives ports back the node ports that ports of their names had.
fn keep_node_ports(live: &Value, object: &mut Value) {
    if !needs_node_ports(live) || !needs_node_ports(object) {
        return;
    }
    let used: Vec<i64> =
        node_ports(live).into_iter().filter(|port| node_ports(object).contains(port)).collect();
    let Some(Value::Array(list)) = object.pointer_mut("/spec/ports") else { return };
    for port in list {
        if node_port(port) != 0 {
            continue;
        }
        let name = text(port, "/name");
        let before = ports(live).iter().rev().find(|known| text(known, "/name") == name);
        let before = before.map_or(0, node_port);
        if before != 0 && !used.contains(&before) {
            port["nodePort"] = before.into();
        }
    }
}

fn draw_node_ports(world: &mut World, object: &mut Value) -> Result<()> {
    let draws = needs_node_ports(object);
    let Some(Value::Array(list)) = object.pointer_mut("/spec/ports") else { return Ok(()) };
    let mut taken: Vec<(String, i64)> = Vec::new();
    for port in list {
        if node_port(port) == 0 {
            if !draws {
                continue;
            }
            port["nodePort"] = (30_000 + world.draws.below(2768)).into();
        }
        let key = (text(port, "/protocol").to_owned(), node_port(port));
        if taken.contains(&key) {
            let (protocol, number) = key;
            return Err(Failure::internal(format!("duplicate nodePort: {{{protocol} {number}}}")));
        }
        taken.push(key);
    }
    Ok(())
}

/// Drops what the old type had and the new one has not, unless the request changes it too.
fn drop_what_its_type_has_not(live: &Value, object: &mut Value) {
    let same = |object: &Value, name: &str| {
        let at = format!("/spec/{name}");
        live.pointer(&at) == object.pointer(&at)
    };
    let mut gone: Vec<&str> = Vec::new();
    if needs_address(live) && !needs_address(object) {
        if same(object, "clusterIPs") {
            gone.extend(["clusterIP", "clusterIPs"]);
        }
        gone.extend(["ipFamilies", "ipFamilyPolicy"].iter().filter(|name| same(object, name)));
    }
    let has_node_ports = |object: &Value| matches!(kind(object), "NodePort" | "LoadBalancer");
    let kept = node_ports(live);
    if has_node_ports(live)
        && !has_node_ports(object)
        && node_ports(object).iter().all(|port| kept.contains(port))
    {
        for port in
            object.pointer_mut("/spec/ports").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if let Some(port) = port.as_object_mut() {
                port.remove("nodePort");
            }
        }
    }
    let balanced = |object: &Value| kind(object) == "LoadBalancer";
    if balanced(live) && !balanced(object) {
        let names = ["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"];
        gone.extend(names.iter().filter(|name| same(object, name)));
    }
    if is_reached_from_outside(live)
        && !is_reached_from_outside(object)
        && same(object, "externalTrafficPolicy")
    {
        gone.push("externalTrafficPolicy");
    }
    let Some(spec) = spec(object) else { return };
    for name in gone {
        spec.remove(name);
    }
    if kind(object) != "LoadBalancer"
        && let Some(balancer) = object.pointer_mut("/status/loadBalancer")
    {
        *balancer = json!({});
    }
}
