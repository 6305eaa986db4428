//! What each wrapper adds to what it holds.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod wrap_clock;

use std::{
    fmt::Write as _,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gitops_core::{
    Applier, ApplyError, Change, Clock, Differ, Inventory, InventoryError, InventoryStore, Live,
    Object, Outcome, Renderer, Revision, Source, SourceError, Tree, TreePath, Version,
    clock::TokioClock,
    error,
    memory::{MemoryCluster, MemoryInventory, MemoryRenderer, MemorySource},
    wrap::{
        CACHED_RENDERS_MAX, Cached, Faults, Faulty, Injected, Retry, RetryPolicy, Timeout, Traced,
    },
};
use jiff::Timestamp;
use serde_json::json;
use tracing::{Event, Metadata, Subscriber, field, span};
use wrap_clock::Skipping;

fn config_map(value: &str) -> Object {
    Object::try_from(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "namespace": "shop", "name": "a" }, "data": { "a": value },
    }))
    .unwrap()
}

async fn shop() -> MemoryCluster {
    let cluster = MemoryCluster::new();
    let metadata = json!({ "name": "shop" });
    let shop = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata });
    let change = cluster.diff(&shop.try_into().unwrap(), &[]).await.unwrap();
    cluster.apply(&change).await.unwrap();
    cluster
}

/// Answers nothing, and counts how often it is asked.
#[derive(Debug)]
struct Silent {
    asked: AtomicU32,
    transient: bool,
}

impl Silent {
    fn new(transient: bool) -> Self {
        Self { asked: AtomicU32::new(0), transient }
    }
}

#[async_trait]
impl Source for Silent {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (origin, cause) = ("nowhere".to_owned(), "silence".into());
        if self.transient {
            return Err(SourceError::Unavailable { origin, cause });
        }
        Err(SourceError::Denied { origin, cause })
    }

    async fn fetch(&self, _: &Revision) -> Result<Tree, SourceError> {
        pending().await
    }
}

fn policy(attempts_max: u32) -> RetryPolicy {
    RetryPolicy {
        attempts_max,
        wait_first: Duration::from_secs(1),
        wait_max: Duration::from_secs(5),
        seed: 7,
    }
}

#[tokio::test]
async fn retry_stops_at_its_limit_and_doubles_its_waits() {
    let (silent, clock) = (Silent::new(true), Arc::new(Skipping::default()));
    let retry = Retry::new(&silent, policy(6), Arc::clone(&clock) as Arc<dyn Clock>);
    assert!(retry.resolve().await.unwrap_err().is_transient());
    assert_eq!(silent.asked.load(Ordering::Relaxed), 6);
    let slept = clock.slept.lock().unwrap().clone();
    assert_eq!(slept.len(), 5);
    for (waited, bound) in slept.iter().zip([1, 2, 4, 5, 5]) {
        assert!(*waited <= Duration::from_secs(bound), "{waited:?} passes {bound}s");
    }
    assert!(slept.windows(2).any(|pair| pair[0] != pair[1]), "the waits have no jitter");
}

#[tokio::test]
async fn retry_waits_are_those_of_the_seed() {
    let mut all = Vec::new();
    for seed in [7, 7, 8] {
        let clock = Arc::new(Skipping::default());
        let policy = RetryPolicy { seed, ..policy(6) };
        let retry = Retry::new(Silent::new(true), policy, Arc::clone(&clock) as Arc<dyn Clock>);
        retry.resolve().await.unwrap_err();
        all.push(clock.slept.lock().unwrap().clone());
    }
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
}

#[tokio::test]
async fn retry_does_not_repeat_what_stays_wrong() {
    let silent = Silent::new(false);
    let retry = Retry::new(&silent, policy(6), Arc::new(Skipping::default()));
    retry.resolve().await.unwrap_err();
    assert_eq!(silent.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn retry_asks_again_what_is_unknown() {
    let cluster = shop().await;
    cluster.set_reachable(false);
    let clock = Arc::new(Skipping::default());
    let retry = Retry::new(&cluster, policy(4), Arc::clone(&clock) as Arc<dyn Clock>);
    let live = retry.live(config_map("1").id()).await.unwrap();
    assert!(matches!(live, Live::Unknown { .. }), "{live:?}");
    assert_eq!(clock.slept.lock().unwrap().len(), 3);
}

/// Makes the first call and loses its answer, then works.
#[derive(Debug)]
struct LosesFirst<T>(T, AtomicU32);

#[async_trait]
impl<T: Applier> Applier for LosesFirst<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let outcome = self.0.apply(change).await?;
        if 0 < self.1.fetch_add(1, Ordering::Relaxed) {
            return Ok(outcome);
        }
        Err(ApplyError::Unavailable { id: change.id().clone(), cause: Injected::After.into() })
    }
}

#[tokio::test]
async fn retry_after_a_lost_answer_ends_well() {
    let cluster = shop().await;
    let apply = async |change: &Change| {
        let lossy = LosesFirst(&cluster, AtomicU32::new(0));
        Retry::new(lossy, policy(3), Arc::new(Skipping::default())).apply(change).await.unwrap()
    };
    let create = cluster.diff(&config_map("1"), &[]).await.unwrap();
    assert_eq!(apply(&create).await, Outcome::Created);
    let update = cluster.diff(&config_map("2"), &[]).await.unwrap();
    assert_eq!(apply(&update).await, Outcome::Updated);
    let unchanged = cluster.diff(&config_map("2"), &[]).await.unwrap();
    let pin = unchanged.pin().unwrap().clone();
    assert_eq!(apply(&unchanged).await, Outcome::Unchanged);
    let delete = Change::Delete { id: config_map("2").id().clone(), live: pin };
    assert_eq!(apply(&delete).await, Outcome::Deleted);
    // The namespace, and each change once.
    assert_eq!(cluster.writes(), 4);
}

#[tokio::test]
async fn retry_tells_its_own_save_from_that_of_another() {
    #[derive(Debug)]
    struct Lossy<'a>(&'a MemoryInventory, Option<Inventory>, AtomicU32);

    #[async_trait]
    impl InventoryStore for Lossy<'_> {
        async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
            self.0.load().await
        }

        async fn save(&self, new: &Inventory, at: &Version) -> Result<Version, InventoryError> {
            if 0 < self.2.fetch_add(1, Ordering::Relaxed) {
                return self.0.save(new, at).await;
            }
            // What is stored is the new inventory, or that of somebody who came first.
            self.0.save(self.1.as_ref().unwrap_or(new), at).await?;
            let cause = Injected::After.into();
            Err(InventoryError::Unavailable { store: "lossy".to_owned(), cause })
        }
    }

    let mut ours = Inventory::default();
    ours.claim(config_map("1").id().clone());
    for (theirs, saved) in [(None, true), (Some(Inventory::default()), false)] {
        let theirs = theirs.map(|mut theirs: Inventory| {
            theirs.revision = Some(Revision::new("theirs"));
            theirs
        });
        let store = MemoryInventory::new();
        let lossy = Lossy(&store, theirs, AtomicU32::new(0));
        let retry = Retry::new(lossy, policy(3), Arc::new(Skipping::default()));
        match retry.save(&ours, &Version::default()).await {
            Ok(version) => {
                assert!(saved, "somebody else has saved");
                assert_eq!(store.load().await.unwrap(), (ours.clone(), version));
            }
            Err(InventoryError::Conflict { .. }) => assert!(!saved, "nobody else has saved"),
            Err(err) => panic!("{err:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn timeout_names_the_time() {
    let clock = Arc::new(TokioClock::starting_at(Timestamp::UNIX_EPOCH));
    let limit = Duration::from_secs(30);
    let timeout = Timeout::new(Silent::new(true), limit, Arc::clone(&clock) as Arc<dyn Clock>);
    let err = timeout.fetch(&Revision::new("any")).await.unwrap_err();
    assert!(err.is_transient());
    assert_eq!(error::chain(&err), "the source did not answer: no answer within 30s");
    assert_eq!(clock.now().as_second(), 30);
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_look_is_unknown_never_absent() {
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(Timestamp::UNIX_EPOCH));
    let slow = Faults { slow: 1000, slow_for: Duration::from_secs(31), ..Faults::default() };
    let cluster = Faulty::new(shop().await, slow, 1, Arc::clone(&clock));
    let timeout = Timeout::new(&cluster, Duration::from_secs(30), Arc::clone(&clock));
    match timeout.live(config_map("1").id()).await.unwrap() {
        Live::Unknown { reason } => assert_eq!(reason, "no answer within 30s"),
        other => panic!("{other:?}"),
    }
    cluster.set_faults(Faults { slow_for: Duration::from_secs(29), ..slow });
    let live = timeout.live(config_map("1").id()).await.unwrap();
    assert!(matches!(live, Live::Absent), "{live:?}");
}

#[tokio::test]
async fn faults_are_those_of_the_seed() {
    let run = async |seed| {
        let source = MemorySource::new(Tree::from_files([("a", "a")]).unwrap());
        let faults = Faults { lost_before: 300, lost_after: 300, ..Faults::default() };
        let lossy = Faulty::new(source, faults, seed, Arc::new(Skipping::default()));
        let mut lost = Vec::new();
        for _ in 0..200 {
            lost.push(lossy.resolve().await.is_err());
        }
        lost
    };
    let lost = run(1).await;
    assert_eq!(lost, run(1).await);
    assert_ne!(lost, run(2).await);
    // About 1 - 0.7 * 0.7 of them.
    let count = lost.iter().filter(|lost| **lost).count();
    assert!((70..=130).contains(&count), "{count} of 200 were lost");
}

fn fleet(app: &str, other: &str, readme: &str) -> Tree {
    Tree::from_files([
        ("app/a.json", app.to_owned()),
        ("other/b.json", other.to_owned()),
        ("README.md", readme.to_owned()),
    ])
    .unwrap()
}

#[tokio::test]
async fn cached_renders_what_was_read_and_changed() {
    let object = |value| config_map(value).value().to_string();
    let other = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "b" } });
    let cached = Cached::new(MemoryRenderer);
    let render = async |tree: &Tree| cached.render(tree).await.unwrap();
    let first = render(&fleet(&object("1"), &other.to_string(), "one")).await;
    assert_eq!((cached.hits(), cached.misses()), (0, 1));
    // The README is listed and not read.
    let again = render(&fleet(&object("1"), &other.to_string(), "two")).await;
    assert_eq!((cached.hits(), cached.misses()), (1, 1));
    assert_eq!(first, again);
    let changed = render(&fleet(&object("2"), &other.to_string(), "two")).await;
    assert_eq!((cached.hits(), cached.misses()), (1, 2));
    assert_eq!(
        changed,
        MemoryRenderer.render(&fleet(&object("2"), &other.to_string(), "")).await.unwrap()
    );
    // The former result is kept: going back costs nothing.
    assert_eq!(render(&fleet(&object("1"), &other.to_string(), "")).await, first);
    assert_eq!((cached.hits(), cached.misses()), (2, 2));
}

#[tokio::test]
async fn cached_keeps_as_many_as_its_limit() {
    let cached = Cached::new(MemoryRenderer);
    let tree = |index: usize| fleet(&config_map(&index.to_string()).value().to_string(), "[]", "");
    for index in 0..=CACHED_RENDERS_MAX {
        cached.render(&tree(index)).await.unwrap();
    }
    cached.render(&tree(1)).await.unwrap();
    assert_eq!(cached.hits(), 1, "the second one is still kept");
    cached.render(&tree(0)).await.unwrap();
    assert_eq!(cached.hits(), 1, "the first one was kept past CACHED_RENDERS_MAX");
}

#[tokio::test]
async fn cached_results_note_their_reads_in_the_tree_around() {
    let cached = Cached::new(MemoryRenderer);
    let tree = fleet(&config_map("1").value().to_string(), "[]", "");
    for _ in 0..2 {
        let (tracked, handle) = tree.track();
        cached.render(&tracked).await.unwrap();
        let reads = handle.reads();
        let file = TreePath::new("app/a.json").unwrap();
        assert!(reads.iter().any(|(path, _)| *path == file), "{reads:?}");
    }
    assert_eq!(cached.hits(), 1);
}

/// Writes spans and events down as text.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

impl field::Visit for Log {
    fn record_debug(&mut self, field: &field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        write!(self.0.lock().unwrap(), "[{}", span.metadata().name()).unwrap();
        span.record(&mut self.clone());
        self.0.lock().unwrap().push(']');
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn traced_tells_of_calls_and_of_no_secret() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let traced = Traced::new(shop().await);
    let secret = Object::try_from(json!({
        "apiVersion": "v1", "kind": "Secret", "stringData": { "password": "hunter2" },
        "metadata": { "namespace": "shop", "name": "db" },
    }))
    .unwrap();
    let change = traced.diff(&secret, &[]).await.unwrap();
    traced.apply(&change).await.unwrap();
    traced.live(secret.id()).await.unwrap();
    let stale = secret.edited(|map| drop(map.insert("type".to_owned(), json!("x")))).unwrap();
    traced.apply(&Change::Create { desired: stale, after: None }).await.unwrap_err();
    let text = log.0.lock().unwrap().clone();
    expect_test::expect![[r#"
    [diff id=Secret/shop/db] answer="create"
    [apply id=Secret/shop/db action="create"] answer="Created"
    [live id=Secret/shop/db] answer="present"
    [apply id=Secret/shop/db action="create"] error=Secret/shop/db has changed since it was compared
    "#]]
    .assert_eq(&text);
}
