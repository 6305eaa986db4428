//! Harnesses for the implementations in memory.

#![allow(dead_code, reason = "each test crate uses the harnesses that it needs")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gitops_core::{
    Applier, DiffError, Differ, InventoryStore, Object, ObjectId, Renderer, Revision, Source, Tree,
    conformance::{File, cluster, inventory, renderer, source, tree},
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    tree::{MemoryTree, NodeKind, TreeBackend},
};
use serde_json::{Value, json};

pub(crate) const MANAGER: &str = "gitops";
const NAMESPACE: &str = "conformance";

#[derive(Debug)]
pub(crate) struct Files;

#[async_trait]
impl tree::Harness for Files {
    async fn start() -> Self {
        Self
    }

    async fn backend(&self, files: &[(&str, File<'_>)]) -> Arc<dyn TreeBackend> {
        Arc::new(build(files))
    }
}

pub(crate) fn build(files: &[(&str, File<'_>)]) -> MemoryTree {
    let mut builder = MemoryTree::builder();
    for (path, file) in files {
        builder = match *file {
            File::Regular(text) => builder.file(path, text.to_owned()),
            File::Executable(text) => {
                builder.entry(path, NodeKind::Executable, text.to_owned().into())
            }
            File::Link(target) => builder.link(path, target),
        }
        .unwrap();
    }
    builder.build().unwrap()
}

#[derive(Debug)]
pub(crate) struct Sources(Mutex<Option<Arc<MemorySource>>>);

#[async_trait]
impl source::Harness for Sources {
    async fn start() -> Self {
        Self(Mutex::default())
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let tree = Tree::new(Arc::new(build(files)));
        let mut source = self.0.lock().unwrap();
        match source.as_ref() {
            Some(source) => drop(source.commit(tree)),
            None => *source = Some(Arc::new(MemorySource::new(tree))),
        }
    }

    fn source(&self) -> Arc<dyn Source> {
        Arc::clone(self.0.lock().unwrap().as_ref().unwrap()) as _
    }

    fn unknown(&self) -> Revision {
        Revision::at("main", "77-000000000000")
    }
}

#[derive(Debug)]
pub(crate) struct Rendering;

#[async_trait]
impl renderer::Harness for Rendering {
    async fn start() -> Self {
        Self
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::new(MemoryRenderer)
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        Vec::new()
    }

    fn good(&self) -> renderer::Files {
        files(&[
            ("README.md", "# no object"),
            ("list.json", &format!("[\n{},\n{}\n]", config_map("a"), config_map("b"))),
            ("more/c.json", &config_map("c")),
        ])
    }

    fn broken(&self) -> (renderer::Files, String, Option<u32>) {
        let files = files(&[("a.json", &config_map("a")), ("b.json", "{\n\"kind\": oh\n}")]);
        (files, "b.json".to_owned(), Some(2))
    }

    fn duplicate(&self) -> renderer::Files {
        files(&[("a.json", &config_map("a")), ("b/a.json", &config_map("a"))])
    }
}

fn files(files: &[(&str, &str)]) -> renderer::Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn config_map(name: &str) -> String {
    let metadata = json!({ "namespace": "shop", "name": name });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata }).to_string()
}

#[derive(Debug)]
pub(crate) struct Cluster(pub(crate) MemoryCluster);

impl Cluster {
    pub(crate) fn elsewhere() -> MemoryCluster {
        let cluster = MemoryCluster::new();
        cluster.set_reachable(false);
        cluster
    }
}

#[async_trait]
impl cluster::Harness for Cluster {
    async fn start() -> Self {
        let harness = Self(MemoryCluster::new().with_manager(MANAGER));
        let metadata = json!({ "name": NAMESPACE });
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata });
        harness.apply_as(&namespace.try_into().unwrap(), "setup").await;
        harness
    }

    fn namespace(&self) -> String {
        NAMESPACE.to_owned()
    }

    fn differ(&self) -> Arc<dyn Differ> {
        Arc::new(self.0.clone())
    }

    fn applier(&self) -> Arc<dyn Applier> {
        Arc::new(self.0.clone())
    }

    fn disconnected(&self) -> (Arc<dyn Differ>, Arc<dyn Applier>) {
        (Arc::new(Self::elsewhere()), Arc::new(Self::elsewhere()))
    }

    async fn apply_as(&self, object: &Object, manager: &str) {
        let other = self.0.with_manager(manager);
        let change = match other.diff(object, &[]).await {
            Err(DiffError::Conflict { conflicts, .. }) => other.diff(object, &conflicts).await,
            diff => diff,
        };
        other.apply(&change.unwrap()).await.unwrap();
    }

    async fn patch_as(&self, id: &ObjectId, patch: Value, manager: &str) {
        assert!(self.0.rival_patch(id, &patch, manager), "{id} is not there");
    }

    async fn delete(&self, id: &ObjectId) {
        assert!(self.0.rival_delete(id), "{id} is not there");
    }

    async fn stored(&self, id: &ObjectId) -> Option<Value> {
        self.0.live().get(id).map(|object| object.value().clone())
    }
}

#[derive(Debug)]
pub(crate) struct Inventories(pub(crate) Arc<MemoryInventory>);

#[async_trait]
impl inventory::Harness for Inventories {
    async fn start() -> Self {
        Self(Arc::default())
    }

    fn store(&self) -> Arc<dyn InventoryStore> {
        Arc::clone(&self.0) as _
    }
}
