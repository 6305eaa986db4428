//! The history of `StatefulSets` and `DaemonSets`: their templates as `ControllerRevision` objects.

use std::{fmt::Write as _, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    desk::{Desk, REVISIONS, Refused, Resource},
    object::{by_age, is_controlled, name, namespace, number, reference},
};
use crate::apiserver::world::text;

/// Returns the template of a workload as its revisions hold it.
pub(super) fn data(workload: &Value) -> Value {
    let mut template = workload.pointer("/spec/template").cloned().unwrap_or_else(|| json!({}));
    template["$patch"] = "replace".into();
    json!({ "spec": { "template": template } })
}

/// Returns the template that a revision holds.
pub(super) fn template(revision: &Value) -> Value {
    let mut template =
        revision.pointer("/data/spec/template").cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}

/// Writes JSON as Go does: keys sorted, `<`, `>` and `&` escaped.
pub(super) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Object(map) => object(out, map),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::String(text) => string(out, text),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn object(out: &mut String, map: &Map<String, Value>) {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_by_key(|(key, _)| *key);
    out.push('{');
    for (index, (key, value)) in pairs.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(out, key);
        out.push(':');
        write(out, value);
    }
    out.push('}');
}

fn string(out: &mut String, text: &str) {
    for c in Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Returns the revisions of a workload, the oldest first.
pub(super) fn list(desk: &Desk<'_>, workload: &Value) -> Vec<Arc<Value>> {
    let mut found: Vec<Arc<Value>> = desk
        .list(REVISIONS, namespace(workload))
        .into_iter()
        .filter(|revision| is_controlled(revision, workload))
        .collect();
    found.sort_by(|a, b| {
        number(a, "/revision").cmp(&number(b, "/revision")).then_with(|| by_age(a, b))
    });
    found
}

/// What is written into a new revision.
pub(super) struct New<'a> {
    pub(super) of: Resource,
    pub(super) hash: &'a str,
    /// The label that carries the hash.
    pub(super) label: &'a str,
    pub(super) number: i64,
}

/// Makes the revision of a workload's template.
pub(super) fn create(
    desk: &mut Desk<'_>,
    workload: &Value,
    new: &New<'_>,
) -> Result<Arc<Value>, Refused> {
    let mut meta = json!({
        "name": format!("{}-{}", name(workload), new.hash),
        "namespace": namespace(workload),
        "ownerReferences": [reference(workload, new.of)],
        "labels": workload
            .pointer("/spec/template/metadata/labels")
            .cloned()
            .unwrap_or_else(|| json!({})),
    });
    meta["labels"][new.label] = new.hash.into();
    if let Some(annotations) = workload.pointer("/metadata/annotations") {
        meta["annotations"] = annotations.clone();
    }
    let revision = json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": meta,
        "data": data(workload),
        "revision": new.number,
    });
    desk.create(REVISIONS, &revision)
}

/// Gives an old revision a new number, because it is the newest again.
pub(super) fn renumber(
    desk: &mut Desk<'_>,
    revision: &Value,
    number: i64,
) -> Result<Arc<Value>, Refused> {
    let mut changed = revision.clone();
    changed["revision"] = number.into();
    desk.update(REVISIONS, &changed)
}

/// Deletes the oldest revisions that nothing uses, beyond the history limit.
pub(super) fn truncate(
    desk: &mut Desk<'_>,
    workload: &Value,
    mut unused: Vec<Arc<Value>>,
) -> Result<(), Refused> {
    let limit = usize::try_from(number(workload, "/spec/revisionHistoryLimit"));
    let Ok(limit) = limit else { return Ok(()) };
    let surplus = unused.len().saturating_sub(limit);
    unused.truncate(surplus);
    for revision in unused {
        desk.delete(REVISIONS, &revision, &[])?;
    }
    Ok(())
}

/// Returns the number after the newest revision's.
pub(super) fn next_number(revisions: &[Arc<Value>]) -> i64 {
    revisions.last().map_or(1, |revision| number(revision, "/revision") + 1)
}

/// Returns the hash in a revision's name.
pub(super) fn label_of<'v>(revision: &'v Value, label: &str) -> &'v str {
    let labels = revision.pointer("/metadata/labels").and_then(|labels| labels.get(label));
    labels.map_or("", |label| text(label, ""))
}
