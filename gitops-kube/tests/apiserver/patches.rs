//! The three languages of patches, and applies that are sent again.

use gitops_core::schema;
use gitops_kube::apiserver::patch::{self, JSON_PATCH_OPERATIONS_MAX, PATCH_DEPTH_MAX, PatchError};
use serde_json::{Value, json};

use super::world::{World, owners};

fn said(outcome: Result<Value, PatchError>) -> String {
    match outcome {
        Ok(value) => value.to_string(),
        Err(problem) => format!("! {problem}"),
    }
}

#[test]
fn json_patches_do_what_the_library_does() {
    let original = json!({ "a": [1, 2, { "b": 3 }], "n": null, "c/d": 1 });
    for (patch, wanted) in [
        (
            json!([{ "op": "add", "path": "/a/-1", "value": 9 }]),
            r#"{"a":[1,2,{"b":3},9],"c/d":1,"n":null}"#,
        ),
        (
            json!([{ "op": "replace", "path": "/new", "value": 1 }]),
            r#"{"a":[1,2,{"b":3}],"c/d":1,"n":null,"new":1}"#,
        ),
        (json!([{ "op": "remove", "path": "/c~1d" }]), r#"{"a":[1,2,{"b":3}],"n":null}"#),
        (
            json!([{ "op": "test", "path": "/none", "value": null }]),
            r#"{"a":[1,2,{"b":3}],"c/d":1,"n":null}"#,
        ),
        (
            json!([{ "op": "remove", "path": "/none" }]),
            "! error in remove for path: '/none': Unable to remove nonexistent key: none: missing value",
        ),
        (
            json!([{ "op": "add", "path": "/a/x", "value": 1 }]),
            "! error in add for path: '/a/x': value was not a proper array index: 'x': \
             strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            json!([{ "op": "test", "path": "/a/0", "value": 2 }]),
            "! testing value /a/0 failed: test failed",
        ),
        (
            json!([
                { "op": "add", "path": "/q", "value": null },
                { "op": "copy", "from": "/q", "path": "/m" },
                { "op": "add", "path": "/m/x", "value": 1 },
            ]),
            "! panic: assignment to entry in nil map",
        ),
        (json!([{ "op": "nope" }]), "! Unexpected kind: nope"),
        (json!({}), "! json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
    ] {
        assert_eq!(said(patch::json(original.clone(), &patch)), wanted, "{patch}");
    }
}

#[test]
fn merge_patches_keep_the_nulls_that_the_library_keeps() {
    for (original, patch, wanted) in [
        (json!({ "a": { "b": 1 } }), json!({ "a": { "b": null } }), r#"{"a":{}}"#),
        (json!({}), json!({ "a": { "b": null } }), r#"{"a":{}}"#),
        (json!({ "a": {} }), json!({ "a": [{ "b": null }] }), r#"{"a":[{"b":null}]}"#),
        (json!({ "a": 1 }), json!({ "a": [{ "b": null }] }), r#"{"a":[{}]}"#),
        (json!([1]), json!({ "a": null, "b": 1 }), r#"{"b":1}"#),
        (json!(null), json!({}), "! Invalid JSON Document"),
        (json!({}), json!(3), "! Invalid JSON Patch"),
    ] {
        assert_eq!(said(patch::merge(original, patch.clone())), wanted, "{patch}");
    }
}

#[test]
fn strategic_patches_follow_their_directives() {
    let pod = schema::builtin("", "v1", "Pod").unwrap();
    let original =
        json!({ "spec": { "containers": [{ "name": "a" }, { "name": "b", "image": "i" }] } });
    for (patch, wanted) in [
        (
            json!({ "spec": { "containers": [{ "name": "b", "image": "j" }] } }),
            r#"{"spec":{"containers":[{"name":"a"},{"image":"j","name":"b"}]}}"#,
        ),
        (
            json!({ "spec": { "containers": [{ "$patch": "delete", "name": "a" }] } }),
            r#"{"spec":{"containers":[{"image":"i","name":"b"}]}}"#,
        ),
        (
            json!({ "spec": { "$setElementOrder/containers": [{ "name": "b" }, { "name": "a" }] } }),
            r#"{"spec":{"containers":[{"image":"i","name":"b"},{"name":"a"}]}}"#,
        ),
        (
            json!({ "spec": { "containers": [{ "image": "j" }] } }),
            "! map: map[image:j] does not contain declared merge key: name",
        ),
        (
            json!({ "spec": { "$retainKeys": ["x"], "containers": [] } }),
            "! invalid patch format of retainKeys",
        ),
        (
            json!({ "spec": { "containers": [["x"]] } }),
            "! list element types are not identical: [[map[name:a] map[image:i name:b]] [[x]]]",
        ),
    ] {
        assert_eq!(said(patch::strategic(original.clone(), patch.clone(), pod)), wanted, "{patch}");
    }
}

#[test]
fn patches_have_limits() {
    let operation = json!({ "op": "test", "path": "/none", "value": null });
    let many: Value = vec![operation; JSON_PATCH_OPERATIONS_MAX + 1].into();
    let refused = PatchError::TooMany(JSON_PATCH_OPERATIONS_MAX + 1);
    assert_eq!(patch::json(json!({}), &many), Err(refused));
    let mut deep = json!(1);
    for _ in 0..=PATCH_DEPTH_MAX {
        deep = json!([deep]);
    }
    let outcome = patch::merge(json!({}), json!({ "a": deep }));
    assert!(matches!(outcome, Err(PatchError::Malformed(_))), "{outcome:?}");
}

const SETTINGS: &str = "/api/v1/namespaces/default/configmaps/settings?fieldManager=ci";
const RED: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: red}}";

#[test]
fn an_apply_sent_again_changes_nothing_until_the_object_is_another() {
    let world = World::new();
    let (_, first) = world.apply(SETTINGS, RED);
    for _ in 0..3 {
        assert_eq!(world.apply(SETTINGS, RED), (200, first.clone()));
    }
    world.merge("/api/v1/namespaces/default/configmaps/settings", r#"{"data":{"b":"2"}}"#);
    let (_, now) = world.apply(SETTINGS, RED);
    assert_eq!(now["data"], json!({ "a": "red", "b": "2" }));
    world.ask("DELETE /api/v1/namespaces/default/configmaps/settings", "application/json", "");
    assert_eq!(world.apply(SETTINGS, RED).0, 201);
}

#[test]
fn more_applies_than_are_remembered_are_answered_alike() {
    // Beyond `REPEATS_MAX`, and with bodies beyond `REPEAT_BYTES_MAX`.
    let world = World::new();
    let long = "x".repeat(17 * 1024);
    for number in 0..1_100 {
        let path = format!("/api/v1/namespaces/default/configmaps/m{number}?fieldManager=ci");
        let text = if number % 100 == 0 { &long } else { "short" };
        let body = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": format!("m{number}") }, "data": { "text": text },
        });
        let (_, made) = world.apply(&path, &body.to_string());
        for _ in 0..2 {
            assert_eq!(world.apply(&path, &body.to_string()), (200, made.clone()));
        }
    }
}

#[test]
fn duplicates_are_owned_as_one_and_parted_again() {
    let world = World::new();
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    let deployment = |aliases: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
            "spec": { "selector": { "matchLabels": { "a": "b" } }, "template": {
                "metadata": { "labels": { "a": "b" } },
                "spec": {
                    "containers": [{ "name": "c", "image": "i" }],
                    "hostAliases": aliases,
                },
            }},
        })
        .to_string()
    };
    let one = json!({ "ip": "10.0.0.1", "hostnames": ["a"] });
    world.apply(&format!("{path}?fieldManager=first"), &deployment(json!([one])));
    let twice = deployment(json!([one, one]));
    let (status, now) = world.ask(&format!("PUT {path}"), "application/json", &twice);
    assert_eq!(status, 200, "{now}");
    let text = owners(&now);
    let first = text.lines().find(|line| line.starts_with("first")).unwrap();
    assert!(!first.contains("hostAliases"), "{first}");
    assert!(text.contains(r#""f:hostAliases":{"k:{\"ip\":\"10.0.0.1\"}":{}}"#), "{text}");
}
