//! The custom kind that sequences are about.

use serde_json::{Value, json};

/// The definition of the custom kind, with every type of list and mapping.
pub(crate) fn definition() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let with = |mut schema: Value, name: &str, value: Value| {
        schema[name] = value;
        schema
    };
    let item = json!({ "type": "object", "required": ["port"], "properties": {
        "port": number(),
        "protocol": { "type": "string", "default": "TCP" },
        "note": text(),
        "tags": with(texts(), "x-kubernetes-list-type", json!("set")),
    }});
    let map_list = json!({
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
    });
    let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let inner = json!({ "type": "object", "properties": { "b": text() } });
    let fields = json!({ "type": "object", "properties": {
        "a": text(), "b": text(), "c": text(), "inner": inner,
    }});
    let spec = json!({ "type": "object", "properties": {
        "replicas": number(),
        "text": text(),
        "level": { "type": "integer", "default": 2 },
        "atomicList": texts(),
        "setList": with(texts(), "x-kubernetes-list-type", json!("set")),
        "mapList": map_list,
        "labels": labels,
        "atomicMap": with(labels.clone(), "x-kubernetes-map-type", json!("atomic")),
        "struct": fields,
        "atomicStruct": with(fields.clone(), "x-kubernetes-map-type", json!("atomic")),
        "free": { "x-kubernetes-preserve-unknown-fields": true },
    }});
    let status = status_schema();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.sequences.example.com" },
        "spec": {
            "group": "sequences.example.com",
            "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget" },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.replicas",
                        "statusReplicasPath": ".status.replicas",
                    },
                },
                "schema": { "openAPIV3Schema": {
                    "type": "object", "properties": { "spec": spec, "status": status },
                }},
            }],
        },
    })
}

fn status_schema() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let condition = json!({ "type": "object", "required": ["type", "status"], "properties": {
        "type": text(), "status": text(),
    }});
    json!({ "type": "object", "properties": {
        "replicas": number(),
        "observedGeneration": number(),
        "conditions": {
            "type": "array",
            "items": condition,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    }})
}
