//! A server that answers as a test tells it to.

use std::sync::{Arc, Mutex, atomic::AtomicUsize};

use gitops_core::Object;
use gitops_kube::{ClusterOptions, FieldManager, KubeCluster};
use http::{Request, Response};
use kube::{Client, client::Body};
use serde_json::{Value, json};

/// What was asked, and how it is answered.
#[derive(Clone)]
pub(crate) struct Script {
    seen: Arc<Mutex<Vec<String>>>,
    pub(crate) busy: Arc<AtomicUsize>,
    pub(crate) busiest: Arc<AtomicUsize>,
}

/// One answer: code, `Retry-After` and body.
pub(crate) struct Reply(pub(crate) u16, pub(crate) Option<&'static str>, pub(crate) Value);

pub(crate) fn ok(body: Value) -> Reply {
    Reply(200, None, body)
}

pub(crate) fn status(code: u16, reason: &str, details: Value) -> Reply {
    let body = json!({
        "kind": "Status", "status": "Failure", "message": format!("{reason}!"),
        "reason": reason, "code": code, "details": details,
    });
    Reply(code, None, body)
}

pub(crate) fn absent() -> Reply {
    status(404, "NotFound", json!({ "name": "a", "kind": "configmaps" }))
}

/// The two answers of discovery, in the plain form, with `ConfigMap` alone.
pub(crate) fn discovery(path: &str) -> Option<Reply> {
    Some(ok(match path {
        "/api" => json!({ "kind": "APIVersions", "versions": ["v1"] }),
        "/apis" => json!({ "kind": "APIGroupList", "groups": [] }),
        "/api/v1" => json!({ "kind": "APIResourceList", "resources": [
            { "name": "configmaps", "namespaced": true, "kind": "ConfigMap" },
            { "name": "secrets", "namespaced": true, "kind": "Secret" },
        ] }),
        _ => return None,
    }))
}

impl Script {
    /// Makes a cluster that `answer` answers for: it gets method, path and query, and how many
    /// such requests there were before.
    pub(crate) fn start(
        options: ClusterOptions,
        answer: impl Fn(&str, usize) -> Reply + Clone + Send + Sync + 'static,
    ) -> (Self, KubeCluster) {
        use std::sync::atomic::Ordering::SeqCst;
        let script = Self { seen: Arc::default(), busy: Arc::default(), busiest: Arc::default() };
        let inner = script.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let line = format!("{} {}", request.method(), request.uri());
            let before = {
                let mut seen = inner.seen.lock().unwrap();
                let before = seen.iter().filter(|other| **other == line).count();
                seen.push(line.clone());
                before
            };
            inner.busiest.fetch_max(inner.busy.fetch_add(1, SeqCst) + 1, SeqCst);
            let (script, answer) = (inner.clone(), answer.clone());
            async move {
                tokio::task::yield_now().await;
                let Reply(code, retry_after, body) = answer(&line, before);
                script.busy.fetch_sub(1, SeqCst);
                let mut response = Response::builder().status(code);
                if let Some(seconds) = retry_after {
                    response = response.header("retry-after", seconds);
                }
                let body = match body {
                    Value::String(text) => text,
                    body => body.to_string(),
                };
                response.body(Body::from(body.into_bytes()))
            }
        });
        let manager = FieldManager::new("gitops").unwrap();
        (script, KubeCluster::with_options(Client::new(service, "default"), manager, options))
    }

    /// Returns what was asked, without discovery.
    pub(crate) fn asked(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let discovery = |line: &&String| {
            let path = line.split(' ').nth(1).unwrap_or_default();
            !["/api", "/apis", "/api/v1"].contains(&path)
        };
        seen.iter().filter(discovery).cloned().collect()
    }

    /// Returns how often `line` was asked.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|other| *other == line).count()
    }
}

pub(crate) fn config_map() -> Object {
    let value = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "namespace": "web", "name": "a" }, "data": { "a": "1" },
    });
    Object::try_from(value).unwrap()
}

/// Returns the object as a server holds it, in state `state`.
pub(crate) fn live(state: usize) -> Value {
    let mut value = config_map().value().clone();
    value["metadata"]["uid"] = "u".into();
    value["metadata"]["resourceVersion"] = state.to_string().into();
    value
}
