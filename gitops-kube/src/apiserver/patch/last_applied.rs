//! What `kubectl apply` remembers in an annotation, when it goes over to server-side apply.

use std::collections::HashSet;

use gitops_core::schema::TypeRef;
use serde_json::Value;

use super::super::{
    managed::{Conflict, merge::compare, read::field_set},
    world::metadata,
};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn annotation(object: &Value) -> Option<&str> {
    object.pointer("/metadata/annotations")?.get(ANNOTATION)?.as_str()
}

/// Whether every conflict is about a field that kubectl wrote itself and nobody changed since.
pub(super) fn explains(live: &Value, conflicts: &[Conflict], of: TypeRef<'_>) -> bool {
    let last = annotation(live).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(last) = last else { return false };
    let change = compare(&last, live, of);
    let kept = field_set(&last, of).difference(&change.modified).difference(&change.removed);
    let kept: HashSet<String> = kept.paths().into_iter().collect();
    conflicts.iter().all(|conflict| kept.contains(&conflict.path))
}

/// Rewrites the annotation of an object that has one.
pub(super) fn renew(live: &Value, config: &Value, object: &mut Value) {
    if annotation(live).is_none() {
        return;
    }
    let mut config = config.clone();
    let annotations = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.remove(ANNOTATION);
    }
    let text = format!("{config}\n");
    if let Some(Value::Object(annotations)) = metadata(object).get_mut("annotations") {
        annotations.insert(ANNOTATION.to_owned(), text.into());
    }
}
