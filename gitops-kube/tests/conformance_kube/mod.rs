//! Harnesses over a server.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    Applier, Differ, InventoryStore, Object, ObjectId,
    conformance::{cluster, inventory},
};
use gitops_kube::{ConfigMapInventory, FieldManager, KubeCluster};
use http::{Method, Request};
use kube::{Client, client::Body};
use serde_json::{Value, json};

use crate::servers;

/// How to come to a server.
#[async_trait]
pub(crate) trait Server: Send + Sync + 'static {
    async fn client() -> Client;
}

/// An embedded server for every rule.
pub(crate) struct Embedded;

#[async_trait]
impl Server for Embedded {
    async fn client() -> Client {
        servers::embedded()
    }
}

/// The real server; the rules ask for it only where there is one.
pub(crate) struct Real;

#[async_trait]
impl Server for Real {
    async fn client() -> Client {
        servers::real().await.unwrap()
    }
}

/// A namespace of a server, and a cluster value for it.
pub(crate) struct Cluster<S> {
    client: Client,
    kube: KubeCluster,
    namespace: String,
    server: std::marker::PhantomData<S>,
}

impl<S: Server> Cluster<S> {
    fn path(id: &ObjectId) -> String {
        let plural = match id.kind.as_str() {
            "NetworkPolicy" => "networkpolicies".to_owned(),
            kind => format!("{}s", kind.to_lowercase()),
        };
        let version = match id.group.as_str() {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/v1"),
        };
        let namespace =
            id.namespace.as_ref().map(|name| format!("/namespaces/{name}")).unwrap_or_default();
        format!("{version}{namespace}/{plural}/{}", id.name)
    }
}

fn cluster_of(client: Client) -> KubeCluster {
    KubeCluster::new(client, FieldManager::new("gitops").unwrap())
}

#[async_trait]
impl<S: Server> cluster::Harness for Cluster<S> {
    async fn start() -> Self {
        let client = S::client().await;
        let namespace = servers::fresh_namespace(&client).await;
        let kube = cluster_of(client.clone());
        Self { client, kube, namespace, server: std::marker::PhantomData }
    }

    fn namespace(&self) -> String {
        self.namespace.clone()
    }

    fn differ(&self) -> Arc<dyn Differ> {
        Arc::new(self.kube.differ())
    }

    fn applier(&self) -> Arc<dyn Applier> {
        Arc::new(self.kube.applier())
    }

    fn disconnected(&self) -> (Arc<dyn Differ>, Arc<dyn Applier>) {
        let service = tower::service_fn(|_: Request<Body>| async {
            Err::<http::Response<Body>, _>(std::io::Error::other("nobody is there"))
        });
        let cluster = cluster_of(Client::new(service, "default"));
        (Arc::new(cluster.differ()), Arc::new(cluster.applier()))
    }

    async fn apply_as(&self, object: &Object, manager: &str) {
        let path = format!("{}?fieldManager={manager}&force=true", Self::path(object.id()));
        let body = object.value().clone();
        servers::send(&self.client, Method::PATCH, &path, servers::APPLY_PATCH, body).await;
    }

    async fn patch_as(&self, id: &ObjectId, patch: Value, manager: &str) {
        let address = format!("{}?fieldManager={manager}", Self::path(id));
        servers::send(&self.client, Method::PATCH, &address, servers::MERGE_PATCH, patch).await;
    }

    async fn delete(&self, id: &ObjectId) {
        let path = Self::path(id);
        servers::send(&self.client, Method::DELETE, &path, servers::JSON, json!({})).await;
    }

    async fn stored(&self, id: &ObjectId) -> Option<Value> {
        let request = Request::get(Self::path(id)).body(Vec::new()).unwrap();
        match self.client.request(request).await {
            Ok(value) => Some(value),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(err) => panic!("{id}: {err}"),
        }
    }

    async fn settle(&self) {
        // A definition is served a moment after it was stored.
        let group = format!("{}.example.com", self.namespace);
        let path = format!("/apis/{group}/v1/namespaces/{}/widgets", self.namespace);
        for _ in 0..10_000 {
            let request = Request::get(&path).body(Vec::new()).unwrap();
            let listed = Request::get("/apis").body(Vec::new()).unwrap();
            let served = self.client.request::<Value>(request).await.is_ok();
            let groups = self.client.request::<Value>(listed).await.unwrap().to_string();
            if served && groups.contains(&group) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} is never served");
    }
}

/// A name for one inventory.
pub(crate) struct Store<S> {
    store: ConfigMapInventory,
    server: std::marker::PhantomData<S>,
}

#[async_trait]
impl<S: Server> inventory::Harness for Store<S> {
    async fn start() -> Self {
        let client = S::client().await;
        let namespace = servers::fresh_namespace(&client).await;
        let store = cluster_of(client).inventory(namespace, "delivery");
        Self { store, server: std::marker::PhantomData }
    }

    fn store(&self) -> Arc<dyn InventoryStore> {
        Arc::new(self.store.clone())
    }
}
