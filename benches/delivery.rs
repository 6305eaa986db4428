//! 1,000 objects: the first delivery, and the run that finds nothing to do.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;
#[path = "../examples/quickstart/repository.rs"]
mod repository;

use gitops_core::{
    Delivery, Policy, Silent, TreePath,
    clock::TokioClock,
    policy::{Budget, Prune},
};
use gitops_git::GitSource;
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer};
use gitops_render::PlainRenderer;
use repository::Repository;

const OBJECTS: usize = 1_000;
const RUNS: usize = 9;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let mut repository = Repository::create(directory.path()).unwrap();
    for index in 0..OBJECTS {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{index}\ndata:\n  \
             index: \"{index}\"\n  text: |\n    some lines\n    of text\n"
        );
        repository.write(&format!("apps/{}/settings-{index}.yaml", index % 50), &text);
    }
    repository.commit("Begin").unwrap();
    let source = GitSource::builder(directory.path().to_string_lossy()).build().unwrap();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let server = ApiServer::new();
        let manager = FieldManager::new("gitops").unwrap();
        let cluster = KubeCluster::new(server.client("default"), manager);
        let inventory = cluster.inventory("default", "bench");
        let (differ, applier) = (cluster.differ(), cluster.applier());
        let clock = TokioClock::system();
        let delivery = Delivery {
            source: &source,
            renderer: &PlainRenderer::new(TreePath::root()),
            differ: &differ,
            applier: &applier,
            inventory: &inventory,
            clock: &clock,
            observer: &Silent,
            owner: inventory.owner().clone(),
            policy: Policy::new(Prune::Delete(Budget::usual())),
        };
        let (report, took) = measure::time_async(delivery.reconcile()).await;
        assert!(report.unwrap().is_complete());
        first.push(took);
        let writes = server.writes();
        let (report, took) = measure::time_async(delivery.reconcile()).await;
        assert!(!report.unwrap().changed());
        assert_eq!(server.writes(), writes, "a run without changes writes nothing");
        second.push(took);
    }
    measure::show("first delivery of 1,000 ConfigMaps from Git to the embedded server", &mut first);
    measure::show("second run, nothing changed, nothing written", &mut second);
}
