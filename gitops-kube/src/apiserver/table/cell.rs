//! What stands in the cells of built-in kinds: the words of `cells.txt`.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, columns::Layout, network, pod, storage};
use crate::apiserver::world::text;

/// Fills the cells of one object.
pub(super) fn row(layout: &Layout, item: &Value, now: Timestamp) -> Vec<Value> {
    let mut out = Vec::new();
    for cell in &layout.cells {
        match *cell {
            "pod" => out.extend(pod::cells(item, now)),
            "event" => out.extend(event(item, now)),
            "node" => out.extend(node(item, now)),
            "job" => out.extend(job(item, now)),
            "claim" => out.extend(storage::claim(item, now)),
            "volume" => out.extend(storage::volume(item, now)),
            cell => out.push(one(cell, item, now)),
        }
    }
    out
}

fn one(cell: &str, item: &Value, now: Timestamp) -> Value {
    let words: Vec<&str> = cell.split(' ').collect();
    let whole = |path: &str| integer(item, path);
    match words.as_slice() {
        ["name"] => json!(text(item, "/metadata/name")),
        ["age"] => json!(age::since(text(item, "/metadata/creationTimestamp"), now)),
        ["created"] => json!(text(item, "/metadata/creationTimestamp")),
        ["int", path] => json!(whole(path)),
        ["ratio", some, all] => json!(format!("{}/{}", whole(some), whole(all))),
        ["count", paths @ ..] => json!(paths.iter().map(|path| size(item, path)).sum::<usize>()),
        ["text", path, empty] => match item.pointer(path) {
            Some(Value::String(text)) => json!(text),
            None | Some(Value::Null) => json!(empty),
            Some(value) => json!(value.to_string()),
        },
        ["yes", path] => match item.pointer(path).and_then(Value::as_bool) {
            Some(true) => json!("True"),
            Some(false) => json!("False"),
            None => json!("<unset>"),
        },
        ["join", by, a, b] => json!(format!("{}{by}{}", text(item, a), text(item, b))),
        ["list", path, empty @ ..] => {
            let list = texts(item.pointer(path)).join(",");
            json!(if list.is_empty() { empty.first().copied().unwrap_or_default() } else { &list })
        }
        ["since", path, empty] => match text(item, path) {
            "" => json!(empty),
            time => json!(age::since(time, now)),
        },
        ["seconds", path, empty] => match item.pointer(path).and_then(Value::as_i64) {
            Some(seconds) => json!(age::human(seconds)),
            None => json!(empty),
        },
        ["labels", path] => json!(labels(item.pointer(path))),
        ["selector", path] => json!(selector(item.pointer(path))),
        ["names", path] => json!(containers(item, path, "name")),
        ["images", path] => json!(containers(item, path, "image")),
        ["condition", of, yes, no] => json!(match condition(item, of) {
            Some("True") => yes,
            Some(_) => no,
            None => "Unknown",
        }),
        ["default-name", annotation] => {
            let name = text(item, "/metadata/name");
            let marks = item.pointer("/metadata/annotations").and_then(|all| all.get(annotation));
            let is = marks.and_then(Value::as_str) == Some("true");
            json!(if is { format!("{name} (default)") } else { name.to_owned() })
        }
        ["subjects", kind] => json!(subjects(item, kind)),
        ["quota", what] => json!(storage::quota(item, what)),
        [path, empty @ ..] if path.starts_with('/') => match item.pointer(path) {
            None | Some(Value::Null) => word(empty.first().copied().unwrap_or_default()),
            Some(value) => value.clone(),
        },
        [special, ..] => network::cell(special, item).unwrap_or_else(|| other(special, item)),
        [] => Value::Null,
    }
}

/// Reads what stands for a missing value.
fn word(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => json!(text),
    }
}

pub(super) fn integer(item: &Value, path: &str) -> i64 {
    item.pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

pub(super) fn items<'v>(item: &'v Value, path: &str) -> &'v [Value] {
    item.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

pub(super) fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text }
}

fn size(item: &Value, path: &str) -> usize {
    match item.pointer(path) {
        Some(Value::Object(map)) => map.len(),
        Some(Value::Array(items)) => items.len(),
        _ => 0,
    }
}

/// Writes a map as `a=1,b=2`.
pub(super) fn labels(map: Option<&Value>) -> String {
    let map = map.and_then(Value::as_object).into_iter().flatten();
    let mut pairs: Vec<String> =
        map.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.sort();
    or_none(pairs.join(","))
}

/// Writes a label selector as the selectors of lists are written.
fn selector(selector: Option<&Value>) -> String {
    let Some(selector) = selector else { return "<none>".to_owned() };
    let exact = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<(String, String)> = exact
        .map(|(key, value)| (key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())))
        .collect();
    for expression in items(selector, "/matchExpressions") {
        let key = text(expression, "/key").to_owned();
        let mut values = texts(expression.get("values"));
        values.sort();
        let values = values.join(",");
        let part = match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.clone(),
        };
        parts.push((key, part));
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    or_none(parts.join(","))
}

fn containers(item: &Value, template: &str, field: &str) -> String {
    let containers = items(item, &format!("{template}/spec/containers"));
    let fields = containers.iter().map(|one| one.get(field).and_then(Value::as_str));
    let fields: Vec<&str> = fields.map(Option::unwrap_or_default).collect();
    fields.join(",")
}

pub(super) fn condition<'v>(item: &'v Value, of: &str) -> Option<&'v str> {
    let conditions = items(item, "/status/conditions").iter().chain(items(item, "/conditions"));
    let mut found = conditions.filter(|condition| text(condition, "/type") == of);
    found.next().map(|condition| text(condition, "/status"))
}

fn subjects(item: &Value, kind: &str) -> String {
    let all = items(item, "/subjects").iter().filter(|subject| text(subject, "/kind") == kind);
    let names = all.map(|subject| match kind {
        "ServiceAccount" => format!("{}/{}", text(subject, "/namespace"), text(subject, "/name")),
        _ => text(subject, "/name").to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn other(special: &str, item: &Value) -> Value {
    let part = |path: &str| text(item, path);
    json!(match special {
        "controller" => {
            let owners = items(item, "/metadata/ownerReferences");
            let owner = owners.iter().find(|owner| owner.get("controller") == Some(&json!(true)));
            owner.map_or("<none>".to_owned(), |owner| {
                let group = text(owner, "/apiVersion").rsplit_once('/').map(|(group, _)| group);
                let mut kind = text(owner, "/kind").to_lowercase();
                if let Some(group) = group {
                    // Writing to a string cannot fail.
                    let _ = write!(kind, ".{group}");
                }
                format!("{kind}/{}", text(owner, "/name"))
            })
        }
        "signing" => {
            let has = |of: &str| condition(item, of).is_some();
            let mut state = match (has("Denied"), has("Approved")) {
                (true, _) => "Denied",
                (_, true) => "Approved",
                _ => "Pending",
            }
            .to_owned();
            if has("Failed") {
                state.push_str(",Failed");
            }
            if !part("/status/certificate").is_empty() {
                state.push_str(",Issued");
            }
            state
        }
        "param-kind" => match item.pointer("/spec/paramKind") {
            Some(kind) => format!("{}/{}", text(kind, "/apiVersion"), text(kind, "/kind")),
            None => "<unset>".to_owned(),
        },
        "param-ref" => match item.pointer("/spec/paramRef") {
            Some(param) if text(param, "/namespace").is_empty() =>
                format!("*/{}", text(param, "/name")),
            Some(param) => format!("{}/{}", text(param, "/namespace"), text(param, "/name")),
            None => "<unset>".to_owned(),
        },
        "dangling" => condition(item, "Dangling").unwrap_or("?").to_owned(),
        "api-service" => match part("/spec/service/name") {
            "" => "Local".to_owned(),
            name => format!("{}/{name}", part("/spec/service/namespace")),
        },
        "claim-state" => {
            let has = |path: &str| item.pointer(path).is_some_and(|value| !value.is_null());
            let mut states = Vec::new();
            if has("/metadata/deletionTimestamp") {
                states.push("deleted");
            }
            let before = states.len();
            if has("/status/allocation") {
                states.push("allocated");
            }
            if !items(item, "/status/reservedFor").is_empty() {
                states.push("reserved");
            }
            if states.len() == before && before == 0 {
                states.push("pending");
            }
            states.join(",")
        }
        "audiences" => match item.pointer("/spec/tokenRequests").and_then(Value::as_array) {
            Some(all) => all.iter().map(|one| text(one, "/audience")).collect::<Vec<_>>().join(","),
            None => "<unset>".to_owned(),
        },
        _ => String::new(),
    })
}

fn job(item: &Value, now: Timestamp) -> Vec<Value> {
    let done = integer(item, "/status/succeeded");
    let completions = match item.pointer("/spec/completions").and_then(Value::as_i64) {
        Some(all) => format!("{done}/{all}"),
        None => match integer(item, "/spec/parallelism") {
            many if 1 < many => format!("{done}/1 of {many}"),
            _ => format!("{done}/1"),
        },
    };
    let (start, end) = (text(item, "/status/startTime"), text(item, "/status/completionTime"));
    let duration = match (start, end) {
        ("", _) => String::new(),
        (start, "") => age::since(start, now),
        (start, end) => age::between(start, end),
    };
    let is = |of: &str| condition(item, of) == Some("True");
    let status = match () {
        () if is("Complete") => "Complete",
        () if is("Failed") => "Failed",
        () if item.pointer("/metadata/deletionTimestamp").is_some() => "Terminating",
        () if is("Suspended") => "Suspended",
        () if is("FailureTarget") => "FailureTarget",
        () if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    };
    let name = text(item, "/metadata/name");
    vec![json!(name), json!(status), json!(completions), json!(duration)]
}

fn event(item: &Value, now: Timestamp) -> Vec<Value> {
    let since = |path: &str| age::since(text(item, path), now);
    let either = |a: &str, b: &str| match text(item, a) {
        "" => text(item, b).to_owned(),
        text => text.to_owned(),
    };
    let first = match text(item, "/firstTimestamp") {
        "" => since("/eventTime"),
        time => age::since(time, now),
    };
    let mut last = match text(item, "/lastTimestamp") {
        "" => first.clone(),
        time => age::since(time, now),
    };
    let mut count = integer(item, "/count").max(1);
    if item.get("series").is_some_and(|series| !series.is_null()) {
        (last, count) = (since("/series/lastObservedTime"), integer(item, "/series/count"));
    }
    let (kind, name) =
        (text(item, "/involvedObject/kind").to_lowercase(), text(item, "/involvedObject/name"));
    let target = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    let component = either("/source/component", "/reportingComponent");
    let instance = either("/source/host", "/reportingInstance");
    let source = if instance.is_empty() { component } else { format!("{component}, {instance}") };
    vec![
        json!(last),
        json!(text(item, "/type")),
        json!(text(item, "/reason")),
        json!(target),
        json!(text(item, "/involvedObject/fieldPath")),
        json!(source),
        json!(text(item, "/message").trim()),
        json!(first),
        json!(count),
        json!(text(item, "/metadata/name")),
    ]
}

fn node(item: &Value, now: Timestamp) -> Vec<Value> {
    let mut status = match condition(item, "Ready") {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if item.pointer("/spec/unschedulable") == Some(&json!(true)) {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles: Vec<&str> = Vec::new();
    let marks = item.pointer("/metadata/labels").and_then(Value::as_object);
    for (key, value) in marks.into_iter().flatten() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.push(role);
        } else if key == "kubernetes.io/role" {
            roles.extend(value.as_str());
        }
    }
    roles.retain(|role| !role.is_empty());
    roles.sort_unstable();
    roles.dedup();
    let address = |kind: &str| {
        let mut all = items(item, "/status/addresses").iter();
        let found = all.find(|address| text(address, "/type") == kind);
        or_none(found.map(|address| text(address, "/address").to_owned()).unwrap_or_default())
    };
    let info = |name: &str| match text(item, &format!("/status/nodeInfo/{name}")) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    let mut kernel = info("kernelVersion");
    let machine = text(item, "/status/nodeInfo/architecture");
    if !machine.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(kernel, " ({machine})");
    }
    vec![
        json!(text(item, "/metadata/name")),
        json!(status),
        json!(or_none(roles.join(","))),
        json!(age::since(text(item, "/metadata/creationTimestamp"), now)),
        json!(text(item, "/status/nodeInfo/kubeletVersion")),
        json!(address("InternalIP")),
        json!(address("ExternalIP")),
        json!(info("osImage")),
        json!(kernel),
        json!(info("containerRuntimeVersion")),
    ]
}
