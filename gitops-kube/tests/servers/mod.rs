//! The servers that tests run on: the embedded one, and a real one where an admin's kubeconfig is
//! named by `GITOPS_TEST_KUBECONFIG`.

use gitops_kube::apiserver::ApiServer;
use http::{Method, Request};
use kube::{
    Client,
    config::{Config, KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

pub(crate) const REAL: &str = "GITOPS_TEST_KUBECONFIG";

/// Connects to the real server, if there is one.
pub(crate) async fn real() -> Option<Client> {
    let Ok(path) = std::env::var(REAL) else {
        eprintln!("{REAL} is not set: this runs on the embedded server alone");
        return None;
    };
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    Some(gitops_kube::connect_with(config).unwrap())
}

/// Starts an embedded server.
pub(crate) fn embedded() -> Client {
    ApiServer::new().client("default")
}

/// Makes a namespace that nobody else uses, and returns its name.
pub(crate) async fn fresh_namespace(client: &Client) -> String {
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": { "generateName": "test-" },
    });
    let made = send(client, Method::POST, "/api/v1/namespaces", JSON, namespace).await;
    made["metadata"]["name"].as_str().unwrap().to_owned()
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// Sends a request of somebody else.
pub(crate) async fn send(
    client: &Client,
    method: Method,
    path: &str,
    content: &str,
    body: Value,
) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", content)
        .body(body.to_string().into_bytes())
        .unwrap();
    client.request(request).await.unwrap()
}
