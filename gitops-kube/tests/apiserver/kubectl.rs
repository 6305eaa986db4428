//! What kubectl asks besides objects: evictions, logs, health, old paths of watches; and what it is warned of.

use bytes::Bytes;
use expect_test::{Expect, expect};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::world::World;

const PODS: &str = "/api/v1/namespaces/default/pods";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

/// Sends a request and returns status, warning and the text of the answer.
fn raw(world: &World, line: &str, body: &Value) -> (u16, String, String) {
    let (method, path) = line.split_once(' ').unwrap();
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json").body(()).unwrap();
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let answer = world.server.answer(request.into_parts().0, body);
    let warning = answer.headers().get("warning").map(|text| text.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
    (status, warning.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

fn pod(world: &World, name: &str) {
    let body = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: web}}}}, \
         spec: {{nodeName: node-0, containers: [{{name: c, image: i}}]}}}}"
    );
    assert_eq!(world.post(PODS, &body).0, 201);
    let running = "{\"status\":{\"phase\":\"Running\"}}";
    assert_eq!(world.merge(&format!("{PODS}/{name}/status"), running).0, 200);
}

/// Evicts a pod and returns the answer.
fn evict(world: &World, name: &str) -> String {
    let body = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": { "name": name, "namespace": "default" },
        "deleteOptions": { "gracePeriodSeconds": 0 },
    });
    raw(world, &format!("POST {PODS}/{name}/eviction"), &body).2
}

fn shown(found: &str, expected: &Expect) {
    expected.assert_eq(found.trim_end());
}

#[test]
fn an_eviction_asks_the_budget() {
    let world = World::new();
    for name in ["one", "two"] {
        pod(&world, name);
    }
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, \
                  spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}}";
    assert_eq!(world.post(BUDGETS, budget).0, 201);
    shown(
        &evict(&world, "one"),
        &expect![[
            r#"{"apiVersion":"v1","kind":"Status","code":429,"details":{"causes":[{"message":"The disruption budget b is still being processed by the server.","reason":"DisruptionBudget"}],"retryAfterSeconds":10},"message":"Cannot evict pod as it would violate the pod's disruption budget.","metadata":{},"reason":"TooManyRequests","status":"Failure"}"#
        ]],
    );
    let status = json!({ "status": {
        "observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1,
        "expectedPods": 2,
    }});
    assert_eq!(world.merge(&format!("{BUDGETS}/b/status"), &status.to_string()).0, 200);
    shown(
        &evict(&world, "one"),
        &expect![[
            r#"{"apiVersion":"v1","kind":"Status","code":201,"metadata":{},"status":"Success"}"#
        ]],
    );
    assert_eq!(world.get(&format!("{PODS}/one")).0, 404);
    let (_, budget) = world.get(&format!("{BUDGETS}/b"));
    assert_eq!(budget["status"]["disruptionsAllowed"], 0);
    let refused = evict(&world, "two");
    let why = "The disruption budget b needs 1 healthy pods and has 2 currently";
    assert!(refused.contains(why), "{refused}");
    assert_eq!(world.get(&format!("{PODS}/two")).0, 200);
    assert!(evict(&world, "three").contains("NotFound"));
}

#[test]
fn nothing_runs_that_could_be_connected_to() {
    let world = World::new();
    pod(&world, "one");
    let (status, _, text) = raw(&world, &format!("GET {PODS}/one/log"), &Value::Null);
    assert_eq!(status, 500);
    assert!(text.contains("no preferred addresses found; known addresses: []"), "{text}");
    let (status, _, text) = raw(&world, &format!("GET {PODS}/two/log"), &Value::Null);
    assert_eq!((status, text.contains("pods \\\"two\\\" not found")), (404, true), "{text}");
}

#[test]
fn what_goes_out_of_use_is_warned_of() {
    let world = World::new();
    let (_, warning, _) = raw(&world, "GET /api/v1/namespaces/default/endpoints", &Value::Null);
    shown(
        &warning,
        &expect![[
            r#"299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice""#
        ]],
    );
    assert_eq!(raw(&world, &format!("GET {PODS}"), &Value::Null).1, "");
}

#[test]
fn unfinished_versions_are_not_served() {
    let world = World::new();
    let (status, _, text) =
        raw(&world, "GET /apis/storage.k8s.io/v1beta1/csidrivers", &Value::Null);
    assert_eq!((status, text.as_str()), (404, "404 page not found\n"));
    let (_, groups) = world.get("/apis");
    let text = groups.to_string();
    assert!(!text.contains("alpha") && !text.contains("beta"), "{text}");
}

#[test]
fn watches_have_paths_of_their_own_too() {
    let world = World::new();
    pod(&world, "one");
    for path in ["pods", "namespaces/default/pods", "namespaces/default/pods/one"] {
        let request = http::Request::builder().uri(format!("/api/v1/watch/{path}"));
        let request = request.body(()).unwrap();
        let answer = world.server.answer(request.into_parts().0, Bytes::new());
        assert_eq!(answer.status(), 200, "{path}");
        let first = answer.into_body().frame().now_or_never().unwrap().unwrap().unwrap();
        let text = first.into_data().unwrap();
        assert!(text.starts_with(br#"{"type":"ADDED","object":{"apiVersion":"v1","kind":"Pod""#));
    }
    let line = "DELETE /api/v1/watch/namespaces/default/pods/one";
    assert_eq!(raw(&world, line, &Value::Null).0, 405);
}

#[test]
fn health_is_told_at_length() {
    let world = World::new();
    assert_eq!(raw(&world, "GET /readyz", &Value::Null).2, "ok");
    let (_, _, text) = raw(&world, "GET /livez?verbose", &Value::Null);
    assert_eq!(text, "[+]ping ok\nlivez check passed\n");
}
