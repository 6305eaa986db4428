//! Fields that others own.

use gitops_core::{Applier as _, ApplyError, Change, DiffError, Outcome, error};
use serde_json::json;

use crate::{on_every_server, world::fields};

on_every_server! {
    async fn conflicts_name_paths_and_managers(world: World) {
        let theirs = world.object(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "a", "labels": { "app.kubernetes.io/name": "x" } },
            "data": { "a": "1" },
        }));
        world.seize("/api/v1/namespaces/{ns}/configmaps/a", "alice", &theirs).await;
        let patch = json!({ "data": { "b.c": "1" } });
        world.edit("/api/v1/namespaces/{ns}/configmaps/a", "bob", patch).await;
        let desired = world.object(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "a", "labels": { "app.kubernetes.io/name": "y" } },
            "data": { "a": "2", "b.c": "2" },
        }));
        let DiffError::Conflict { conflicts, .. } = world.diff_error(&desired).await else {
            panic!("no conflict");
        };
        let told: Vec<_> = conflicts.iter().map(|c| format!("{} {}", c.path, c.manager)).collect();
        assert_eq!(told, [
            "data.a alice",
            r#"data["b.c"] bob"#,
            r#"metadata.labels["app.kubernetes.io/name"] alice"#,
        ]);
    }

    async fn our_own_updates_are_no_conflict(world: World) {
        let path = "/api/v1/namespaces/{ns}/configmaps/a";
        let desired = world.config_map("a", json!({ "a": "1" }));
        world.deliver(&desired).await;
        world.edit(path, "gitops", json!({ "data": { "a": "2" } })).await;
        assert_eq!(fields(&world.diff(&desired).await), "data.a: \"2\" -> \"1\" ours\n");
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn nothing_is_forced(world: World) {
        let path = "/api/v1/namespaces/{ns}/configmaps/a";
        let before = world.seize(path, "alice", &world.config_map("a", json!({ "a": "1" }))).await;
        let desired = world.config_map("a", json!({ "a": "2", "b": "2" }));
        let text = |key: &str| before["metadata"][key].as_str().unwrap().to_owned();
        let live = gitops_core::Pin { uid: text("uid"), resource_version: text("resourceVersion") };
        let change = Change::Update { desired, live, fields: Vec::new(), takes: Vec::new() };
        let err = world.applier.apply(&change).await.unwrap_err();
        assert!(matches!(err, ApplyError::Conflict { .. }), "{}", error::chain(&err));
        assert_eq!(world.get(path).await, before);
    }

    async fn fields_are_taken_from_whom_we_are_told(world: World) {
        let path = "/api/v1/namespaces/{ns}/configmaps/a";
        let desired = world.config_map("a", json!({ "a": "1", "b": "1" }));
        world.deliver(&desired).await;
        world.edit(path, "bob", json!({ "data": { "a": "2" } })).await;
        assert!(matches!(world.diff_error(&desired).await, DiffError::Conflict { .. }));
        let change = world.diff_taking(&desired, "bob").await.unwrap();
        assert_eq!(fields(&change), "data.a: \"2\" -> \"1\" held by bob\n");
        // A conflict that came up since it was compared is not taken along.
        world.edit(path, "alice", json!({ "data": { "b": "2" } })).await;
        let err = world.applier.apply(&change).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{}", error::chain(&err));
        let DiffError::Conflict { conflicts, .. } = world.diff_taking(&desired, "bob").await.unwrap_err() else {
            panic!("no conflict");
        };
        assert!(conflicts.iter().any(|conflict| conflict.manager == "alice"), "{conflicts:?}");
        world.edit(path, "bob", json!({ "data": { "b": "3" } })).await;
        let change = world.diff_taking(&desired, "bob").await.unwrap();
        assert_eq!(world.applier.apply(&change).await.unwrap(), Outcome::Updated);
        assert_eq!(world.get(path).await["data"], json!({ "a": "1", "b": "1" }));
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }
}
