//! A delivery reaches its goal although requests and answers are lost, refused, late, or overtaken.

use gitops_core::{
    Delivery, Policy, Silent, Tree,
    clock::TokioClock,
    memory::{MemoryRenderer, MemorySource},
    policy::{Budget, Prune},
};
use gitops_kube::{
    FieldManager, KubeCluster,
    apiserver::{
        ApiServer,
        faults::{Faults, Odds},
    },
};
use serde_json::{Value, json};

const SEEDS: u64 = 40;
/// How many runs a delivery may need while things go wrong.
const STORMY_RUNS: usize = 6;
/// How many it may need once they do not: one to repair, one to see that nothing is left to do.
const CALM_RUNS: usize = 3;

fn source() -> MemorySource {
    let files = (0..5).map(|number| {
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": format!("settings-{number}"), "namespace": "default" },
            "data": { "number": number.to_string() },
        });
        (format!("{number}.json"), object.to_string().into_bytes())
    });
    MemorySource::new(Tree::from_files(files).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_delivery_converges_under_seeded_faults() {
    let mut happened = 0;
    for seed in 0..SEEDS {
        let server = ApiServer::builder().seed(seed).build();
        let faults = Faults::seeded(&server, Odds::one_in(4, seed).at_most(60));
        converge(seed, &server, &faults).await;
        happened += faults.happened().len();
    }
    assert!(100 < happened, "only {happened} faults happened");
}

async fn converge(seed: u64, server: &ApiServer, faults: &Faults) {
    let source = source();
    let manager = FieldManager::new("gitops").unwrap();
    let cluster = KubeCluster::new(faults.client("default"), manager);
    let inventory = cluster.inventory("default", "storm");
    let (differ, applier, clock) = (cluster.differ(), cluster.applier(), TokioClock::system());
    let delivery = Delivery {
        source: &source,
        renderer: &MemoryRenderer,
        differ: &differ,
        applier: &applier,
        inventory: &inventory,
        clock: &clock,
        observer: &Silent,
        owner: inventory.owner().clone(),
        policy: Policy::new(Prune::Delete(Budget::usual())),
    };
    for _ in 0..STORMY_RUNS {
        // What a run says of a storm is not the point here.
        drop(delivery.reconcile().await);
    }
    faults.calm();
    let mut settled = false;
    for _ in 0..CALM_RUNS {
        let report = delivery.reconcile().await;
        settled = report.is_ok_and(|report| report.is_complete() && !report.changed());
    }
    assert!(settled, "seed {seed} did not settle after {:#?}", faults.happened());
    let found: Vec<Value> = server.snapshot().iter().map(|object| (**object).clone()).collect();
    for number in 0..5 {
        let there = found.iter().any(|object| {
            object["metadata"]["name"] == format!("settings-{number}")
                && object["data"]["number"].as_str() == Some(number.to_string().as_str())
        });
        assert!(there, "seed {seed}: settings-{number} is missing");
    }
}
