//! Where the pods of a service are: `EndpointSlices` and the older `Endpoints`.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    desk::{Desk, ENDPOINTS, NODES, PODS, Refused, SERVICES, SLICES},
    object::{has_labels, is_controlled, is_deleting, label, name, namespace, reference, uid},
    pods,
    queue::{Again, Outcome},
};
use crate::apiserver::world::{metadata, text};

const MANAGER: &str = "endpointslice.kubernetes.io/managed-by";
const SERVICE: &str = "kubernetes.io/service-name";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const HEADLESS: &str = "service.kubernetes.io/headless";

/// How many endpoints one slice holds.
pub(crate) const SLICE_ENDPOINTS_MAX: usize = 100;
/// How many addresses an `Endpoints` object holds.
pub(crate) const ENDPOINTS_ADDRESSES_MAX: usize = 1000;
/// Says that there are more pods than the addresses that are listed.
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";

fn selected(desk: &Desk<'_>, service: &Value) -> Option<Vec<Arc<Value>>> {
    let selector = service.pointer("/spec/selector").filter(|selector| !selector.is_null())?;
    if text(service, "/spec/type") == "ExternalName" {
        return None;
    }
    let mut found = desk.list(PODS, namespace(service));
    found.retain(|pod| {
        has_labels(Some(selector), pod)
            && !pods::is_finished(pod)
            && !text(pod, "/status/podIP").is_empty()
    });
    Some(found)
}

fn publishes_all(service: &Value) -> bool {
    service.pointer("/spec/publishNotReadyAddresses") == Some(&json!(true))
}

/// Returns the port of a pod that a port of a service leads to.
fn target_port(pod: &Value, port: &Value) -> Option<Value> {
    match port.get("targetPort") {
        Some(Value::String(wanted)) => {
            let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
            let ports = containers.into_iter().flatten().flat_map(|container| {
                container.get("ports").and_then(Value::as_array).into_iter().flatten()
            });
            let mut found = ports.filter(|found| {
                text(found, "/name") == wanted && found["protocol"] == port["protocol"]
            });
            found.next().map(|found| found["containerPort"].clone())
        }
        Some(number) => Some(number.clone()),
        None => port.get("port").cloned(),
    }
}

fn hostname<'p>(pod: &'p Value, service: &Value) -> &'p str {
    let same = text(pod, "/spec/subdomain") == name(service);
    if same { text(pod, "/spec/hostname") } else { "" }
}

fn target(pod: &Value) -> Value {
    json!({ "kind": "Pod", "namespace": namespace(pod), "name": name(pod), "uid": uid(pod) })
}

fn labels(service: &Value, own: &[(&str, &str)]) -> Value {
    let mut labels = service.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = labels.as_object_mut() {
        map.retain(|key, _| key != SERVICE && key != MANAGER && key != HEADLESS);
    }
    if text(service, "/spec/clusterIP") == "None" {
        labels[HEADLESS] = "".into();
    }
    for (key, value) in own {
        labels[*key] = (*value).into();
    }
    labels
}

/// Keeps the slices of a service.
pub(super) fn sync_slices(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(service) = desk.get(SERVICES, place, called) else { return Ok(Again::Never) };
    let Some(found) = selected(desk, &service) else { return Ok(Again::Never) };
    if is_deleting(&service) {
        return Ok(Again::Never);
    }
    // Slices group pods whose ports are the same.
    let mut groups: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
    for pod in &found {
        let node = text(pod, "/spec/nodeName");
        if !publishes_all(&service) && desk.get(NODES, "", node).is_none() {
            continue;
        }
        let ports = slice_ports(pod, &service);
        let group = groups.entry(ports.to_string()).or_insert_with(|| (ports, Vec::new()));
        group.1.push(endpoint(pod, &service));
    }
    let mut wanted: Vec<(Value, Value)> = Vec::new();
    for (ports, endpoints) in groups.into_values() {
        for some in endpoints.chunks(SLICE_ENDPOINTS_MAX) {
            wanted.push((ports.clone(), json!(some)));
        }
    }
    if wanted.is_empty() {
        wanted.push((Value::Null, Value::Null));
    }
    write_slices(desk, &service, wanted)?;
    Ok(Again::Never)
}

fn slice_ports(pod: &Value, service: &Value) -> Value {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array);
    let one = |port: &Value| {
        let mut made = json!({
            "name": text(port, "/name"),
            "port": target_port(pod, port)?,
            "protocol": port["protocol"],
        });
        if let Some(protocol) = port.get("appProtocol") {
            made["appProtocol"] = protocol.clone();
        }
        Some(made)
    };
    ports.into_iter().flatten().filter_map(one).collect()
}

fn endpoint(pod: &Value, service: &Value) -> Value {
    let (serving, terminating) = (pods::is_ready(pod), is_deleting(pod));
    let ready = publishes_all(service) || (serving && !terminating);
    let mut endpoint = json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": { "ready": ready, "serving": serving, "terminating": terminating },
        "targetRef": target(pod),
    });
    if !text(pod, "/spec/nodeName").is_empty() {
        endpoint["nodeName"] = pod["spec"]["nodeName"].clone();
    }
    if !hostname(pod, service).is_empty() {
        endpoint["hostname"] = hostname(pod, service).into();
    }
    endpoint
}

fn write_slices(
    desk: &mut Desk<'_>,
    service: &Value,
    mut wanted: Vec<(Value, Value)>,
) -> Result<(), Refused> {
    let own = [(SERVICE, name(service)), (MANAGER, "endpointslice-controller.k8s.io")];
    let labels = labels(service, &own);
    let mut left: Vec<Arc<Value>> = desk
        .list(SLICES, namespace(service))
        .into_iter()
        .filter(|slice| label(slice, SERVICE) == name(service) && label(slice, MANAGER) == own[1].1)
        .filter(|slice| is_controlled(slice, service))
        .collect();
    // A slice that is right already stays with what it has.
    wanted.retain(|(ports, endpoints)| {
        let at = left.iter().position(|slice| {
            slice["ports"] == *ports
                && slice["endpoints"] == *endpoints
                && slice["metadata"]["labels"] == labels
        });
        at.map(|at| left.remove(at)).is_none()
    });
    for (ports, endpoints) in wanted {
        let same = left.iter().position(|slice| slice["ports"] == ports);
        let at = same.or_else(|| (!left.is_empty()).then_some(0));
        let Some(at) = at else {
            let slice = json!({
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "generateName": format!("{}-", name(service)),
                    "namespace": namespace(service),
                    "labels": labels,
                    "annotations": { TRIGGER: text(service, "/metadata/creationTimestamp") },
                    "ownerReferences": [reference(service, SERVICES)],
                },
                "addressType": "IPv4",
                "ports": ports,
                "endpoints": endpoints,
            });
            desk.create(SLICES, &slice)?;
            continue;
        };
        let mut slice = (*left.remove(at)).clone();
        slice["ports"] = ports;
        slice["endpoints"] = endpoints;
        let time = desk.time();
        let meta = metadata(&mut slice);
        meta.insert("labels".to_owned(), labels.clone());
        meta.entry("annotations").or_insert_with(|| json!({}))[TRIGGER] = time.into();
        desk.update(SLICES, &slice)?;
    }
    for slice in left {
        desk.delete(SLICES, &slice, &[])?;
    }
    Ok(())
}

/// Keeps the `Endpoints` of a service.
pub(super) fn sync_endpoints(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let existing = desk.get(ENDPOINTS, place, called);
    let Some(service) = desk.get(SERVICES, place, called) else {
        if let Some(existing) = existing {
            desk.delete(ENDPOINTS, &existing, &[])?;
        }
        return Ok(Again::Never);
    };
    let Some(mut found) = selected(desk, &service) else { return Ok(Again::Never) };
    found.retain(|pod| publishes_all(&service) || !is_deleting(pod));
    let truncated = ENDPOINTS_ADDRESSES_MAX < found.len();
    found.truncate(ENDPOINTS_ADDRESSES_MAX);
    let subsets = subsets(&found, &service);
    let own = [("endpoints.kubernetes.io/managed-by", "endpoint-controller")];
    let labels = labels(&service, &own);
    let mut object = match existing {
        Some(existing) => {
            let empty = Value::Array(Vec::new());
            let same = existing.get("subsets").unwrap_or(&empty) == &subsets;
            if same && existing["metadata"]["labels"] == labels {
                return Ok(Again::Never);
            }
            let mut object = (*existing).clone();
            object["metadata"]["annotations"][TRIGGER] = desk.time().into();
            object
        }
        None => json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": called,
                "namespace": place,
                "annotations": { TRIGGER: text(&service, "/metadata/creationTimestamp") },
            },
        }),
    };
    if truncated {
        object["metadata"]["annotations"][OVER_CAPACITY] = "truncated".into();
    } else if let Some(Value::Object(known)) = object.pointer_mut("/metadata/annotations") {
        known.remove(OVER_CAPACITY);
    }
    object["metadata"]["labels"] = labels;
    object["subsets"] = subsets;
    if text(&object, "/metadata/uid").is_empty() {
        desk.create(ENDPOINTS, &object)?;
    } else {
        desk.update(ENDPOINTS, &object)?;
    }
    Ok(Again::Never)
}

fn subsets(found: &[Arc<Value>], service: &Value) -> Value {
    let mut groups: BTreeMap<String, (Value, Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let ports = service.pointer("/spec/ports").and_then(Value::as_array);
    for pod in found {
        let one = |port: &Value| {
            let mut made = json!({ "port": target_port(pod, port)?, "protocol": port["protocol"] });
            for field in ["name", "appProtocol"] {
                if !text(port, &format!("/{field}")).is_empty() {
                    made[field] = port[field].clone();
                }
            }
            Some(made)
        };
        let ports: Value = ports.into_iter().flatten().filter_map(one).collect();
        let mut address = json!({ "ip": text(pod, "/status/podIP"), "targetRef": target(pod) });
        if !text(pod, "/spec/nodeName").is_empty() {
            address["nodeName"] = pod["spec"]["nodeName"].clone();
        }
        if !hostname(pod, service).is_empty() {
            address["hostname"] = hostname(pod, service).into();
        }
        let group =
            groups.entry(ports.to_string()).or_insert_with(|| (ports, Vec::new(), Vec::new()));
        let ready = publishes_all(service) || pods::is_ready(pod);
        if ready { group.1.push(address) } else { group.2.push(address) }
    }
    let mut out = Vec::new();
    for (ports, mut ready, mut unready) in groups.into_values() {
        let mut subset = json!({});
        for (field, list) in [("addresses", &mut ready), ("notReadyAddresses", &mut unready)] {
            list.sort_by_key(|address| text(address, "/ip").to_owned());
            if !list.is_empty() {
                subset[field] = json!(list);
            }
        }
        if ports.as_array().is_some_and(|ports| !ports.is_empty()) {
            subset["ports"] = ports;
        }
        out.push(subset);
    }
    Value::Array(out)
}
