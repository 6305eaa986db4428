//! The cluster in memory behaves as an API server does.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::{
    Applier, ApplyError, Change, Conflict, DiffError, Differ, Live, Object, ObjectId, Outcome,
    RenderError, Renderer, Tree,
    memory::{MEMORY_OBJECTS_MAX, MemoryCluster, MemoryRenderer},
};
use proptest::{collection::btree_map, prelude::*};
use serde_json::{Value, json};

fn object(value: Value) -> Object {
    Object::try_from(value).unwrap()
}

fn namespace(name: &str) -> Object {
    object(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }))
}

fn in_shop(api_version: &str, kind: &str, mut rest: Value) -> Object {
    rest["apiVersion"] = json!(api_version);
    rest["kind"] = json!(kind);
    rest["metadata"]["namespace"] = json!("shop");
    rest["metadata"]["name"] = json!("a");
    object(rest)
}

fn deployment(containers: Value) -> Object {
    let mut spec = json!({ "selector": {}, "template": { "spec": {} } });
    spec["template"]["spec"]["containers"] = containers;
    in_shop("apps/v1", "Deployment", json!({ "spec": spec }))
}

async fn deliver(cluster: &MemoryCluster, desired: &Object) -> Outcome {
    let change = cluster.diff(desired, &[]).await.unwrap();
    cluster.apply(&change).await.unwrap()
}

/// Delivers, and takes what others own.
async fn take(cluster: &MemoryCluster, desired: &Object) -> Outcome {
    let change = match cluster.diff(desired, &[]).await {
        Err(DiffError::Conflict { conflicts, .. }) => {
            cluster.diff(desired, &conflicts).await.unwrap()
        }
        change => change.unwrap(),
    };
    cluster.apply(&change).await.unwrap()
}

async fn shop() -> MemoryCluster {
    let cluster = MemoryCluster::new();
    deliver(&cluster, &namespace("shop")).await;
    cluster
}

async fn delete(cluster: &MemoryCluster, id: &ObjectId) -> Outcome {
    let Live::Present(live) = Differ::live(cluster, id).await.unwrap() else { panic!("{id}") };
    cluster.apply(&Change::Delete { id: id.clone(), live: live.pin }).await.unwrap()
}

fn containers(cluster: &MemoryCluster, id: &ObjectId) -> Value {
    cluster.live()[id].value()["spec"]["template"]["spec"]["containers"].clone()
}

#[tokio::test]
async fn lists_of_named_items_are_merged_by_name() {
    let cluster = shop().await;
    let rival = cluster.with_manager("mesh");
    let ours = deployment(json!([{ "name": "web", "image": "web:1" }]));
    deliver(&cluster, &ours).await;
    let theirs = deployment(json!([{ "name": "proxy", "image": "proxy:1" }, { "name": "web" }]));
    deliver(&rival, &theirs).await;
    let both =
        json!([{ "name": "web", "image": "web:1" }, { "name": "proxy", "image": "proxy:1" }]);
    assert_eq!(containers(&cluster, ours.id()), both);
    // The item that we drop keeps its name, for they hold it too.
    let next = deployment(json!([{ "name": "api", "image": "api:1" }]));
    let change = cluster.diff(&next, &[]).await.unwrap();
    let paths: Vec<_> = change.fields().iter().map(|field| field.path.as_str()).collect();
    let at = "spec.template.spec.containers";
    let expected = ["[name=api]", "[name=api].image", "[name=web]", "[name=web].image"];
    assert_eq!(paths, expected.map(|item| format!("{at}{item}")));
    cluster.apply(&change).await.unwrap();
    assert_eq!(
        containers(&cluster, ours.id()),
        json!([
            { "name": "web" },
            { "name": "proxy", "image": "proxy:1" },
            { "name": "api", "image": "api:1" },
        ])
    );
    assert_eq!(cluster.diff(&next, &[]).await.unwrap().verb(), "unchanged");
}

#[tokio::test]
async fn other_lists_are_one_value() {
    let cluster = shop().await;
    let role = |verbs: Value| {
        in_shop("rbac.authorization.k8s.io/v1", "Role", json!({ "rules": [{ "verbs": verbs }] }))
    };
    deliver(&cluster, &role(json!(["get"]))).await;
    let rival = cluster.with_manager("rival");
    match rival.diff(&role(json!(["list"])), &[]).await {
        Err(DiffError::Conflict { conflicts, .. }) => {
            let conflict = Conflict { path: "rules".to_owned(), manager: "gitops".to_owned() };
            assert_eq!(conflicts, [conflict]);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_what_may_be_taken_is_taken() {
    let cluster = shop().await;
    let desired = in_shop("v1", "ConfigMap", json!({ "data": { "a": "ours" } }));
    deliver(&cluster, &desired).await;
    cluster.rival_set(desired.id(), "data.a", json!("theirs"), "kubectl-edit");
    assert_eq!(cluster.owners(desired.id(), "data.a"), ["kubectl-edit"]);
    for (path, manager) in [("data.b", "kubectl-edit"), ("data.a", "hpa")] {
        let other = Conflict { path: path.to_owned(), manager: manager.to_owned() };
        let err = cluster.diff(&desired, &[other]).await.unwrap_err();
        assert!(matches!(err, DiffError::Conflict { .. }), "{err:?}");
    }
    assert_eq!(take(&cluster, &desired).await, Outcome::Updated);
    assert_eq!(cluster.owners(desired.id(), "data.a"), ["gitops"]);
}

#[tokio::test]
async fn equal_fields_are_shared() {
    let cluster = shop().await;
    let desired = in_shop("v1", "ConfigMap", json!({ "data": { "a": "same" } }));
    deliver(&cluster.with_manager("first"), &desired).await;
    let change = cluster.diff(&desired, &[]).await.unwrap();
    // Nothing looks different, yet applying makes us an owner.
    let [field] = change.fields() else { panic!("{change:?}") };
    assert_eq!((&field.before, field.ours), (&field.after, false));
    assert_eq!(cluster.apply(&change).await.unwrap(), Outcome::Updated);
    assert_eq!(cluster.owners(desired.id(), "data.a"), ["first", "gitops"]);
    assert_eq!(deliver(&cluster, &desired).await, Outcome::Unchanged);
}

#[tokio::test]
async fn keys_with_dots_are_quoted_in_paths() {
    let cluster = shop().await;
    let key = "example.com/a";
    let annotated = |value: &str| {
        in_shop("v1", "ConfigMap", json!({ "metadata": { "annotations": { key: value } } }))
    };
    deliver(&cluster, &annotated("1")).await;
    let change = cluster.diff(&annotated("2"), &[]).await.unwrap();
    let path = change.fields()[0].path.clone();
    assert_eq!(path, "metadata.annotations[\"example.com/a\"]");
    cluster.rival_set(change.id(), &path, json!("3"), "rival");
    assert_eq!(cluster.owners(change.id(), &path), ["rival"]);
    assert_eq!(cluster.live()[change.id()].annotation(key), Some("3"));
}

#[tokio::test]
async fn namespaces_take_their_content_along() {
    let cluster = shop().await;
    let free = in_shop("v1", "ConfigMap", json!({}));
    let held = in_shop("v1", "Secret", json!({ "metadata": { "finalizers": ["example.com/x"] } }));
    deliver(&cluster, &free).await;
    deliver(&cluster, &held).await;
    let shop = namespace("shop");
    assert_eq!(delete(&cluster, shop.id()).await, Outcome::Terminating);
    let left: Vec<_> = cluster.live().into_keys().map(|id| id.to_string()).collect();
    assert_eq!(left, ["Namespace/shop", "Secret/shop/a"]);
    // A namespace on its way out takes nothing in.
    let change = cluster.diff(&free, &[]).await.unwrap();
    assert!(matches!(&change, Change::Create { after: Some(_), .. }), "{change:?}");
    assert!(matches!(cluster.apply(&change).await, Err(ApplyError::Missing { .. })));
    cluster.rival_patch(held.id(), &json!({ "metadata": { "finalizers": null } }), "controller");
    assert_eq!(cluster.live().len(), 0, "nothing holds the namespace any more");
}

#[tokio::test]
async fn definitions_take_their_objects_along() {
    let cluster = shop().await;
    let definition = object(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": { "kind": "Widget" },
            "versions": [{ "name": "v1" }, { "name": "v1alpha1", "served": false }],
        },
    }));
    let widget = in_shop("example.com/v1", "Widget", json!({}));
    deliver(&cluster, &definition).await;
    assert_eq!(deliver(&cluster, &widget).await, Outcome::Created);
    let old = in_shop("example.com/v1alpha1", "Widget", json!({}));
    let change = cluster.diff(&old, &[]).await.unwrap();
    assert!(!matches!(change, Change::Create { after: None, .. }), "{change:?}");
    assert_eq!(delete(&cluster, definition.id()).await, Outcome::Deleted);
    assert!(!cluster.live().contains_key(widget.id()));
}

#[tokio::test]
async fn objects_are_in_a_namespace_or_not_as_their_kind_is() {
    let cluster = shop().await;
    let nowhere = object(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" },
    }));
    let somewhere = in_shop("v1", "Namespace", json!({}));
    for desired in [nowhere, somewhere] {
        let err = cluster.diff(&desired, &[]).await.unwrap_err();
        assert!(matches!(err, DiffError::Invalid { .. }), "{err:?}");
    }
}

#[tokio::test]
async fn writes_are_counted_by_manager() {
    let cluster = shop().await;
    let rival = cluster.with_manager("rival");
    let desired = in_shop("v1", "ConfigMap", json!({ "data": { "a": "1" } }));
    for _ in 0..3 {
        deliver(&cluster, &desired).await;
    }
    assert_eq!((cluster.writes(), rival.writes()), (2, 0));
    delete(&rival, desired.id()).await;
    assert_eq!((cluster.writes(), rival.writes()), (2, 1));
}

#[tokio::test]
async fn renderer_stops_at_its_limit() {
    let list = |count: usize| {
        let object = |index: usize| {
            let metadata = json!({ "name": index.to_string() });
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata })
        };
        let list = Value::Array((0..count).map(object).collect());
        Tree::from_files([("all.json", list.to_string())]).unwrap()
    };
    let rendered = MemoryRenderer.render(&list(MEMORY_OBJECTS_MAX)).await.unwrap();
    assert_eq!(rendered.len(), MEMORY_OBJECTS_MAX);
    match MemoryRenderer.render(&list(MEMORY_OBJECTS_MAX + 1)).await {
        Err(RenderError::Limit { limit, .. }) => assert_eq!(limit, "MEMORY_OBJECTS_MAX"),
        other => panic!("expected a limit, got {:?}", other.map(|objects| objects.len())),
    }
}

/// Some data of a `ConfigMap`, partly nested in annotations.
fn any_desired() -> impl Strategy<Value = Object> {
    let key = prop::sample::select(vec!["a", "b", "c"]);
    let value = prop::sample::select(vec!["1", "2"]);
    let containers = btree_map(key.clone(), value.clone(), 0..3);
    (btree_map(key, value, 0..4), containers).prop_map(|(labels, containers)| {
        let containers =
            containers.iter().map(|(name, image)| json!({ "name": name, "image": image }));
        let mut desired = deployment(Value::Array(containers.collect())).value().clone();
        desired["metadata"]["labels"] = json!(labels);
        object(desired)
    })
}

/// What somebody does.
#[derive(Clone, Debug)]
enum Step {
    Apply(Object),
    RivalApplies(Object),
    RivalEdits(&'static str, &'static str),
}

fn any_step() -> impl Strategy<Value = Step> {
    let path = prop::sample::select(vec!["metadata.labels.a", "metadata.labels.z", "spec.x"]);
    prop_oneof![
        any_desired().prop_map(Step::Apply),
        any_desired().prop_map(Step::RivalApplies),
        (path, prop::sample::select(vec!["1", "9"])).prop_map(|(at, to)| Step::RivalEdits(at, to)),
    ]
}

proptest! {
    #[test]
    fn applied_fields_are_live_and_owned_and_the_second_time_writes_nothing(
        steps in prop::collection::vec(any_step(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cluster = shop().await;
            let rival = cluster.with_manager("rival");
            for step in steps {
                match step {
                    Step::RivalApplies(object) => drop(take(&rival, &object).await),
                    Step::RivalEdits(path, value) => {
                        let id = deployment(json!([])).id().clone();
                        cluster.rival_set(&id, path, json!(value), "editor");
                    }
                    Step::Apply(desired) => {
                        take(&cluster, &desired).await;
                        let writes = cluster.writes();
                        assert_eq!(deliver(&cluster, &desired).await, Outcome::Unchanged);
                        assert_eq!(cluster.writes(), writes);
                        let live = &cluster.live()[desired.id()];
                        let labels = desired.value()["metadata"]["labels"].as_object().unwrap();
                        for (key, value) in labels {
                            assert_eq!(live.label(key), value.as_str());
                            let owners =
                                cluster.owners(desired.id(), &format!("metadata.labels.{key}"));
                            assert!(owners.contains(&"gitops".to_owned()), "{key}: {owners:?}");
                        }
                        let found = containers(&cluster, desired.id());
                        let wanted = &desired.value()["spec"]["template"]["spec"]["containers"];
                        for container in wanted.as_array().unwrap() {
                            assert!(found.as_array().unwrap().contains(container), "{found}");
                        }
                    }
                }
            }
        });
    }
}
