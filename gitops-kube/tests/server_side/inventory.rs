//! The inventory in the cluster.

use expect_test::expect;
use gitops_core::{
    Claim, Digest, Inventory, InventoryError, InventoryStore as _, ObjectId, Owner, Revision,
    Version,
};
use gitops_kube::INVENTORY_BYTES_MAX;
use serde_json::json;

use crate::on_every_server;

const PATH: &str = "/api/v1/namespaces/{ns}/configmaps/shop";

fn id(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectId {
    ObjectId {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

fn claims() -> Inventory {
    let mut inventory = Inventory::default();
    inventory.claim(id("", "ConfigMap", Some("web"), "b"));
    inventory.applied(id("", "ConfigMap", Some("web"), "a"), Digest::of("a"));
    inventory.claim(id("apps", "Deployment", Some("db"), "a"));
    inventory.claim(id("", "Namespace", None, "web"));
    inventory
}

on_every_server! {
    async fn it_is_an_apply_set_that_kubectl_knows(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        let mut inventory = claims();
        inventory.claim(id("", "Secret", Some(&world.namespace), "s"));
        store.save(&inventory, &Version::default()).await.unwrap();
        let stored = world.get(PATH).await;
        let owner = Owner::new("shop", &world.namespace, "ConfigMap", "");
        assert_eq!(store.owner(), &owner);
        let metadata = &stored["metadata"];
        assert_eq!(metadata["labels"], json!({ "applyset.kubernetes.io/id": owner.as_str() }));
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            metadata["annotations"],
            json!({
                "applyset.kubernetes.io/tooling": format!("gitops/v{version}"),
                "applyset.kubernetes.io/contains-group-kinds":
                    "ConfigMap,Deployment.apps,Namespace,Secret",
                "applyset.kubernetes.io/additional-namespaces": "db,web",
            })
        );
        let lines = stored["data"]["claims"].as_str().unwrap();
        expect![[r#"
            {"kind":"ConfigMap","namespace":"web","objects":{"a":"{sha256 of a}","b":null}}
            {"kind":"Namespace","objects":{"web":null}}
            {"kind":"Secret","namespace":"{ns}","objects":{"s":null}}
            {"group":"apps","kind":"Deployment","namespace":"db","objects":{"a":null}}
        "#]]
        .assert_eq(
            &lines
                .replace(&world.namespace, "{ns}")
                .replace("ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs", "{sha256 of a}"),
        );
    }

    async fn what_is_saved_is_loaded(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        assert_eq!(store.load().await.unwrap(), (Inventory::default(), Version::default()));
        let mut inventory = claims();
        let first = store.save(&inventory, &Version::default()).await.unwrap();
        assert_eq!(store.load().await.unwrap(), (inventory.clone(), first.clone()));
        inventory.revision = Some("v1".parse::<Revision>().unwrap());
        let second = store.save(&inventory, &first).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(store.load().await.unwrap(), (inventory.clone(), second.clone()));
        assert_eq!(store.save(&inventory, &second).await.unwrap(), second);
        assert_eq!(store.load().await.unwrap().1, second);
    }

    async fn an_outdated_save_stores_nothing(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        let first = store.save(&claims(), &Version::default()).await.unwrap();
        let refused = async |inventory: &Inventory, version: &Version| {
            let before = world.get(PATH).await;
            let err = store.save(inventory, version).await.unwrap_err();
            assert!(matches!(err, InventoryError::Conflict { .. }), "{err}");
            assert_eq!(world.get(PATH).await, before);
        };
        refused(&Inventory::default(), &Version::default()).await;
        refused(&Inventory::default(), &Version("nonsense".to_owned())).await;
        store.save(&Inventory::default(), &first).await.unwrap();
        refused(&claims(), &first).await;
        refused(&Inventory::default(), &first).await;

        let (_, second) = store.load().await.unwrap();
        world.delete(PATH).await;
        let err = store.save(&claims(), &second).await.unwrap_err();
        assert!(matches!(err, InventoryError::Conflict { .. }), "{err}");
        assert_eq!(store.load().await.unwrap(), (Inventory::default(), Version::default()));
        store.save(&claims(), &Version::default()).await.unwrap();
        refused(&claims(), &second).await;
    }

    async fn what_others_wrote_beside_it_stays(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        store.save(&claims(), &Version::default()).await.unwrap();
        let patch = json!({ "metadata": { "labels": { "backup": "yes" } } });
        world.edit(PATH, "rival", patch).await;
        let (_, version) = store.load().await.unwrap();
        store.save(&Inventory::default(), &version).await.unwrap();
        assert_eq!(world.get(PATH).await["metadata"]["labels"]["backup"], "yes");
        // What they write into it is written over, once it was seen.
        world.edit(PATH, "rival", json!({ "data": { "claims": "" } })).await;
        let (_, version) = store.load().await.unwrap();
        store.save(&claims(), &version).await.unwrap();
        assert_eq!(store.load().await.unwrap().0, claims());
    }

    async fn what_is_no_inventory_of_ours_is_not_touched(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        let invalid = async |words: &str| {
            let err = store.load().await.unwrap_err();
            assert!(matches!(err, InventoryError::Invalid { .. }), "{err}");
            assert!(err.to_string().contains(words), "{err}");
        };
        world.seize(PATH, "rival", &world.config_map("shop", json!({ "claims": "" }))).await;
        invalid("it is no inventory").await;
        let err = store.save(&claims(), &Version::default()).await.unwrap_err();
        assert!(matches!(err, InventoryError::Conflict { .. }), "{err}");
        let tooling = |tool: &str| json!({ "applyset.kubernetes.io/tooling": tool });
        let annotated = |tool| json!({ "metadata": { "annotations": tooling(tool) } });
        world.edit(PATH, "rival", annotated("kubectl/v1.36.2")).await;
        invalid("it belongs to \"kubectl\"").await;
        world.edit(PATH, "rival", annotated("gitops/v0.0.1")).await;
        invalid("label applyset.kubernetes.io/id is missing").await;
        let id = store.owner().as_str();
        let patch = json!({
            "metadata": { "labels": { "applyset.kubernetes.io/id": id } },
            "data": { "claims": "{\"kind\":\"A\",\"objects\":{\"a\":null}}\n{\"kind\":1}" },
        });
        world.edit(PATH, "rival", patch).await;
        invalid("line 2 of its claims").await;
    }

    async fn it_needs_its_namespace(world: World) {
        let store = world.cluster.inventory(format!("{}-no", world.namespace), "shop");
        assert_eq!(store.load().await.unwrap(), (Inventory::default(), Version::default()));
        let err = store.save(&claims(), &Version::default()).await.unwrap_err();
        assert!(matches!(err, InventoryError::Invalid { .. }), "{err}");
        assert!(err.to_string().contains("create it first"), "{err}");
    }

    async fn it_holds_as_much_as_the_server_takes(world: World) {
        let store = world.cluster.inventory(&*world.namespace, "shop");
        let of = |count: usize| -> Inventory {
            let claim = Claim { applied: Some(Digest::of("a")) };
            let id = |at| id("apps", "Deployment", Some("web"), &format!("name-of-object-{at:05}"));
            (0..count).map(|at| (id(at), claim)).collect()
        };
        // A line opens with its group, kind and namespace; then come 69 bytes an object.
        let most = (INVENTORY_BYTES_MAX - 70) / 69;
        store.save(&of(most), &Version::default()).await.unwrap();
        assert_eq!(store.load().await.unwrap().0.len(), most);
        let (_, version) = store.load().await.unwrap();
        let err = store.save(&of(most + 1), &version).await.unwrap_err();
        assert!(matches!(err, InventoryError::Limit { .. }), "{err}");
    }
}
