//! What the applier does.

use gitops_core::{Applier as _, ApplyError, Change, Differ as _, Live, Outcome};
use serde_json::json;

use crate::{on_every_server, world::fields};

const PATH: &str = "/api/v1/namespaces/{ns}/configmaps/a";

on_every_server! {
    async fn creating_twice_creates_once(world: World) {
        let create = world.diff(&world.config_map("a", json!({ "a": "1" }))).await;
        assert_eq!(world.applier.apply(&create).await.unwrap(), Outcome::Created);
        assert_eq!(world.applier.apply(&create).await.unwrap(), Outcome::Unchanged);
    }

    async fn what_somebody_else_made_meanwhile_is_left_alone(world: World) {
        let create = world.diff(&world.config_map("a", json!({ "a": "1" }))).await;
        let theirs = world.config_map("a", json!({ "b": "2" }));
        let before = world.seize(PATH, "rival", &theirs).await;
        let err = world.applier.apply(&create).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");
        assert_eq!(world.get(PATH).await, before);
    }

    async fn an_update_insists_on_what_was_compared(world: World) {
        world.deliver(&world.config_map("a", json!({ "a": "1" }))).await;
        let update = world.diff(&world.config_map("a", json!({ "a": "2" }))).await;
        let before = world.edit(PATH, "rival", json!({ "data": { "b": "x" } })).await;
        let err = world.applier.apply(&update).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");
        assert_eq!(world.get(PATH).await, before);

        let update = world.diff(&world.config_map("a", json!({ "a": "2" }))).await;
        world.edit(PATH, "rival", json!({ "data": { "a": "3" } })).await;
        let err = world.applier.apply(&update).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");

        world.delete(PATH).await;
        let err = world.applier.apply(&update).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");
        assert!(matches!(world.differ.live(update.id()).await, Ok(Live::Absent)));

        world.seize(PATH, "rival", &world.config_map("a", json!({}))).await;
        let err = world.applier.apply(&update).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");
    }

    async fn a_deletion_insists_on_what_was_seen(world: World) {
        let desired = world.config_map("a", json!({ "a": "1" }));
        world.deliver(&desired).await;
        let Ok(Live::Present(live)) = world.differ.live(desired.id()).await else {
            panic!("it is not there");
        };
        let delete = Change::Delete { id: desired.id().clone(), live: live.pin };
        world.delete(PATH).await;
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Unchanged);
        world.deliver(&desired).await;
        let err = world.applier.apply(&delete).await.unwrap_err();
        assert!(matches!(err, ApplyError::Stale { .. }), "{err}");

        let Ok(Live::Present(live)) = world.differ.live(desired.id()).await else {
            panic!("it is not there");
        };
        let delete = Change::Delete { id: desired.id().clone(), live: live.pin };
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Deleted);
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Unchanged);
    }

    async fn a_finalizer_holds_what_is_deleted(world: World) {
        let desired = world.object(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "a", "finalizers": ["example.com/hold"] },
        }));
        world.deliver(&desired).await;
        let Ok(Live::Present(live)) = world.differ.live(desired.id()).await else {
            panic!("it is not there");
        };
        let delete = Change::Delete { id: desired.id().clone(), live: live.pin };
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Terminating);
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Terminating);
        let Ok(Live::Present(live)) = world.differ.live(desired.id()).await else {
            panic!("it is not there");
        };
        assert!(live.deleting);
        world.edit(PATH, "rival", json!({ "metadata": { "finalizers": null } })).await;
        assert_eq!(world.applier.apply(&delete).await.unwrap(), Outcome::Unchanged);
    }

    async fn fields_owned_by_two_stay(world: World) {
        let both = world.config_map("a", json!({ "a": "1", "b": "2" }));
        world.deliver(&both).await;
        world.seize(PATH, "rival", &world.config_map("a", json!({ "b": "2" }))).await;
        let desired = world.config_map("a", json!({ "a": "1" }));
        let change = world.diff(&desired).await;
        assert_eq!(fields(&change), "data.b: \"2\" -> \"2\" ours held by rival\n");
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert_eq!(world.get(PATH).await["data"], json!({ "a": "1", "b": "2" }));
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }
}
