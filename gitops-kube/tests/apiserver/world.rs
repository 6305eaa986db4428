//! Asks a server in text, and reads the answer as text.

use bytes::Bytes;
use gitops_kube::apiserver::ApiServer;
use http_body_util::BodyExt;
use serde_json::Value;

/// A server whose time stands still.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) server: ApiServer,
}

#[derive(Debug)]
struct Still;

#[async_trait::async_trait]
impl gitops_core::Clock for Still {
    fn now(&self) -> jiff::Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    async fn sleep(&self, _: std::time::Duration) {
        std::future::pending::<()>().await;
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { server: ApiServer::builder().clock(std::sync::Arc::new(Still)).build() }
    }

    /// Sends `PATCH /path` with a body and returns status and answer.
    pub(crate) fn ask(&self, line: &str, kind: &str, body: &str) -> (u16, Value) {
        self.ask_with(line, &[("content-type", kind)], body)
    }

    /// Sends a request with headers and returns status and answer.
    pub(crate) fn ask_with(
        &self,
        line: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request =
            http::Request::builder().method(method).uri(path).header("user-agent", "test/1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        let body = Bytes::from(body.to_owned());
        let answer = self.server.answer(request.into_parts().0, body);
        let status = answer.status().as_u16();
        let bytes = futures_util::FutureExt::now_or_never(answer.into_body().collect());
        let bytes = bytes.expect("the answer is complete").unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        self.ask(&format!("GET {path}"), "application/json", "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, Value) {
        self.ask(&format!("POST {path}"), "application/yaml", body)
    }

    pub(crate) fn apply(&self, path: &str, body: &str) -> (u16, Value) {
        self.ask(&format!("PATCH {path}"), "application/apply-patch+yaml", body)
    }

    pub(crate) fn merge(&self, path: &str, body: &str) -> (u16, Value) {
        self.ask(&format!("PATCH {path}"), "application/merge-patch+json", body)
    }
}

/// Returns who owns what, one manager a line.
pub(crate) fn owners(object: &Value) -> String {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let line = |entry: &Value| {
        format!(
            "{} {} {}\n",
            entry["manager"].as_str().unwrap(),
            entry["operation"].as_str().unwrap(),
            entry["fieldsV1"]
        )
    };
    list.into_iter().flatten().map(line).collect()
}
