//! A delivery as a script: one line a step, the plans and reports as text.
//!
//! - `commit OBJECT; OBJECT…` makes these objects the desired state; an object is
//!   `Kind/namespace/name key=value… @annotation=value…`;
//! - `plan` and `deliver` print the plan, or what a run did; `approve` executes the plan by its digest;
//! - `edit MANAGER KIND/NS/NAME path=value` (a list is JSON), `apply MANAGER OBJECT` and `delete KIND/NS/NAME` are rivals;
//! - `policy WORD…` changes the policy; `away` and `back` cut and mend the line to the cluster.

use gitops_core::{
    Applier as _, Change, Delivery, Differ as _, Object, ObjectId, Owner, Policy, Silent, Tree,
    clock::TokioClock,
    error::chain,
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    policy::{Adopt, Budget, Gate, OnBlocked, Prune},
};
use serde_json::{Map, Value, json};

pub(crate) async fn play(script: &str) -> String {
    let mut stage = Stage::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        stage.step(line).await;
    }
    stage.shown
}

struct Stage {
    source: MemorySource,
    cluster: MemoryCluster,
    inventory: MemoryInventory,
    policy: Policy,
    shown: String,
}

impl Stage {
    fn new() -> Self {
        Self {
            source: MemorySource::new(Tree::from_files::<&str, &str>([]).unwrap()),
            cluster: MemoryCluster::new(),
            inventory: MemoryInventory::default(),
            policy: Policy::new(Prune::Delete(Budget::usual())),
            shown: String::new(),
        }
    }

    async fn step(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "commit" => self.commit(rest),
            "plan" => self.plan().await,
            "deliver" => self.deliver(false).await,
            "approve" => self.deliver(true).await,
            "edit" => self.edit(rest),
            "apply" => self.apply(rest).await,
            "delete" => assert!(self.cluster.rival_delete(&id(rest)), "{rest} is not there"),
            "away" => self.cluster.set_reachable(false),
            "back" => self.cluster.set_reachable(true),
            "policy" => self.change_policy(rest),
            other => panic!("the script has no step {other}"),
        }
    }

    fn commit(&mut self, objects: &str) {
        let objects = objects.split(';').map(str::trim).filter(|text| !text.is_empty());
        let files: Vec<_> = objects
            .enumerate()
            .map(|(index, text)| (format!("{index}.json"), object(text).to_string()))
            .collect();
        self.source.commit(Tree::from_files(files).unwrap());
    }

    fn change_policy(&mut self, words: &str) {
        for word in words.split_whitespace() {
            match word {
                "established" => self.policy.gate = Gate::Established,
                "keep" => self.policy.prune = Prune::Keep,
                "skip" => self.policy.blocked = OnBlocked::Skip,
                "adopt-nothing" => self.policy.adopt = Adopt::Nothing,
                "adopt-all" => self.policy.adopt = Adopt::All,
                "budget-1" => {
                    self.policy.prune = Prune::Delete(Budget { objects: 1, percent: 0 });
                }
                other => panic!("the script has no policy {other}"),
            }
        }
    }

    fn edit(&mut self, rest: &str) {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let [manager, object, change] = words[..] else { panic!("edit {rest}") };
        let (path, text) = change.split_once('=').unwrap();
        let value = match text.starts_with('[') {
            true => serde_json::from_str(text).unwrap(),
            false => json!(text),
        };
        assert!(self.cluster.rival_set(&id(object), path, value, manager), "{object}");
    }

    async fn apply(&mut self, rest: &str) {
        let (manager, text) = rest.split_once(' ').unwrap();
        let rival = self.cluster.with_manager(manager);
        let desired = Object::try_from(object(text)).unwrap();
        let change: Change = rival.diff(&desired, &[]).await.unwrap();
        rival.apply(&change).await.unwrap();
    }

    fn delivery<'a>(&'a self, clock: &'a TokioClock) -> Delivery<'a> {
        Delivery {
            source: &self.source,
            renderer: &MemoryRenderer,
            differ: &self.cluster,
            applier: &self.cluster,
            inventory: &self.inventory,
            clock,
            observer: &Silent,
            owner: Owner::new("test", "default", "ConfigMap", ""),
            policy: self.policy.clone(),
        }
    }

    async fn plan(&mut self) {
        let clock = TokioClock::system();
        let shown = match self.delivery(&clock).plan().await {
            Ok(plan) => plan.to_string(),
            Err(err) => format!("error: {}\n", chain(&err)),
        };
        self.show(&shown);
    }

    async fn deliver(&mut self, approve: bool) {
        let clock = TokioClock::system();
        let delivery = self.delivery(&clock);
        let shown = match delivery.plan().await {
            Err(err) => format!("error: {}\n", chain(&err)),
            Ok(plan) => {
                let ended = match approve {
                    true => delivery.execute_approved(&plan, &plan.digest()).await,
                    false => delivery.execute(&plan).await,
                };
                match ended {
                    Ok(report) => report.to_string(),
                    Err(err) => format!("error: {}\n", chain(&err)),
                }
            }
        };
        self.show(&shown);
    }

    // Revisions have an address of their own; a test speaks of the first part alone.
    fn show(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<String> = line.split(' ').map(short).collect();
            self.shown.push_str(words.join(" ").trim_end());
            self.shown.push('\n');
        }
    }
}

fn short(word: &str) -> String {
    let Some((name, rest)) = word.split_once('@').filter(|(name, _)| *name == "main") else {
        return word.to_owned();
    };
    let end = rest.find([':', '.']).map_or("", |at| &rest[at..]);
    format!("{name}{end}")
}

fn id(text: &str) -> ObjectId {
    Object::try_from(object(text)).unwrap().id().clone()
}

fn object(text: &str) -> Value {
    let mut words = text.split_whitespace();
    let name: Vec<&str> = words.next().unwrap().split('/').collect();
    let (kind, namespace, name) = match name[..] {
        [kind, name] => (kind, None, name),
        [kind, namespace, name] => (kind, Some(namespace), name),
        _ => panic!("{text} is no object"),
    };
    let api_version = match kind {
        "Deployment" => "apps/v1",
        "Job" => "batch/v1",
        "Widget" => "example.org/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        _ => "v1",
    };
    let mut object =
        json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": name } });
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = json!(namespace);
    }
    let (mut data, mut annotations) = (Map::new(), Map::new());
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        match key.strip_prefix('@') {
            Some(annotation) => annotations.insert(annotation.to_owned(), json!(value)),
            None => data.insert(key.to_owned(), json!(value)),
        };
    }
    if kind == "CustomResourceDefinition" {
        object["spec"] = json!({
            "group": "example.org", "scope": "Namespaced",
            "names": { "kind": "Widget", "plural": "widgets" },
            "versions": [{ "name": "v1", "served": true, "storage": true }],
        });
    } else if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    if !annotations.is_empty() {
        object["metadata"]["annotations"] = Value::Object(annotations);
    }
    object
}
