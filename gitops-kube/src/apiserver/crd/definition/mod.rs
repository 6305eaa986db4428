//! What a definition itself must be.

mod columns;
mod conversion;
mod extensions;
mod fields;
mod given;
mod hub;
mod internal;
mod names;
mod openapi;
mod ruled;
mod spec;
mod structural;

use serde_json::{Map, Value, json};

pub(crate) use self::fields::find as find_field;
use self::hub::Hub;
use super::super::{status::Problem, world::text};

/// Returns what is wrong with a new definition, besides its metadata.
pub(crate) fn created(definition: &Value) -> Vec<Problem> {
    let hub = Hub::of(definition);
    let mut found = Vec::new();
    spec::check(&hub, None, &mut found);
    let mut noted = definition.clone();
    super::names::note_stored(&mut noted);
    stored_versions(&noted, &mut found);
    approval(definition, None, &mut found);
    found
}

/// Returns what is wrong with a change of a definition.
pub(crate) fn changed(live: &Value, definition: &Value) -> Vec<Problem> {
    let (hub, old) = (Hub::of(definition), Hub::of(live));
    let mut found = Vec::new();
    spec::check(&hub, Some(&old), &mut found);
    let mut fixed: Vec<(&str, &str)> = Vec::new();
    if super::names::is_established(live) {
        fixed.extend([("/spec/scope", "spec.scope"), ("/spec/names/kind", "spec.names.kind")]);
    }
    fixed.extend([("/spec/group", "spec.group"), ("/spec/names/plural", "spec.names.plural")]);
    for (pointer, path) in fixed {
        if live.pointer(pointer) != definition.pointer(pointer) {
            let value = definition.pointer(pointer).unwrap_or(&Value::Null);
            found.push(Problem::invalid(path, value, "field is immutable"));
        }
    }
    let mut noted = definition.clone();
    super::names::note_stored(&mut noted);
    stored_versions(&noted, &mut found);
    approval(definition, Some(live), &mut found);
    found
}

/// Says why a definition may not have its name.
pub(crate) fn name_problem(definition: &Value) -> Option<String> {
    let wanted =
        format!("{}.{}", text(definition, "/spec/names/plural"), text(definition, "/spec/group"));
    (text(definition, "/metadata/name") != wanted)
        .then(|| r#"must be spec.names.plural+"."+spec.group"#.to_owned())
}

fn stored_versions(definition: &Value, out: &mut Vec<Problem>) {
    let path = "status.storedVersions";
    let list = definition.pointer("/status/storedVersions").and_then(Value::as_array);
    let Some(list) = list.filter(|list| !list.is_empty()) else {
        out.push(Problem::invalid(path, &Value::Null, "must have at least one stored version"));
        return;
    };
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let mut missing: Vec<(usize, &Value)> = list.iter().enumerate().collect();
    for version in versions.into_iter().flatten() {
        let name = version.get("name").unwrap_or(&Value::Null);
        if version.get("storage") == Some(&json!(true)) && !list.contains(name) {
            let detail = format!("must have the storage version {}", text(version, "/name"));
            out.push(Problem::invalid(path, &json!(list), &detail));
        }
        missing.retain(|(_, stored)| *stored != name);
    }
    for (index, stored) in missing {
        let name = stored.as_str().unwrap_or_default();
        let detail = format!(
            "missing from spec.versions; {name} was previously a storage version, and must remain \
             in spec.versions until a storage migration ensures no data remains persisted in \
             {name} and removes {name} from status.storedVersions"
        );
        out.push(Problem::invalid(format!("{path}[{index}]"), stored, &detail));
    }
}

const APPROVED: &str = "api-approved.kubernetes.io";

/// Groups of the community need its word.
fn approval(definition: &Value, live: Option<&Value>, out: &mut Vec<Problem>) {
    let group = text(definition, "/spec/group");
    let protected = ["k8s.io", "kubernetes.io"].iter().any(|end| {
        group == *end || group.strip_suffix(end).is_some_and(|start| start.ends_with('.'))
    });
    if !protected {
        return;
    }
    let annotation = |object: &Value| -> String {
        let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
        let annotation = annotations.and_then(|map: &Map<String, Value>| map.get(APPROVED));
        annotation.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let state = |annotation: &str| match annotation {
        "" => 0,
        text if text.starts_with("unapproved") => 1,
        text if text.split_once("://").is_some_and(|(scheme, rest)| {
            !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/')
        }) =>
        {
            2
        }
        _ => 3,
    };
    let said = annotation(definition);
    let now = state(&said);
    if live.is_some_and(|live| state(&annotation(live)) == now) {
        return;
    }
    let path = format!("metadata.annotations[{APPROVED}]");
    let page = "https://github.com/kubernetes/enhancements/pull/1111";
    match now {
        0 => out.push(Problem::required(
            path,
            &format!("protected groups must have approval annotation {APPROVED:?}, see {page}"),
        )),
        3 => out.push(Problem::invalid(
            path,
            &json!(said),
            &format!(
                "protected groups must have approval annotation {APPROVED:?} with either a URL or a \
                 reason starting with \"unapproved\", see {page}"
            ),
        )),
        _ => {}
    }
}
