//! The way to a server that a configuration names.

use gitops_core::{Change, Differ as _, error};
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer, connect, connect_with};
use kube::Config;
use serde_json::json;

#[tokio::test]
async fn a_configuration_leads_to_its_server() {
    let listening = ApiServer::new().listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let client = connect_with(Config::new(listening.url().parse().unwrap())).unwrap();
    let cluster = KubeCluster::new(client, FieldManager::new("gitops").unwrap());
    let desired = gitops_core::Object::try_from(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "namespace": "default", "name": "a" },
    }));
    let change = cluster.differ().diff(&desired.unwrap(), &[]).await.unwrap();
    assert!(matches!(change, Change::Create { after: None, .. }), "{change:?}");
}

#[tokio::test]
async fn a_context_that_does_not_exist_is_named() {
    let err = connect(Some("no-such-context")).await.map(|_| ()).unwrap_err();
    assert!(err.to_string().contains("\"no-such-context\""), "{}", error::chain(&err));
}
