//! A plan as a value: saved, approved, and executed after the world has moved.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::{
    Delivery, Digest, ObjectId, Outcome, Owner, Plan, Policy, Silent, Tree,
    clock::TokioClock,
    execute::{Ending, ExecuteError, StepError},
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    plan::{InvalidPlan, MARKDOWN_BYTES_MAX},
    policy::{Budget, Prune},
};
use serde_json::json;

struct Stage {
    source: MemorySource,
    cluster: MemoryCluster,
    inventory: MemoryInventory,
    clock: TokioClock,
}

impl Stage {
    fn new() -> Self {
        Self {
            source: MemorySource::new(files("1", "red")),
            cluster: MemoryCluster::new(),
            inventory: MemoryInventory::default(),
            clock: TokioClock::system(),
        }
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery {
            source: &self.source,
            renderer: &MemoryRenderer,
            differ: &self.cluster,
            applier: &self.cluster,
            inventory: &self.inventory,
            clock: &self.clock,
            observer: &Silent,
            owner: Owner::new("test", "default", "ConfigMap", ""),
            policy: Policy::new(Prune::Delete(Budget::usual())),
        }
    }
}

fn files(token: &str, color: &str) -> Tree {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "a" } });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "namespace": "a", "name": "s" },
        "data": { "token": format!("c2VjcmV0{token}") },
    });
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "namespace": "a", "name": "x" },
        "data": { "color": color },
    });
    let files = [("a.json", namespace), ("s.json", secret), ("x.json", map)];
    Tree::from_files(files.map(|(path, value)| (path, value.to_string()))).unwrap()
}

fn id(kind: &str, name: &str) -> ObjectId {
    let (kind, name) = (kind.to_owned(), name.to_owned());
    ObjectId { group: String::new(), kind, namespace: Some("a".to_owned()), name }
}

#[tokio::test(start_paused = true)]
async fn a_saved_plan_reads_back_and_runs() {
    let stage = Stage::new();
    let plan = stage.delivery().plan().await.unwrap();
    let loaded = Plan::load(&plan.save()).unwrap();
    assert_eq!(loaded, plan);
    assert_eq!(loaded.digest(), plan.digest());
    let report = stage.delivery().execute(&loaded).await.unwrap();
    assert!(report.is_complete());
}

#[tokio::test(start_paused = true)]
async fn equal_plans_have_equal_digests() {
    let (one, other) = (Stage::new(), Stage::new());
    let digest = one.delivery().plan().await.unwrap().digest();
    assert_eq!(other.delivery().plan().await.unwrap().digest(), digest);
    other.source.commit(files("1", "green"));
    assert_ne!(other.delivery().plan().await.unwrap().digest(), digest);
}

#[tokio::test(start_paused = true)]
async fn a_changed_text_is_refused() {
    let stage = Stage::new();
    let text = stage.delivery().plan().await.unwrap().save();
    let changed = text.replace("\"red\"", "\"blue\"");
    assert_ne!(changed, text);
    assert!(matches!(Plan::load(&changed), Err(InvalidPlan::Changed { .. })));
    let newer = text.replacen("\"schema\":1", "\"schema\":2", 1);
    assert!(matches!(Plan::load(&newer), Err(InvalidPlan::Schema { found: 2 })));
    assert!(matches!(Plan::load("{"), Err(InvalidPlan::Unreadable { .. })));
}

#[tokio::test(start_paused = true)]
async fn what_moved_elsewhere_does_not_stop_a_change() {
    let stage = Stage::new();
    stage.delivery().reconcile().await.unwrap();
    stage.source.commit(files("1", "green"));
    let plan = stage.delivery().plan().await.unwrap();
    let map = id("ConfigMap", "x");
    stage.cluster.rival_set(&map, "metadata.annotations.note", json!("hello"), "kubectl-annotate");
    let report = stage.delivery().execute(&plan).await.unwrap();
    let ending = report.ending(&map).unwrap();
    assert!(matches!(ending, Ending::Done { outcome: Outcome::Updated }), "{ending:?}");
}

#[tokio::test(start_paused = true)]
async fn what_moved_under_a_change_stops_it() {
    let stage = Stage::new();
    stage.delivery().reconcile().await.unwrap();
    stage.source.commit(files("1", "green"));
    let plan = stage.delivery().plan().await.unwrap();
    let map = id("ConfigMap", "x");
    stage.cluster.rival_set(&map, "data.color", json!("blue"), "kubectl-edit");
    let report = stage.delivery().execute(&plan).await.unwrap();
    let ending = report.ending(&map).unwrap();
    assert!(matches!(ending, Ending::Failed { error: StepError::Moved { .. } }), "{ending:?}");
    let live = &stage.cluster.live()[&map];
    assert_eq!(live.value()["data"]["color"], "blue", "the rival's value was overwritten");
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_executed_once() {
    let stage = Stage::new();
    let plan = stage.delivery().plan().await.unwrap();
    stage.delivery().execute(&plan).await.unwrap();
    let again = stage.delivery().execute(&plan).await;
    assert!(matches!(again, Err(ExecuteError::Outdated)), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_for_one_plan() {
    let stage = Stage::new();
    let plan = stage.delivery().plan().await.unwrap();
    let other = stage.delivery().execute_approved(&plan, &Digest::of("another")).await;
    assert!(matches!(other, Err(ExecuteError::NotApproved { .. })), "{other:?}");
    assert_eq!(stage.cluster.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_view_shows_a_secret() {
    let stage = Stage::new();
    let created = stage.delivery().plan().await.unwrap();
    stage.delivery().execute(&created).await.unwrap();
    stage.source.commit(files("2", "red"));
    let updated = stage.delivery().plan().await.unwrap();
    for plan in [created, updated] {
        let shown = [
            plan.to_string(),
            serde_json::to_string(&plan.view()).unwrap(),
            format!("{plan:?}"),
            format!("{:?}", plan.view()),
            plan.view().to_markdown(),
        ];
        for text in shown {
            assert!(!text.contains("c2VjcmV0"), "a secret shows in {text}");
        }
    }
}

#[test]
fn the_view_has_a_schema() {
    let schema = schemars::schema_for!(gitops_core::plan::PlanView);
    let properties = schema.as_value()["properties"].as_object().unwrap();
    for field in ["schema", "revision", "digest", "verdict", "totals", "steps", "blocked"] {
        assert!(properties.contains_key(field), "{field} is missing");
    }
}

#[tokio::test(start_paused = true)]
async fn markdown_fits_a_comment_and_keeps_its_fence() {
    let stage = Stage::new();
    stage.delivery().reconcile().await.unwrap();
    stage.source.commit(files("1", &"```\n".repeat(30)));
    let mut view = stage.delivery().plan().await.unwrap().view();
    let text = view.to_markdown();
    assert!(text.starts_with("**Changes**: 0 to create, 1 to update"), "{text}");
    let step = view.steps[0].clone();
    view.steps = vec![step; 2_000];
    let text = view.to_markdown();
    assert!(text.len() <= MARKDOWN_BYTES_MAX, "{} bytes", text.len());
    assert!(text.contains("bytes more are left out"), "the cut is not told");
    assert!(text.contains(&view.digest.to_string()));
}
