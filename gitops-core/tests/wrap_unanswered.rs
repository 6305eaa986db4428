//! Every method of every trait, when nobody answers.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod wrap_clock;

use std::{sync::Arc, time::Duration};

use gitops_core::{
    Applier, ApplyError, Change, Clock, DiffError, Differ, Inventory, InventoryError,
    InventoryStore, Live, Object, Pin, RenderError, Renderer, Revision, Source, SourceError, Tree,
    Version,
    clock::TokioClock,
    error,
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    wrap::{Faults, Faulty, Retry, RetryPolicy, Timeout},
};
use jiff::Timestamp;
use serde_json::json;
use wrap_clock::Skipping;

fn tree() -> Tree {
    Tree::from_files([("a.json", namespace().value().to_string())]).unwrap()
}

fn namespace() -> Object {
    let metadata = json!({ "name": "shop" });
    Object::try_from(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }))
        .unwrap()
}

/// What each method says, one a line: the error with its causes and whether it may pass.
struct Answers(Vec<String>);

impl Answers {
    fn note<T: std::fmt::Debug, E: std::error::Error + 'static>(
        &mut self,
        method: &str,
        answer: Result<T, E>,
        is_transient: impl Fn(&E) -> bool,
    ) {
        let err = answer.expect_err("nobody answers");
        let passes = if is_transient(&err) { "" } else { ", for ever" };
        self.0.push(format!("{method}: {}{passes}", error::chain(&err)));
    }
}

async fn ask<S, R, C, I>(source: S, renderer: R, cluster: C, store: I) -> String
where
    S: Source,
    R: Renderer,
    C: Differ + Applier,
    I: InventoryStore,
{
    let mut answers = Answers(Vec::new());
    let desired = namespace();
    let id = desired.id();
    answers.note("resolve", source.resolve().await, SourceError::is_transient);
    let fetched = source.fetch(&Revision::new("1")).await;
    answers.note("fetch", fetched, SourceError::is_transient);
    answers.note("render", renderer.render(&tree()).await, RenderError::is_transient);
    answers.note("scope", cluster.scope(desired.kind()).await, DiffError::is_transient);
    answers.note("diff", cluster.diff(&desired, &[]).await, DiffError::is_transient);
    match cluster.live(id).await.unwrap() {
        Live::Unknown { reason } => answers.0.push(format!("live: unknown, {reason}")),
        known => panic!("nobody answers, but {known:?}"),
    }
    let live = Pin { uid: "1".to_owned(), resource_version: "1".to_owned() };
    let delete = Change::Delete { id: id.clone(), live };
    answers.note("apply", cluster.apply(&delete).await, ApplyError::is_transient);
    answers.note("load", store.load().await, InventoryError::is_transient);
    let saved = store.save(&Inventory::default(), &Version::default()).await;
    answers.note("save", saved, InventoryError::is_transient);
    answers.0.join("\n")
}

#[tokio::test(start_paused = true)]
async fn every_method_times_out() {
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(Timestamp::UNIX_EPOCH));
    let slow = Faults { slow: 1000, slow_for: Duration::from_secs(3600), ..Faults::default() };
    macro_rules! timed {
        ($inner:expr) => {
            Timeout::new(
                Faulty::new($inner, slow, 1, Arc::clone(&clock)),
                Duration::from_secs(30),
                Arc::clone(&clock),
            )
        };
    }
    let answers = ask(
        timed!(MemorySource::new(tree())),
        timed!(MemoryRenderer),
        timed!(MemoryCluster::new()),
        timed!(MemoryInventory::new()),
    )
    .await;
    expect_test::expect![[r"
    resolve: the source did not answer: no answer within 30s
    fetch: the source did not answer: no answer within 30s
    render: the renderer could not work: no answer within 30s
    scope: cannot find out about v1, kind Namespace: the server did not answer: no answer within 30s
    diff: cannot compare Namespace/shop: the server did not answer: no answer within 30s
    live: unknown, no answer within 30s
    apply: cannot apply Namespace/shop: the server did not answer: no answer within 30s
    load: the inventory did not answer: no answer within 30s
    save: the inventory did not answer: no answer within 30s"]]
    .assert_eq(&answers);
    // Nine calls, each for as long as is allowed.
    assert_eq!(clock.now().as_second(), 9 * 30);
}

#[tokio::test]
async fn every_method_is_lost_and_repeated_up_to_the_limit() {
    let clock = Arc::new(Skipping::default());
    let lost = Faults { lost_before: 1000, ..Faults::default() };
    let policy = RetryPolicy { attempts_max: 3, ..RetryPolicy::default() };
    macro_rules! lossy {
        ($inner:expr) => {
            Retry::new(
                Faulty::new($inner, lost, 1, Arc::clone(&clock) as Arc<dyn Clock>),
                policy,
                Arc::clone(&clock) as Arc<dyn Clock>,
            )
        };
    }
    let answers = ask(
        lossy!(MemorySource::new(tree())),
        lossy!(MemoryRenderer),
        lossy!(MemoryCluster::new()),
        lossy!(MemoryInventory::new()),
    )
    .await;
    let lines: Vec<_> = answers.lines().collect();
    assert_eq!(lines.len(), 9);
    for line in lines {
        assert!(line.ends_with("the call was lost before it was made"), "{line}");
    }
    // Nine calls, each with two waits before the attempts that follow the first.
    assert_eq!(clock.slept.lock().unwrap().len(), 9 * 2);
}

#[tokio::test]
async fn no_attempts_are_one_attempt() {
    let clock = Arc::new(Skipping::default());
    let policy = RetryPolicy { attempts_max: 0, ..RetryPolicy::default() };
    let retry = Retry::new(MemorySource::new(tree()), policy, clock);
    assert!(retry.resolve().await.is_ok());
}
