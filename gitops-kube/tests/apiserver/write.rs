//! Creating, replacing, patching and deleting.

use expect_test::expect;

use super::world::World;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const MAP: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}";

#[test]
fn a_name_is_taken_once_and_a_namespace_must_be_there() {
    let world = World::new();
    assert_eq!(world.post(MAPS, MAP).0, 201);
    let (status, answer) = world.post(MAPS, MAP);
    assert_eq!((status, answer["reason"].as_str()), (409, Some("AlreadyExists")));
    let (status, answer) = world.post("/api/v1/namespaces/none/configmaps", MAP);
    assert_eq!(status, 404);
    expect![[r#"namespaces "none" not found"#]].assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn an_old_resource_version_is_a_conflict() {
    let world = World::new();
    let (_, first) = world.post(MAPS, MAP);
    world.merge(&format!("{MAPS}/a"), r#"{"data":{"k":"w"}}"#);
    let body = first.to_string();
    let (status, answer) = world.ask(&format!("PUT {MAPS}/a"), "application/json", &body);
    assert_eq!((status, answer["reason"].as_str()), (409, Some("Conflict")));
}

#[test]
fn a_finalizer_holds_an_object_until_it_goes() {
    let world = World::new();
    world.post(MAPS, &MAP.replace("name: a", "name: a, finalizers: [example.com/f]"));
    let (_, marked) = world.ask(&format!("DELETE {MAPS}/a"), "application/json", "");
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(world.get(&format!("{MAPS}/a")).0, 200);
    world.merge(&format!("{MAPS}/a"), r#"{"metadata":{"finalizers":null}}"#);
    assert_eq!(world.get(&format!("{MAPS}/a")).0, 404);
}

#[test]
fn a_deleted_namespace_takes_its_content_along() {
    let world = World::new();
    world.post("/api/v1/namespaces", "{metadata: {name: shop}}");
    world.post("/api/v1/namespaces/shop/configmaps", MAP);
    let (status, _) = world.ask("DELETE /api/v1/namespaces/shop", "application/json", "");
    assert_eq!(status, 200);
    assert_eq!(world.get("/api/v1/namespaces/shop").0, 404);
    assert_eq!(world.get("/api/v1/namespaces/shop/configmaps/a").0, 404);
}

#[test]
fn what_only_a_deleted_object_owned_goes_with_it() {
    let world = World::new();
    let (_, owner) = world.post(MAPS, MAP);
    let uid = owner["metadata"]["uid"].as_str().unwrap();
    let child = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: child, ownerReferences: \
         [{{apiVersion: v1, kind: ConfigMap, name: a, uid: {uid}}}]}}}}"
    );
    assert_eq!(world.post(MAPS, &child).0, 201);
    world.ask(&format!("DELETE {MAPS}/a"), "application/json", "");
    assert_eq!(world.get(&format!("{MAPS}/child")).0, 404);
}

#[test]
fn deployments_get_the_servers_defaults_and_its_complaints() {
    let world = World::new();
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let deployment = |image: &str| {
        format!(
            "{{metadata: {{name: web}}, spec: {{selector: {{matchLabels: {{app: web}}}}, \
             template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: \
             [{{name: web, image: '{image}'}}]}}}}}}}}"
        )
    };
    let (status, answer) = world.post(path, &deployment(""));
    assert_eq!(status, 422);
    expect![[r#"Deployment.apps "web" is invalid: spec.template.spec.containers[0].image: Required value"#]]
        .assert_eq(answer["message"].as_str().unwrap());
    let (_, answer) = world.post(path, &deployment("nginx:1"));
    expect![[r#"{"image":"nginx:1","imagePullPolicy":"IfNotPresent","name":"web","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}"#]]
        .assert_eq(&answer["spec"]["template"]["spec"]["containers"][0].to_string());
}

#[test]
fn a_body_beyond_the_limit_and_a_patch_of_too_many_operations_are_refused() {
    let world = World::new();
    world.post(MAPS, MAP);
    let one = r#"{"op":"test","path":"/kind","value":"ConfigMap"}"#;
    let many = format!("[{}]", vec![one; 10_001].join(","));
    let line = format!("PATCH {MAPS}/a");
    assert_eq!(world.ask(&line, "application/json-patch+json", &many).0, 413);
}
