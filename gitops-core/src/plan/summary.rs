//! A new object in a few words.

use serde_json::Value;

use crate::Object;

// More images say nothing more.
const IMAGES_MAX: usize = 4;

/// Says of a new object what a reviewer looks at first: images and replicas, or how many keys of
/// data it has. `None` where there is nothing short to say.
pub(super) fn summary(object: &Object) -> Option<String> {
    let value = object.value();
    let mut parts = Vec::new();
    let images = images(value);
    if !images.is_empty() {
        parts.push(format!("image {}", images.join(", ")));
    }
    if let Some(replicas) = value.pointer("/spec/replicas").and_then(Value::as_u64) {
        parts.push(format!("{replicas} replicas"));
    }
    let keys = ["/data", "/stringData", "/binaryData"].into_iter();
    let keys: usize =
        keys.filter_map(|at| value.pointer(at)?.as_object()).map(serde_json::Map::len).sum();
    match keys {
        0 => {}
        1 => parts.push("1 key".to_owned()),
        keys => parts.push(format!("{keys} keys")),
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn images(value: &Value) -> Vec<String> {
    let pods = [
        "/spec/template/spec/containers",
        "/spec/jobTemplate/spec/template/spec/containers",
        "/spec/containers",
    ];
    let containers = pods.iter().filter_map(|at| value.pointer(at)?.as_array()).flatten();
    let images = containers.filter_map(|container| container.get("image")?.as_str());
    images.take(IMAGES_MAX).map(str::to_owned).collect()
}
