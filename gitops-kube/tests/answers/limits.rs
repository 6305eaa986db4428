//! Every limit, reached.

use std::{sync::atomic::Ordering, time::Duration};

use gitops_core::{Applier as _, Change, DiffError, Differ as _, Outcome, Pin};
use gitops_kube::{
    ANSWER_BYTES_MAX, COMPARE_ATTEMPTS_MAX, ClusterOptions, FIELD_MANAGER_BYTES_MAX, FieldManager,
    REPLACE_WAIT_MAX,
};
use serde_json::json;
use tokio::time::Instant;

use crate::script::{Script, config_map, discovery, live, ok};

#[tokio::test]
async fn so_many_requests_at_once() {
    for concurrency in [0, 1, 3] {
        let options = ClusterOptions { concurrency, ..ClusterOptions::default() };
        let (script, cluster) = Script::start(options, |line, _| {
            discovery(line.strip_prefix("GET ").unwrap()).unwrap_or_else(|| ok(live(1)))
        });
        let object = config_map();
        let (differ, id) = (cluster.differ(), object.id());
        futures_util::future::join_all((0..20).map(|_| differ.live(id))).await;
        assert_eq!(script.busiest.load(Ordering::SeqCst), concurrency.max(1));
    }
}

#[tokio::test]
async fn so_many_bytes_of_an_answer() {
    let (_, cluster) = Script::start(ClusterOptions::default(), |line, _| {
        discovery(line.strip_prefix("GET ").unwrap()).unwrap_or_else(|| {
            let mut live = live(1);
            live["data"]["a"] = "x".repeat(ANSWER_BYTES_MAX).into();
            ok(live)
        })
    });
    let err = cluster.differ().diff(&config_map(), &[]).await.unwrap_err();
    assert!(matches!(err, DiffError::Unavailable { .. }), "{err}");
}

#[tokio::test]
async fn so_many_comparisons_of_an_object_that_changes() {
    let (script, cluster) = Script::start(ClusterOptions::default(), |line, before| {
        let (method, path) = line.split_once(' ').unwrap();
        let state = before * 2 + usize::from(method == "PATCH");
        discovery(path).unwrap_or_else(|| ok(live(state)))
    });
    let err = cluster.differ().diff(&config_map(), &[]).await.unwrap_err();
    assert!(matches!(err, DiffError::Unavailable { .. }), "{err}");
    assert_eq!(script.asked().len(), 2 * COMPARE_ATTEMPTS_MAX);
}

#[tokio::test(start_paused = true)]
async fn so_long_a_wait_for_the_old_object() {
    let (script, cluster) = Script::start(ClusterOptions::default(), |line, _| {
        let path = line.split_once(' ').unwrap().1;
        discovery(path).unwrap_or_else(|| {
            let mut held = live(1);
            held["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            ok(held)
        })
    });
    let change = Change::Replace {
        desired: config_map(),
        live: Pin { uid: "u".to_owned(), resource_version: "1".to_owned() },
        fields: Vec::new(),
        because: "it is immutable".to_owned(),
    };
    let begun = Instant::now();
    assert_eq!(cluster.applier().apply(&change).await.unwrap(), Outcome::Terminating);
    let waited = begun.elapsed();
    assert!(REPLACE_WAIT_MAX <= waited && waited < REPLACE_WAIT_MAX + Duration::from_secs(3));
    assert!(script.asked().iter().all(|line| !line.starts_with("PATCH")));
}

#[test]
fn so_long_a_name_of_a_field_manager() {
    let longest = "x".repeat(FIELD_MANAGER_BYTES_MAX);
    assert_eq!(FieldManager::new(&*longest).unwrap().to_string(), longest);
    for wrong in [String::new(), longest + "x", "a\nb".to_owned()] {
        let err = FieldManager::new(&*wrong).unwrap_err();
        assert!(err.to_string().contains("128"), "{err}");
    }
}

#[tokio::test]
async fn names_that_would_address_something_else_are_refused() {
    let (script, cluster) = Script::start(ClusterOptions::default(), |line, _| {
        discovery(line.strip_prefix("GET ").unwrap()).unwrap()
    });
    for (namespace, name) in [("web", ".."), ("web", "a/b"), ("..", "a"), ("web", "%2e%2e")] {
        let mut value = config_map().value().clone();
        value["metadata"] = json!({ "namespace": namespace, "name": name });
        let object = gitops_core::Object::try_from(value).unwrap();
        let err = cluster.differ().diff(&object, &[]).await.unwrap_err();
        assert!(matches!(err, DiffError::Invalid { .. }), "{err}");
    }
    assert_eq!(script.asked(), [""; 0]);
}
