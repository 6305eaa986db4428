//! How often, how long and for what the server is asked again.

use std::time::Duration;

use gitops_core::{
    Applier as _, ApplyError, Change, DiffError, Differ as _, InventoryError, InventoryStore as _,
    Live, Outcome, Pin, error,
};
use gitops_kube::{ATTEMPTS_MAX, ClusterOptions, RETRY_AFTER_MAX};
use serde_json::json;
use tokio::time::Instant;

use crate::script::{Reply, Script, absent, config_map, discovery, live, ok, status};

const GET: &str = "GET /api/v1/namespaces/web/configmaps/a";

fn busy(code: u16, retry_after: Option<&'static str>) -> Reply {
    let Reply(_, _, body) = status(code, "Busy", &json!({}));
    Reply(code, retry_after, body)
}

fn start(
    answer: impl Fn(&str, usize) -> Reply + Clone + Send + Sync + 'static,
) -> (Script, gitops_kube::KubeCluster) {
    Script::start(ClusterOptions::default(), move |line, before| {
        let path = line.split_once(' ').unwrap().1;
        discovery(path).unwrap_or_else(|| answer(line, before))
    })
}

fn update() -> Change {
    let pin = Pin { uid: "u".to_owned(), resource_version: "1".to_owned() };
    Change::Update { desired: config_map(), live: pin, fields: Vec::new(), takes: Vec::new() }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for() {
    let (script, cluster) = start(|_, before| match before {
        0 => busy(429, Some("7")),
        1 => busy(503, Some("2")),
        2 => busy(429, None),
        _ => absent(),
    });
    let begun = Instant::now();
    let live = cluster.differ().live(config_map().id()).await;
    assert!(matches!(live, Ok(Live::Absent)), "{live:?}");
    assert_eq!(begun.elapsed(), Duration::from_secs(7 + 2 + 1));
    assert_eq!(script.count(GET), 4);
}

#[tokio::test(start_paused = true)]
async fn the_status_may_say_how_long_to_wait() {
    let (_, cluster) = start(|_, before| match before {
        0 => status(504, "Timeout", &json!({ "retryAfterSeconds": 3 })),
        _ => absent(),
    });
    let begun = Instant::now();
    cluster.differ().live(config_map().id()).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let (script, cluster) = start(|_, _| busy(429, Some("1")));
    let live = cluster.differ().live(config_map().id()).await;
    let Ok(Live::Unknown { reason }) = live else { panic!("{live:?}") };
    assert!(reason.contains("429"), "{reason}");
    assert_eq!(script.count(GET), ATTEMPTS_MAX as usize);

    let longer = RETRY_AFTER_MAX.as_secs() + 1;
    let longer: &str = Box::leak(longer.to_string().into_boxed_str());
    let (script, cluster) = start(move |_, _| busy(429, Some(longer)));
    let begun = Instant::now();
    let err = cluster.differ().diff(&config_map(), &[]).await.unwrap_err();
    assert!(matches!(err, DiffError::Unavailable { .. }), "{err}");
    assert_eq!((script.count(GET), begun.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_been_made_is_not_sent_again() {
    let (script, cluster) = start(|_, before| match before {
        0 => busy(429, Some("1")),
        1 => busy(503, Some("1")),
        _ => ok(live(2)),
    });
    let err = cluster.applier().apply(&update()).await.unwrap_err();
    assert!(matches!(err, ApplyError::Unavailable { .. }), "{err}");
    assert_eq!(script.asked().len(), 2);
    assert_eq!(cluster.applier().apply(&update()).await.unwrap(), Outcome::Updated);
}

#[tokio::test]
async fn what_is_no_answer_is_not_absence() {
    for (code, body) in [
        (500, json!("boom")),
        (502, json!("<html>bad gateway</html>")),
        (200, json!("not json")),
        (302, json!({})),
    ] {
        let (_, cluster) = start(move |_, _| Reply(code, None, body.clone()));
        let live = cluster.differ().live(config_map().id()).await;
        assert!(matches!(live, Ok(Live::Unknown { .. })), "{code}: {live:?}");
        let err = cluster.differ().diff(&config_map(), &[]).await.unwrap_err();
        assert!(matches!(err, DiffError::Unavailable { .. }), "{code}: {err}");
        let err = cluster.applier().apply(&update()).await.unwrap_err();
        assert!(matches!(err, ApplyError::Unavailable { .. }), "{code}: {err}");
        let err = cluster.inventory("web", "a").load().await.unwrap_err();
        assert!(matches!(err, InventoryError::Unavailable { .. }), "{code}: {err}");
    }
}

#[tokio::test]
async fn a_404_that_is_not_about_the_object_is_not_absence() {
    // A proxy in between, or a server that lists a kind and does not serve it.
    for body in [
        json!("404 page not found"),
        json!({ "kind": "Status", "reason": "NotFound" }),
        json!({ "kind": "Status", "reason": "NotFound", "details": { "name": "other" } }),
    ] {
        let (_, cluster) = start(move |_, _| Reply(404, None, body.clone()));
        let live = cluster.differ().live(config_map().id()).await;
        assert!(matches!(live, Ok(Live::Unknown { .. })), "{live:?}");
        let err = cluster.applier().apply(&update()).await.unwrap_err();
        assert!(matches!(err, ApplyError::Missing { .. }), "{err}");
    }
}

#[tokio::test]
async fn refusals_are_told_as_such() {
    for code in [401, 403] {
        let (_, cluster) = start(move |_, _| status(code, "Forbidden", &json!({})));
        let err = cluster.differ().live(config_map().id()).await.unwrap_err();
        assert!(matches!(err, DiffError::Denied { .. }), "{err}");
        let err = cluster.differ().diff(&config_map(), &[]).await.unwrap_err();
        assert!(matches!(err, DiffError::Denied { .. }), "{err}");
        let err = cluster.applier().apply(&update()).await.unwrap_err();
        assert!(matches!(err, ApplyError::Denied { .. }), "{err}");
        let err = cluster.inventory("web", "a").load().await.unwrap_err();
        assert!(matches!(err, InventoryError::Denied { .. }), "{err}");
        assert!(error::chain(&err).contains("Forbidden!"), "{}", error::chain(&err));
    }
}
