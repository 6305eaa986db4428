//! The servers that a test runs on, and rivals who write to them.

use std::sync::{Arc, Mutex};

use gitops_core::{Applier as _, Change, DiffError, Differ as _, Object, Outcome};
use gitops_kube::{FieldManager, KubeCluster, ServerSideApplier, ServerSideDiffer};
use http::{Method, Request};
use kube::{Client, client::Body};
use serde_json::{Value, json};

use crate::servers;

/// One server, and a namespace of the test's own.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) cluster: KubeCluster,
    pub(crate) differ: ServerSideDiffer,
    pub(crate) applier: ServerSideApplier,
    pub(crate) namespace: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Runs a body on every server there is.
#[macro_export]
macro_rules! on_every_server {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {
        $(
            $(#[$meta])*
            #[tokio::test]
            async fn $name() {
                async fn body($world: $crate::world::World) $body
                for world in $crate::world::worlds().await {
                    body(world).await;
                }
            }
        )*
    };
}

pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = vec![World::new(servers::embedded()).await];
    if let Some(client) = servers::real().await {
        worlds.push(World::new(client).await);
    }
    worlds
}

impl World {
    async fn new(client: Client) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, inner) = (Arc::clone(&requests), client.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            seen.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            let client = inner.clone();
            async move { client.send(request).await }
        });
        let counted = Client::new(service, "default");
        let cluster = KubeCluster::new(counted, FieldManager::new("gitops").unwrap());
        let mut world = Self {
            client,
            differ: cluster.differ(),
            applier: cluster.applier(),
            cluster,
            namespace: String::new(),
            requests,
        };
        world.namespace = servers::fresh_namespace(&world.client).await;
        world
    }

    /// Has `manager` change an object by a merge patch, as `kubectl edit` does.
    pub(crate) async fn edit(&self, path: &str, manager: &str, edit: Value) -> Value {
        let path = format!("{}?fieldManager={manager}", self.path(path));
        servers::send(&self.client, Method::PATCH, &path, servers::MERGE_PATCH, edit).await
    }

    /// Has `manager` apply an object by force.
    pub(crate) async fn seize(&self, path: &str, manager: &str, object: &Object) -> Value {
        let path = format!("{}?fieldManager={manager}&force=true", self.path(path));
        let body = object.value().clone();
        servers::send(&self.client, Method::PATCH, &path, servers::APPLY_PATCH, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        servers::send(&self.client, Method::DELETE, &self.path(path), servers::JSON, json!({}))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.find(path).await.unwrap()
    }

    /// Returns the object, or `None` where there is none.
    pub(crate) async fn find(&self, path: &str) -> Option<Value> {
        let request = Request::get(self.path(path)).body(Vec::new()).unwrap();
        match self.client.request(request).await {
            Ok(value) => Some(value),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(err) => panic!("{path}: {err}"),
        }
    }

    /// Whether the server answers at `path`: it refuses for a moment while a kind comes or goes.
    pub(crate) async fn serves(&self, path: &str) -> bool {
        let request = Request::get(self.path(path)).body(Vec::new()).unwrap();
        self.client.request::<Value>(request).await.is_ok()
    }

    /// Writes out `{ns}`.
    pub(crate) fn path(&self, path: &str) -> String {
        path.replace("{ns}", &self.namespace)
    }

    pub(crate) fn config_map(&self, name: &str, data: Value) -> Object {
        let mut value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name },
        });
        value["data"] = data;
        self.object(value)
    }

    /// Reads `value` as an object of the test's namespace.
    pub(crate) fn object(&self, mut value: Value) -> Object {
        value["metadata"]["namespace"] = self.namespace.clone().into();
        Object::try_from(value).unwrap()
    }

    pub(crate) async fn diff(&self, desired: &Object) -> Change {
        self.differ.diff(desired, &[]).await.unwrap()
    }

    /// Compares, taking what `manager` owns.
    pub(crate) async fn diff_taking(
        &self,
        desired: &Object,
        manager: &str,
    ) -> Result<Change, DiffError> {
        match self.differ.diff(desired, &[]).await {
            Err(DiffError::Conflict { mut conflicts, .. }) => {
                conflicts.retain(|conflict| conflict.manager == manager);
                self.differ.diff(desired, &conflicts).await
            }
            said => said,
        }
    }

    pub(crate) async fn diff_error(&self, desired: &Object) -> DiffError {
        self.differ.diff(desired, &[]).await.unwrap_err()
    }

    /// Compares and applies.
    pub(crate) async fn deliver(&self, desired: &Object) -> Outcome {
        let change = self.diff(desired).await;
        self.applier.apply(&change).await.unwrap()
    }

    /// Returns what was sent by differ and applier since the last call.
    pub(crate) fn sent(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

/// Returns how many seeds a random test runs with.
pub(crate) fn seeds() -> u64 {
    std::env::var("SEEDS").map_or(6, |seeds| seeds.parse().unwrap())
}

/// Writes the fields of a change, one a line: path, before, after, holders.
pub(crate) fn fields(change: &Change) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let line = |field: &gitops_core::FieldChange| {
        let mut line =
            format!("{}: {} -> {}", field.path, value(&field.before), value(&field.after));
        if field.ours {
            line += " ours";
        }
        if !field.held_by.is_empty() {
            line += " held by ";
            line += &field.held_by.join(", ");
        }
        if !field.desired {
            line += " not desired";
        }
        if field.sensitive {
            line += " sensitive";
        }
        line + "\n"
    };
    change.fields().iter().map(line).collect()
}
