//! What the server says it serves.

use gitops_core::{After, Change, DiffError, Differ as _, Kind, Live, Object, ObjectId, Scope};
use gitops_kube::{ClusterOptions, KubeCluster, REFRESH_BURST_MAX, REFRESH_INTERVAL};
use serde_json::{Value, json};

use crate::script::{Reply, Script, ok, status};

fn start(
    answer: impl Fn(&str, usize) -> Reply + Clone + Send + Sync + 'static,
) -> (Script, KubeCluster) {
    Script::start(ClusterOptions::default(), move |line, before| {
        answer(line.strip_prefix("GET ").unwrap(), before)
    })
}

async fn scope(cluster: &KubeCluster, api_version: &str, kind: &str) -> Result<Scope, DiffError> {
    cluster.differ().scope(&Kind::new(api_version, kind)).await
}

fn aggregated(group: &str, freshness: &str, resources: &Value) -> Value {
    json!({ "kind": "APIGroupDiscoveryList", "items": [{
        "metadata": { "name": group },
        "versions": [{ "version": "v1", "freshness": freshness, "resources": resources }],
    }] })
}

fn resource(name: &str, kind: &str, scope: &str) -> Value {
    json!({ "resource": name, "responseKind": { "kind": kind }, "scope": scope })
}

#[tokio::test]
async fn both_forms_are_understood() {
    let (script, cluster) = start(|path, _| match path {
        "/api" => ok(aggregated("", "Current", &json!([resource("pods", "Pod", "Namespaced")]))),
        "/apis" => ok(json!({ "kind": "APIGroupList", "groups": [{
            "name": "apps",
            "versions": [{ "version": "v1beta1" }, { "version": "v1" }],
            "preferredVersion": { "version": "v1" },
        }] })),
        "/apis/apps/v1" => ok(json!({ "resources": [
            { "name": "deployments", "namespaced": true, "kind": "Deployment" },
            { "name": "deployments/scale", "namespaced": true, "kind": "Scale" },
        ] })),
        "/apis/apps/v1beta1" => ok(json!({ "resources": [
            { "name": "deployments", "namespaced": true, "kind": "Deployment" },
            { "name": "nodes", "namespaced": false, "kind": "Old" },
        ] })),
        path => status(404, "NotFound", &json!({ "name": path.rsplit('/').next().unwrap() })),
    });
    assert_eq!(scope(&cluster, "v1", "Pod").await.unwrap(), Scope::Namespaced);
    assert_eq!(scope(&cluster, "apps/v1", "Deployment").await.unwrap(), Scope::Namespaced);
    assert_eq!(scope(&cluster, "apps/v1beta1", "Old").await.unwrap(), Scope::Cluster);
    assert_eq!(script.count("GET /apis"), 1);
    assert_eq!(scope(&cluster, "apps/v1", "Scale").await.unwrap(), Scope::Unknown);
    let id = ObjectId {
        group: "apps".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some("web".to_owned()),
        name: "a".to_owned(),
    };
    let live = cluster.differ().live(&id).await;
    assert!(matches!(live, Ok(Live::Absent)), "{live:?}");
    assert_eq!(script.count("GET /apis/apps/v1/namespaces/web/deployments/a"), 1);
}

#[tokio::test]
async fn a_group_that_does_not_answer_hides_nothing() {
    let stale = |path: &str, _| match path {
        "/api" => ok(aggregated("", "Current", &json!([]))),
        "/apis" => ok(aggregated("metrics.example.com", "Stale", &json!([]))),
        path => panic!("{path} was asked"),
    };
    let silent = |path: &str, _| match path {
        "/api" => ok(json!({ "kind": "APIVersions", "versions": [] })),
        "/apis" => ok(json!({ "kind": "APIGroupList", "groups": [
            { "name": "metrics.example.com", "versions": [{ "version": "v1" }] },
        ] })),
        _ => status(503, "ServiceUnavailable", &json!({})),
    };
    for cluster in [start(stale).1, start(silent).1] {
        let err = scope(&cluster, "metrics.example.com/v1", "Metric").await.unwrap_err();
        assert!(matches!(err, DiffError::Discovery { .. }), "{err}");
        assert!(err.is_transient());
        let id = ObjectId {
            group: "metrics.example.com".to_owned(),
            kind: "Metric".to_owned(),
            namespace: None,
            name: "a".to_owned(),
        };
        let live = cluster.differ().live(&id).await;
        assert!(matches!(live, Ok(Live::Unknown { .. })), "{live:?}");
        // The others are as certain as ever.
        let found = scope(&cluster, "other.example.com/v1", "Metric").await;
        assert_eq!(found.unwrap(), Scope::Unknown);
    }
}

#[tokio::test]
async fn discovery_that_fails_hides_nothing() {
    for answer in [Reply(500, None, json!("boom")), ok(json!("no json")), ok(json!({}))] {
        let Reply(code, _, body) = answer;
        let (_, cluster) = start(move |_, _| Reply(code, None, body.clone()));
        let err = scope(&cluster, "v1", "Pod").await.unwrap_err();
        assert!(matches!(err, DiffError::Discovery { .. }), "{err}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_looked_for_again_but_only_so_often() {
    let (script, cluster) = start(|path, before| match (path, before) {
        ("/api", 7..) => {
            ok(aggregated("", "Current", &json!([resource("pods", "Pod", "Namespaced")])))
        }
        ("/api", _) => ok(aggregated("", "Current", &json!([]))),
        _ => ok(json!({ "kind": "APIGroupDiscoveryList", "items": [] })),
    });
    for _ in 0..100 {
        assert_eq!(scope(&cluster, "v1", "Pod").await.unwrap(), Scope::Unknown);
    }
    // The first, and one for each kind that is missing until the burst is used up.
    assert_eq!(script.count("GET /api"), 1 + REFRESH_BURST_MAX as usize);
    tokio::time::sleep(REFRESH_INTERVAL).await;
    assert_eq!(scope(&cluster, "v1", "Pod").await.unwrap(), Scope::Unknown);
    assert_eq!(script.count("GET /api"), 2 + REFRESH_BURST_MAX as usize);
    tokio::time::sleep(REFRESH_INTERVAL).await;
    assert_eq!(scope(&cluster, "v1", "Pod").await.unwrap(), Scope::Namespaced);
}

#[tokio::test]
async fn many_who_look_ask_once() {
    let (script, cluster) = start(|path, _| match path {
        "/api" => ok(aggregated("", "Current", &json!([resource("pods", "Pod", "Namespaced")]))),
        _ => ok(json!({ "kind": "APIGroupDiscoveryList", "items": [] })),
    });
    let all = (0..50).map(|_| scope(&cluster, "v1", "Pod"));
    for found in futures_util::future::join_all(all).await {
        assert_eq!(found.unwrap(), Scope::Namespaced);
    }
    assert_eq!(script.count("GET /api"), 1);
}

#[tokio::test]
async fn a_server_that_denies_what_it_lists_is_not_asked_for_ever() {
    let (script, cluster) = start(|path, _| match path {
        "/api" => ok(aggregated("", "Current", &json!([resource("pods", "Pod", "Namespaced")]))),
        "/apis" => ok(json!({ "kind": "APIGroupDiscoveryList", "items": [] })),
        _ => Reply(404, None, json!("404 page not found")),
    });
    let pod = Object::try_from(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "namespace": "web", "name": "a" },
    }));
    let pod = pod.unwrap();
    for _ in 0..50 {
        let change = cluster.differ().diff(&pod, &[]).await.unwrap();
        assert!(matches!(change, Change::Create { after: Some(After::Kind { .. }), .. }));
        let live = cluster.differ().live(pod.id()).await;
        assert!(matches!(live, Ok(Live::Unknown { .. })), "{live:?}");
    }
    assert_eq!(script.count("GET /api"), 1 + REFRESH_BURST_MAX as usize);
}
