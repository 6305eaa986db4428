//! No request makes the server panic.

use proptest::prelude::*;

use super::world::World;

const KINDS: [&str; 6] = [
    "application/json",
    "application/yaml",
    "application/apply-patch+yaml",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/strategic-merge-patch+json",
];

const PATHS: [&str; 6] = [
    "/api/v1/namespaces/default/configmaps/a",
    "/apis/apps/v1/namespaces/default/deployments/a",
    "/apis/apps/v1/namespaces/default/deployments/a/scale",
    "/apis/apps/v1/namespaces/default/deployments/a/status",
    "/api/v1/namespaces/default/services",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/a",
];

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[a-z$/~%.0-9]{0,6}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        Just("metadata"),
        Just("name"),
        Just("spec"),
        Just("data"),
        Just("managedFields"),
        Just("ports"),
        Just("template"),
        Just("containers"),
        Just("replicas"),
        Just("kind"),
        Just("apiVersion"),
        Just("$patch"),
        Just("op"),
        Just("path"),
        Just("labels"),
        Just("selector"),
        Just("versions"),
        Just("finalizers"),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_body_gets_an_answer(
        bodies in prop::collection::vec(
            (json(), 0..KINDS.len(), 0..PATHS.len(), 0..4_usize), 1..6),
    ) {
        let world = World::new();
        for (mut body, kind, path, verb) in bodies {
            let verb = ["POST", "PUT", "PATCH", "DELETE"][verb];
            if let Some(map) = body.as_object_mut() {
                let (version, kind) = match path {
                    0 => ("v1", "ConfigMap"),
                    1 | 3 => ("apps/v1", "Deployment"),
                    2 => ("autoscaling/v1", "Scale"),
                    4 => ("v1", "Service"),
                    _ => ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
                };
                map.insert("apiVersion".to_owned(), version.into());
                map.insert("kind".to_owned(), kind.into());
                let metadata = map.entry("metadata").or_insert_with(|| serde_json::json!({}));
                if let Some(metadata) = metadata.as_object_mut() {
                    metadata.insert("name".to_owned(), "a".into());
                }
            }
            let line = format!("{verb} {}?fieldManager=m", PATHS[path]);
            let (status, _) = world.ask(&line, KINDS[kind], &body.to_string());
            prop_assert!((200..600).contains(&status));
        }
    }

    #[test]
    fn any_path_gets_an_answer(path in "/[a-z/%0-9.]{0,40}", query in "[a-z=&%A-Z0-9]{0,30}") {
        let world = World::new();
        let line = format!("GET {path}?{query}");
        if line.split(' ').nth(1).unwrap().parse::<http::Uri>().is_ok() {
            let (status, _) = world.get(&format!("{path}?{query}"));
            prop_assert!((200..600).contains(&status));
        }
    }
}

#[test]
fn deep_objects_are_read_listed_and_changed() {
    let world = World::new();
    let definition = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, \
        metadata: {name: deeps.demo.dev}, spec: {group: demo.dev, scope: Namespaced, \
        names: {plural: deeps, kind: Deep}, versions: [{name: v1, served: true, storage: true, \
        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}";
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(world.post(definitions, definition).0, 201);
    let path = "/apis/demo.dev/v1/namespaces/default/deeps";
    // Around the depth up to which text is read back, and up to the one that a body may have.
    for depth in [90, 96, 97, 98, 99, 100, 110, 120] {
        let nested = (0..depth).fold("1".to_owned(), |inner, _| format!("{{\"a\":{inner}}}"));
        let name = format!("d{depth}");
        let body = format!(
            "{{\"apiVersion\":\"demo.dev/v1\",\"kind\":\"Deep\",\"metadata\":{{\"name\":\"{name}\"}},\"x\":{nested}}}"
        );
        let one = format!("{path}/{name}");
        let (status, answer) = world.apply(&format!("{one}?fieldManager=me"), &body);
        assert_eq!(status, 201, "{depth}: {answer}");
        let (status, _) = world.merge(&one, "{\"y\":1}");
        assert_eq!(status, 200, "{depth}");
        let (status, _) = world.apply(&format!("{one}?fieldManager=me"), &body);
        assert_eq!(status, 200, "{depth}");
        let table = [("accept", "application/json;as=Table;g=meta.k8s.io;v=v1")];
        for target in [one.as_str(), path] {
            assert_eq!(world.ask_with(&format!("GET {target}"), &table, "").0, 200, "{depth}");
            assert_eq!(world.ask(&format!("GET {target}"), "application/json", "").0, 200);
        }
    }
    assert_eq!(world.ask(&format!("DELETE {path}"), "application/json", "").0, 200);
    assert_eq!(world.get(path).1["items"], serde_json::json!([]));
}
