//! What the differ says.

use expect_test::expect;
use gitops_core::{Change, DiffError, Differ as _, Live, Object, Outcome, error};
use gitops_kube::LIST_ITEMS_MAX;
use serde_json::json;

use crate::{on_every_server, world::fields};

fn deployment(image: &str) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web", "labels": { "app.kubernetes.io/name": "web" } },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{
                    "name": "app",
                    "image": image,
                    "args": ["--a"],
                    "ports": [{ "containerPort": 80 }],
                    "resources": { "limits": { "cpu": "1000m" } },
                }] },
            },
        },
    })
}

on_every_server! {
    async fn what_is_applied_is_unchanged(world: World) {
        let desired = world.object(deployment("app:1"));
        assert!(matches!(world.diff(&desired).await, Change::Create { after: None, .. }));
        assert_eq!(world.deliver(&desired).await, Outcome::Created);
        let change = world.diff(&desired).await;
        assert!(matches!(change, Change::Unchanged { .. }), "{change:?}");
    }

    async fn fields_are_named_by_the_keys_of_lists(world: World) {
        world.deliver(&world.object(deployment("app:1"))).await;
        let mut value = deployment("app:2");
        value["metadata"]["labels"]["app.kubernetes.io/name"] = "shop".into();
        let container = &mut value["spec"]["template"]["spec"]["containers"][0];
        container["args"] = json!(["--b"]);
        container["ports"] = json!([{ "containerPort": 80 }, { "containerPort": 81 }]);
        container["env"] = json!([{ "name": "A", "value": "b" }]);
        let change = world.diff(&world.object(value)).await;
        expect![[r#"
            metadata.labels["app.kubernetes.io/name"]: "web" -> "shop" ours
            {app}.args: ["--a"] -> ["--b"] ours
            {app}.env: - -> [{"name":"A","value":"b"}]
            {app}.image: "app:1" -> "app:2" ours
            {app}.ports[containerPort=81,protocol=TCP]: - -> {"containerPort":81,"protocol":"TCP"}
        "#]]
        .assert_eq(&fields(&change).replace("spec.template.spec.containers[name=app]", "{app}"));
    }

    async fn fields_that_are_no_longer_desired_go(world: World) {
        world.deliver(&world.config_map("a", json!({ "a": "1", "b": "2" }))).await;
        let desired = world.config_map("a", json!({ "a": "1" }));
        let change = world.diff(&desired).await;
        assert_eq!(fields(&change), "data.b: \"2\" -> - ours\n");
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert_eq!(
            world.get("/api/v1/namespaces/{ns}/configmaps/a").await["data"],
            json!({ "a": "1" })
        );
    }

    async fn what_others_add_is_no_difference(world: World) {
        let desired = world.config_map("a", json!({ "a": "1" }));
        world.deliver(&desired).await;
        let patch = json!({ "data": { "other": "x" }, "metadata": { "labels": { "l": "x" } } });
        world.edit("/api/v1/namespaces/{ns}/configmaps/a", "rival", patch).await;
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn what_others_take_away_comes_back(world: World) {
        let desired = world.config_map("a", json!({ "a": "1", "b": "2" }));
        world.deliver(&desired).await;
        let patch = json!({ "data": { "b": null } });
        world.edit("/api/v1/namespaces/{ns}/configmaps/a", "rival", patch).await;
        assert_eq!(fields(&world.diff(&desired).await), "data.b: - -> \"2\"\n");
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn who_owns_a_field_is_a_difference_of_its_own(world: World) {
        let desired = world.config_map("a", json!({ "a": "1" }));
        world.seize("/api/v1/namespaces/{ns}/configmaps/a", "rival", &desired).await;
        let change = world.diff(&desired).await;
        assert_eq!(fields(&change), "data.a: \"1\" -> \"1\" held by rival\n");
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn an_unchanged_object_costs_one_request(world: World) {
        let mut value = deployment("app:1");
        // What the server writes in another way needs its dry run.
        value["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({});
        value["status"] = json!({ "replicas": 3 });
        let mut desired = world.object(value);
        world.deliver(&desired).await;
        world.sent();
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
        let sent = world.sent();
        assert!(sent.iter().all(|request| request.starts_with("GET ")), "{sent:?}");
        assert_eq!(sent.len(), 1);

        let template = "/spec/template/spec/containers/0/image";
        desired = desired
            .edited(|map| {
                let mut value = serde_json::Value::Object(std::mem::take(map));
                *value.pointer_mut(template).unwrap() = "app:2".into();
                *map = value.as_object().unwrap().clone();
            })
            .unwrap();
        world.diff(&desired).await;
        assert_eq!(world.sent().len(), 2);
    }

    async fn what_cannot_be_changed_is_an_error_or_replaced(world: World) {
        world.deliver(&world.object(deployment("app:1"))).await;
        let before = world.get("/apis/apps/v1/namespaces/{ns}/deployments/web").await;
        let mut value = deployment("app:1");
        value["spec"]["selector"]["matchLabels"]["app"] = "shop".into();
        value["spec"]["template"]["metadata"]["labels"]["app"] = "shop".into();
        let err = world.diff_error(&world.object(value.clone())).await;
        assert!(matches!(err, DiffError::Immutable { .. }), "{}", error::chain(&err));

        value["metadata"]["annotations"] =
            json!({ "argocd.argoproj.io/sync-options": "Prune=false,Replace=true" });
        let desired = world.object(value);
        let change = world.diff(&desired).await;
        assert!(matches!(change, Change::Replace { .. }), "{change:?}");
        expect![[r#"
            metadata.annotations["argocd.argoproj.io/sync-options"]: - -> "Prune=false,Replace=true"
            spec.selector.matchLabels.app: "web" -> "shop" ours
            spec.template.metadata.labels.app: "web" -> "shop" ours
            spec.template.spec.containers[name=app].resources.limits.cpu: "1" -> "1000m" ours
        "#]]
        .assert_eq(&fields(&change));
        assert_eq!(world.deliver(&desired).await, Outcome::Replaced);
        let after = world.get("/apis/apps/v1/namespaces/{ns}/deployments/web").await;
        assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn what_the_server_refuses_is_refused(world: World) {
        let check = async |value: serde_json::Value, words: &str| {
            let err = world.diff_error(&world.object(value)).await;
            assert!(matches!(err, DiffError::Invalid { .. }), "{}", error::chain(&err));
            assert!(error::chain(&err).contains(words), "{}", error::chain(&err));
        };
        let named = |field: &str, value: serde_json::Value| {
            let metadata = json!({ "name": "a" });
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, field: value })
        };
        check(named("dat", json!({})), "field not declared in schema").await;
        check(named("data", json!({ "a b": "x" })), "a b").await;
        check(
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a/b" } }),
            "cannot be the name",
        )
        .await;
    }

    async fn another_order_of_items_is_a_difference(world: World) {
        let mut value = deployment("app:1");
        let env = json!([{ "name": "A", "value": "1" }, { "name": "B", "value": "$(A)" }]);
        value["spec"]["template"]["spec"]["containers"][0]["env"] = env.clone();
        world.deliver(&world.object(value.clone())).await;
        assert!(matches!(world.diff(&world.object(value.clone())).await, Change::Unchanged { .. }));
        let list = &mut value["spec"]["template"]["spec"]["containers"][0]["env"];
        *list = json!([env[1], env[0]]);
        let desired = world.object(value);
        let change = world.diff(&desired).await;
        let paths: Vec<_> = change.fields().iter().map(|field| &*field.path).collect();
        assert_eq!(paths, ["spec.template.spec.containers[name=app].env"]);
        assert_eq!(world.deliver(&desired).await, Outcome::Updated);
        assert!(matches!(world.diff(&desired).await, Change::Unchanged { .. }));
    }

    async fn live_objects_come_without_managed_fields(world: World) {
        let desired = world.config_map("a", json!({ "a": "1" }));
        assert!(matches!(world.differ.live(desired.id()).await, Ok(Live::Absent)));
        world.deliver(&desired).await;
        let Ok(Live::Present(live)) = world.differ.live(desired.id()).await else {
            panic!("it is not there");
        };
        assert_eq!(live.object.value()["data"], json!({ "a": "1" }));
        assert_eq!(live.object.value()["metadata"].get("managedFields"), None);
        assert!(!live.deleting && !live.pin.uid.is_empty());
    }

    async fn what_the_server_alone_writes_is_left_out(world: World) {
        let desired = world.config_map("a", json!({ "a": "1" }));
        world.deliver(&desired).await;
        let exported = world.get("/api/v1/namespaces/{ns}/configmaps/a").await;
        let exported = Object::try_from(exported).unwrap();
        assert!(matches!(world.diff(&exported).await, Change::Unchanged { .. }));
    }

    async fn a_long_list_is_compared_as_one(world: World) {
        let with = |count: usize, last: &str| {
            let mut value = deployment("app:1");
            let mut env: Vec<_> = (0..count)
                .map(|at| json!({ "name": format!("A{at:04}"), "value": "x" }))
                .collect();
            env[count - 1]["value"] = last.into();
            value["spec"]["template"]["spec"]["containers"][0]["env"] = json!(env);
            world.object(value)
        };
        let check = async |count: usize, path: &str| {
            world.deliver(&with(count, "x")).await;
            assert!(matches!(world.diff(&with(count, "x")).await, Change::Unchanged { .. }));
            let change = world.diff(&with(count, "y")).await;
            let paths: Vec<_> = change.fields().iter().map(|field| &*field.path).collect();
            assert_eq!(paths, [path]);
        };
        let at = "spec.template.spec.containers[name=app].env";
        check(LIST_ITEMS_MAX, &format!("{at}[name=A0999].value")).await;
        check(LIST_ITEMS_MAX + 1, at).await;
    }
}
