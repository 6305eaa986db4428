//! Definitions with several versions: what nobody converts is refused, and what goes out of use is warned of.

use expect_test::expect;
use serde_json::{Value, json};

use crate::world::World;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

fn definition(strategy: &Value) -> Value {
    let schema = json!({ "openAPIV3Schema": {
        "type": "object",
        "properties": { "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
    }});
    let version = |name: &str, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage, "schema": schema,
            "subresources": { "status": {} },
        })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.demo.dev" },
        "spec": {
            "group": "demo.dev",
            "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget" },
            "versions": [version("v1", true), version("v2", false)],
            "conversion": strategy,
        },
    })
}

fn world(strategy: &Value) -> World {
    let world = World::new();
    let (status, answer) = world.post(DEFINITIONS, &definition(strategy).to_string());
    assert_eq!(status, 201, "{answer}");
    world
}

fn webhook() -> Value {
    let client = json!({ "url": "https://localhost:1/convert" });
    json!({
        "strategy": "Webhook",
        "webhook": { "clientConfig": client, "conversionReviewVersions": ["v1"] },
    })
}

fn widget(version: &str) -> String {
    format!(
        "{{apiVersion: demo.dev/{version}, kind: Widget, metadata: {{name: one}}, spec: {{a: 1}}}}"
    )
}

#[test]
fn what_only_a_webhook_converts_is_refused() {
    let world = world(&webhook());
    let path = |version: &str| format!("/apis/demo.dev/{version}/namespaces/default/widgets");
    let one = |version: &str| format!("{}/one", path(version));
    let (status, refused) = world.post(&path("v2"), &widget("v2"));
    assert_eq!(status, 500);
    expect![[
        r#""conversion webhook for demo.dev/v2, Kind=Widget failed: conversion webhooks are not supported by this server; objects are stored as demo.dev/v1: ask for that version, or convert with the strategy None""#
    ]]
    .assert_eq(&refused["message"].to_string());
    assert_eq!((&refused["kind"], &refused["status"]), (&json!("Status"), &json!("Failure")));
    // The version that is stored works, and what is there cannot be seen as another.
    assert_eq!(world.get(&path("v2")).0, 200, "an empty list needs no conversion");
    assert_eq!(world.post(&path("v1"), &widget("v1")).0, 201);
    assert_eq!(world.get(&one("v1")).0, 200);
    for line in [
        format!("GET {}", one("v2")),
        format!("GET {}", path("v2")),
        format!("GET {}?watch=true", path("v2")),
        format!("DELETE {}", one("v2")),
        format!("GET {}/status", one("v2")),
    ] {
        let (status, refused) = world.ask(&line, "application/json", "");
        assert_eq!(status, 500, "{line}: {refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.starts_with("conversion webhook for demo.dev/v"), "{line}: {message}");
    }
    let (status, _) = world.apply(&format!("{}?fieldManager=me", one("v2")), &widget("v2"));
    assert_eq!(status, 500);
    assert_eq!(world.merge(&one("v1"), "{\"spec\":{\"a\":2}}").0, 200);
    assert_eq!(world.ask(&format!("DELETE {}", one("v1")), "application/json", "").0, 200);
}

#[test]
fn without_a_webhook_versions_differ_in_their_name_alone() {
    let world = world(&json!({ "strategy": "None" }));
    let path = |version: &str| format!("/apis/demo.dev/{version}/namespaces/default/widgets");
    assert_eq!(world.post(&path("v2"), &widget("v2")).0, 201);
    assert_eq!(world.get(&format!("{}/one", path("v1"))).1["apiVersion"], "demo.dev/v1");
}
