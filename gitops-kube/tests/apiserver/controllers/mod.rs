//! Controllers, stepped: text in, text out.

mod deployment;
mod ends;
mod jobs;
mod sets;

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use gitops_kube::apiserver::{ApiServer, Controllers};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::World;

/// A clock that a test moves.
#[derive(Debug)]
struct Moved(Mutex<Timestamp>);

#[async_trait::async_trait]
impl gitops_core::Clock for Moved {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// A server with controllers, and the time in the hands of a test.
struct Cluster {
    world: World,
    controllers: Controllers,
    clock: Arc<Moved>,
}

impl Cluster {
    fn new() -> Self {
        let clock = Arc::new(Moved(Mutex::new("2026-01-02T03:04:05Z".parse().unwrap())));
        let moved: Arc<Moved> = Arc::clone(&clock);
        let server = ApiServer::builder().clock(moved).build();
        let controllers = server.controllers();
        controllers.settle().unwrap();
        Self { world: World { server }, controllers, clock }
    }

    fn settle(&self) {
        self.controllers.settle().unwrap();
    }

    fn pass(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_secs(seconds);
        self.settle();
    }

    fn at(&self, path: &str) -> Value {
        let (status, object) = self.world.get(path);
        assert_eq!(status, 200, "GET {path}: {object}");
        object
    }

    fn post(&self, path: &str, body: &str) {
        let (status, answer) = self.world.post(path, body);
        assert_eq!(status, 201, "POST {path}: {answer}");
    }

    fn merge(&self, path: &str, body: &str) {
        let (status, answer) = self.world.merge(path, body);
        assert_eq!(status, 200, "PATCH {path}: {answer}");
    }

    fn delete(&self, path: &str) {
        let (status, answer) = self.world.ask(&format!("DELETE {path}"), "application/json", "");
        assert_eq!(status, 200, "DELETE {path}: {answer}");
    }

    /// Lists a collection, one object a line, with some of its fields.
    fn list(&self, path: &str, fields: &[&str]) -> String {
        let mut out = String::new();
        let list = self.at(path);
        for item in list["items"].as_array().unwrap() {
            out.push_str(item["metadata"]["name"].as_str().unwrap());
            for field in fields {
                match item.pointer(field) {
                    Some(Value::String(text)) => write!(out, " {text}").unwrap(),
                    Some(value) => write!(out, " {value}").unwrap(),
                    None => out.push_str(" -"),
                }
            }
            out.push('\n');
        }
        out
    }

    /// Writes the status of an object without its times.
    fn status(&self, path: &str) -> String {
        let mut status = self.at(path)["status"].take();
        let conditions = status.as_object_mut().unwrap().remove("conditions");
        let mut out = format!("{status}\n");
        for one in conditions.iter().flat_map(|list| list.as_array().unwrap()) {
            let text = |field: &str| one[field].as_str().unwrap_or("-");
            let line = [text("type"), text("status"), text("reason"), text("message")];
            writeln!(out, "{}", line.join(" ")).unwrap();
        }
        out
    }
}

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const SETS: &str = "/apis/apps/v1/namespaces/default/replicasets";
const PODS: &str = "/api/v1/namespaces/default/pods";

/// A workload of a kind with one container.
fn workload(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: \
         {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers: [{{name: c, \
         image: \"{name}:1\"}}]\n  {spec}\n"
    )
}

/// A patch that gives a workload another image.
fn image(image: &str) -> String {
    format!(
        r#"{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"c","image":"{image}"}}]}}}}}}}}"#
    )
}
