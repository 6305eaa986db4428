//! Kinds and namespaces that are not there yet, or no more.

use gitops_core::{
    After, Applier as _, ApplyError, Change, Differ as _, Live, Object, Outcome, Pin, Scope,
};
use serde_json::{Value, json};

use crate::{on_every_server, world::World};

fn definition(group: &str) -> Object {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("widgets.{group}") },
        "spec": {
            "group": group,
            "names": { "kind": "Widget", "plural": "widgets", "singular": "widget" },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                    "spec": { "type": "object", "properties": {
                        "size": { "type": "integer", "default": 3 },
                        "color": { "type": "string" },
                    } },
                    "status": { "type": "object", "properties": { "ok": { "type": "boolean" } } },
                } } },
            }],
        },
    });
    Object::try_from(definition).unwrap()
}

fn widget(world: &World, group: &str) -> Object {
    world.object(json!({
        "apiVersion": format!("{group}/v1"), "kind": "Widget",
        "metadata": { "name": "w" }, "spec": { "color": "red" }, "status": { "ok": true },
    }))
}

// The server takes a moment to serve what a definition brings.
async fn served(world: &World, group: &str) {
    let list = format!("/apis/{group}/v1/namespaces/{{ns}}/widgets");
    for _ in 0..10_000 {
        let groups = world.get("/apis").await.to_string();
        if groups.contains(group) && world.serves(&list).await {
            return;
        }
    }
    panic!("{list} is never served");
}

on_every_server! {
    async fn a_kind_appears_with_its_definition(world: World) {
        let group = format!("{}.example.com", world.namespace);
        let desired = widget(&world, &group);
        assert_eq!(world.differ.scope(desired.kind()).await.unwrap(), Scope::Unknown);
        let kind = After::Kind { group: group.clone(), kind: "Widget".to_owned() };
        let change = world.diff(&desired).await;
        let Change::Create { after, .. } = &change else { panic!("{change:?}") };
        assert_eq!(after, &Some(kind));
        let err = world.applier.apply(&change).await.unwrap_err();
        assert!(matches!(err, ApplyError::Missing { .. }), "{err}");
        let pin = Pin { uid: "u".to_owned(), resource_version: "1".to_owned() };
        let delete = Change::Delete { id: desired.id().clone(), live: pin };
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Unchanged);
        assert!(matches!(world.differ.live(desired.id()).await, Ok(Live::Absent)));

        world.deliver(&definition(&group)).await;
        served(&world, &group).await;
        let scope = world.differ.scope(desired.kind()).await.unwrap();
        assert_eq!(scope, Scope::Namespaced);
        assert_eq!(world.deliver(&desired).await, Outcome::Created);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));

        // Without a status of its own, status is a field like any other.
        let path = format!("/apis/{group}/v1/namespaces/{{ns}}/widgets/w");
        world.edit(&path, "rival", json!({ "status": null })).await;
        let change = world.diff(&desired).await;
        assert_eq!(crate::world::fields(&change), "status.ok: - -> true\n");

        let definition = format!(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}"
        );
        world.delete(&definition).await;
        let list = format!("/apis/{group}/v1/namespaces/{{ns}}/widgets");
        for _ in 0..10_000 {
            let groups = world.get("/apis").await.to_string();
            if !groups.contains(&group) && !world.serves(&list).await {
                let live = world.differ.live(desired.id()).await;
                assert!(matches!(live, Ok(Live::Absent)), "{live:?}");
                return;
            }
        }
        panic!("{list} is served for ever");
    }

    async fn a_namespace_may_be_missing(world: World) {
        let mut value: Value = world.config_map("a", json!({})).value().clone();
        value["metadata"]["namespace"] = format!("{}-no", world.namespace).into();
        let desired = Object::try_from(value).unwrap();
        let change = world.diff(&desired).await;
        let Change::Create { after, .. } = &change else { panic!("{change:?}") };
        assert_eq!(after, &Some(After::Namespace(format!("{}-no", world.namespace))));
        let err = world.applier.apply(&change).await.unwrap_err();
        assert!(matches!(err, ApplyError::Missing { .. }), "{err}");
        assert!(matches!(world.differ.live(desired.id()).await, Ok(Live::Absent)));
    }

    async fn a_namespace_may_be_on_its_way_out(world: World) {
        // A finalizer of its own keeps it there, whoever empties it.
        let name = format!("{}-out", world.namespace);
        let namespace = Object::try_from(json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": name, "finalizers": ["example.com/hold"] },
        }));
        let namespace = namespace.unwrap();
        world.deliver(&namespace).await;
        let Ok(Live::Present(live)) = world.differ.live(namespace.id()).await else {
            panic!("it is not there");
        };
        let delete = Change::Delete { id: namespace.id().clone(), live: live.pin };
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Terminating);
        let mut value: Value = world.config_map("a", json!({})).value().clone();
        value["metadata"]["namespace"] = name.clone().into();
        let desired = Object::try_from(value).unwrap();
        let change = world.diff(&desired).await;
        let Change::Create { after, .. } = &change else { panic!("{change:?}") };
        assert_eq!(after, &Some(After::Namespace(name)));
        let err = world.applier.apply(&change).await.unwrap_err();
        assert!(matches!(err, ApplyError::Missing { .. }), "{err}");
    }

    async fn cluster_wide_kinds_have_no_namespace(world: World) {
        let desired = Object::try_from(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": { "name": format!("{}:reader", world.namespace), "namespace": "x" },
            "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }],
        }));
        let desired = desired.unwrap();
        assert_eq!(world.differ.scope(desired.kind()).await.unwrap(), Scope::Cluster);
        assert_eq!(world.deliver(&desired).await, Outcome::Created);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }
}
