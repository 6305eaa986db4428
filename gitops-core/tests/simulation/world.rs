//! The world of one seed: a source, a cluster, rivals, and the checks at the end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use gitops_core::{
    Applier as _, Change, Delivery, Inventory, InventoryError, InventoryStore, OWNER_LABEL, Object,
    ObjectId, Owner, Policy, Renderer as _, Silent, Tree, Version,
    clock::TokioClock,
    conflict::{Rule, Rules, Verdict},
    error::chain,
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    policy::{Budget, Prune},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    faults::{Faulty, Line},
    random::Random,
};

const ROUNDS: u64 = 6;
// Finalizers and passing faults of the last round may need a run each.
const RUNS_TO_CONVERGE: usize = 4;

/// Whether claims reach the store before the first write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Claims {
    Saved,
    /// The store forgets what was claimed and keeps only what a run ends with.
    Forgotten,
}

#[derive(Debug)]
pub(crate) struct World {
    random: Random,
    source: MemorySource,
    cluster: MemoryCluster,
    inventory: Store,
    line: Arc<Mutex<Line>>,
    owner: Owner,
    foreign: ObjectId,
    trace: Vec<String>,
}

#[derive(Debug)]
struct Store {
    inner: MemoryInventory,
    claims: Claims,
}

#[async_trait]
impl InventoryStore for &Store {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        self.inner.load().await
    }

    async fn save(&self, next: &Inventory, version: &Version) -> Result<Version, InventoryError> {
        let (stored, current) = self.inner.load().await?;
        let only_claims = next.ids().any(|id| next.get(id).is_some_and(|it| it.applied.is_none()));
        if self.claims == Claims::Forgotten && only_claims && current == *version {
            let mut kept = stored.clone();
            for (id, claim) in next.iter() {
                if let Some(applied) = claim.applied {
                    kept.applied(id.clone(), applied);
                }
            }
            return self.inner.save(&kept, version).await;
        }
        self.inner.save(next, version).await
    }
}

impl World {
    pub(crate) fn new(seed: u64, claims: Claims) -> Self {
        let mut random = Random::new(seed);
        let line = Line { random: Random::new(random.next()), loss: 0, lost: Vec::new() };
        Self {
            source: MemorySource::new(Tree::from_files([("0.json", namespace("a"))]).unwrap()),
            cluster: MemoryCluster::new(),
            inventory: Store { inner: MemoryInventory::default(), claims },
            line: Arc::new(Mutex::new(line)),
            owner: Owner::new("simulated", "default", "ConfigMap", ""),
            foreign: config_map("a", "foreign"),
            trace: Vec::new(),
            random,
        }
    }

    pub(crate) fn trace(&self) -> &[String] {
        &self.trace
    }

    /// Plays the history and returns what is wrong at its end.
    pub(crate) async fn run(&mut self) -> Result<(), String> {
        self.delivery_run(None).await;
        self.make_foreign().await;
        for round in 0..ROUNDS {
            self.commit(round);
            let loss = [0, 4, 12, 40][usize::try_from(self.random.below(4)).unwrap()];
            self.line.lock().unwrap().loss = loss;
            let crash = self.random.one_in(2).then(|| Duration::from_millis(self.random.below(60)));
            self.trace.push(format!("round {round}: one call in {loss} is lost, crash {crash:?}"));
            self.delivery_run(crash).await;
            for _ in 0..self.random.below(4) {
                self.rival();
            }
            self.check_safety()?;
        }
        self.line.lock().unwrap().loss = 0;
        self.trace.push("faults end".to_owned());
        for _ in 0..RUNS_TO_CONVERGE {
            self.release();
            self.delivery_run(None).await;
        }
        self.check_safety()?;
        self.check_converged().await
    }

    async fn delivery_run(&mut self, crash: Option<Duration>) {
        let differ = Faulty::new(self.cluster.clone(), &self.line);
        let applier = Faulty::new(self.cluster.clone(), &self.line);
        let inventory = Faulty::new(&self.inventory, &self.line);
        let delivery = Delivery {
            source: &self.source,
            renderer: &MemoryRenderer,
            differ: &differ,
            applier: &applier,
            inventory: &inventory,
            clock: &TokioClock::system(),
            observer: &Silent,
            owner: self.owner.clone(),
            policy: policy(),
        };
        let run = delivery.reconcile();
        let ended = match crash {
            None => Some(run.await),
            Some(after) => timeout(after, run).await.ok(),
        };
        let lost = std::mem::take(&mut self.line.lock().unwrap().lost);
        self.trace.extend(lost);
        self.trace.push(match ended {
            None => "  crashed".to_owned(),
            Some(Ok(report)) => report.to_string(),
            Some(Err(err)) => format!("  {}", chain(&err)),
        });
    }

    fn commit(&mut self, round: u64) {
        let mut files = vec![("0.json".to_owned(), namespace("a"))];
        let second = self.random.one_in(2);
        if second {
            files.push(("1.json".to_owned(), namespace("b")));
        }
        for name in ["one", "two", "three", "four"] {
            let at = if second && self.random.one_in(2) { "b" } else { "a" };
            if self.random.below(3) < 2 {
                let data = json!({ "color": self.random.below(3).to_string(), "scale": "1" });
                let held =
                    if self.random.one_in(6) { json!(["example.org/hold"]) } else { json!(null) };
                files.push((format!("{name}.json"), object(at, name, &data, &held)));
            }
        }
        if self.random.one_in(2) {
            files.push(("crd.json".to_owned(), definition()));
            files.push(("widget.json".to_owned(), widget()));
        }
        let names: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
        self.trace.push(format!("commit {round}: {}", names.join(" ")));
        self.source.commit(Tree::from_files(files).unwrap());
    }

    fn rival(&mut self) {
        let live: Vec<ObjectId> = self.cluster.live().into_keys().collect();
        let maps: Vec<_> = live.into_iter().filter(|id| id.kind == "ConfigMap").collect();
        let Some(id) = self.random.pick(&maps).cloned() else { return };
        if id == self.foreign {
            return;
        }
        let what = match self.random.below(5) {
            0 => {
                self.cluster.rival_delete(&id);
                "deletes"
            }
            1 => {
                self.cluster.rival_remove(&id, "metadata.finalizers", "kubectl-edit");
                "releases"
            }
            2 => {
                self.cluster.rival_set(&id, "data.scale", json!("7"), "autoscaler");
                "scales"
            }
            3 => {
                self.cluster.rival_set(&id, "data.extra", json!("x"), "kubectl-edit");
                "adds to"
            }
            _ => {
                self.cluster.rival_set(&id, "data.color", json!("9"), "kubectl-edit");
                "edits"
            }
        };
        self.trace.push(format!("  a rival {what} {id}"));
    }

    async fn make_foreign(&self) {
        let value = object("a", "foreign", &json!({ "color": "theirs" }), &json!(null));
        let desired = Object::try_from(serde_json::from_str::<Value>(&value).unwrap()).unwrap();
        let rival = self.cluster.with_manager("rival");
        rival.apply(&Change::Create { desired, after: None }).await.unwrap();
    }

    // The controllers behind the finalizers do their work in the end.
    fn release(&self) {
        for (id, object) in self.cluster.live() {
            if object.value()["metadata"].get("deletionTimestamp").is_some() {
                self.cluster.rival_remove(&id, "metadata.finalizers", "controller");
            }
        }
    }

    fn check_safety(&self) -> Result<(), String> {
        match self.cluster.live().get(&self.foreign) {
            Some(object) if object.value()["data"]["color"] == "theirs" => Ok(()),
            Some(_) => Err("a foreign object was changed".to_owned()),
            None => Err("a foreign object was deleted".to_owned()),
        }
    }

    async fn check_converged(&mut self) -> Result<(), String> {
        // What only a finalizer holds is not ours to remove.
        let live: BTreeMap<ObjectId, Object> = self.cluster.live();
        let ours: BTreeMap<&ObjectId, &Object> = live
            .iter()
            .filter(|(_, object)| object.label(OWNER_LABEL) == Some(self.owner.as_str()))
            .filter(|(_, object)| object.value()["metadata"].get("deletionTimestamp").is_none())
            .collect();
        let revision = gitops_core::Source::resolve(&self.source).await.unwrap();
        let tree = gitops_core::Source::fetch(&self.source, &revision).await.unwrap();
        let desired = MemoryRenderer.render(&tree).await.unwrap();
        for object in &desired {
            let Some(live) = live.get(object.id()) else {
                return Err(format!("{} is missing", object.id()));
            };
            let held = live.value()["metadata"].get("deletionTimestamp").is_some();
            if !held && live.value()["data"]["color"] != object.value()["data"]["color"] {
                return Err(format!("{} is not as desired", object.id()));
            }
        }
        let orphan = ours.keys().find(|id| !desired.iter().any(|object| object.id() == **id));
        if let Some(orphan) = orphan {
            return Err(format!("{orphan} is an orphan"));
        }
        let (inventory, _) = self.inventory.inner.load().await.unwrap();
        if let Some(id) = ours.keys().find(|id| !inventory.contains(id)) {
            return Err(format!("{id} is an orphan in the making: not in the inventory"));
        }
        let before = (self.cluster.writes(), self.inventory.inner.saves());
        self.delivery_run(None).await;
        let after = (self.cluster.writes(), self.inventory.inner.saves());
        if before == after { Ok(()) } else { Err("a further run still writes".to_owned()) }
    }
}

fn policy() -> Policy {
    let mut policy = Policy::new(Prune::Delete(Budget { objects: 1_000, percent: 100 }));
    let Rules(mut rules) = Rules::usual();
    let scale = Rule {
        path: "data.scale".to_owned(),
        manager: "autoscaler".to_owned(),
        verdict: Verdict::Yield,
    };
    rules.insert(0, scale);
    policy.conflicts = Rules(rules);
    policy.concurrency = 2;
    policy.gate_timeout = Duration::from_secs(10);
    policy
}

fn config_map(namespace: &str, name: &str) -> ObjectId {
    ObjectId {
        group: String::new(),
        kind: "ConfigMap".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

fn namespace(name: &str) -> String {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }).to_string()
}

fn object(namespace: &str, name: &str, data: &Value, finalizers: &Value) -> String {
    let mut metadata = json!({ "namespace": namespace, "name": name });
    if !finalizers.is_null() {
        metadata["finalizers"] = finalizers.clone();
    }
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data })
        .to_string()
}

fn definition() -> String {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.org" },
        "spec": {
            "group": "example.org",
            "names": { "kind": "Widget", "plural": "widgets" },
            "scope": "Namespaced",
            "versions": [{ "name": "v1", "served": true, "storage": true }],
        },
    })
    .to_string()
}

fn widget() -> String {
    json!({
        "apiVersion": "example.org/v1",
        "kind": "Widget",
        "metadata": { "namespace": "a", "name": "first" },
        "spec": { "size": 1 },
    })
    .to_string()
}
