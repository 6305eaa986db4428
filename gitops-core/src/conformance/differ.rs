//! The rules of [`Differ`](crate::Differ), D1 to D9.

use serde_json::{Value, json};

pub use super::cluster::Harness;
use super::{
    Rule,
    cluster::{
        DRIFTER, RIVAL, apply, config_map, deliver, diff, object, pin, update, widget,
        widget_definition,
    },
};
use crate::{
    After, ApplyError, Change, Conflict, DiffError, FieldChange, Kind, Live, Object, Scope,
};

/// D1: nothing that reads writes.
pub async fn d1_reading_writes_nothing<H: Harness>(harness: H) {
    let there = config_map(&harness, "there", json!({ "a": "1", "b": "1" }));
    let absent = config_map(&harness, "absent", json!({ "a": "1" }));
    deliver(&harness, &there).await;
    let before = harness.stored(there.id()).await;
    let differ = harness.differ();
    for data in [json!({ "a": "2" }), json!({ "a": "1", "b": "1" }), json!({ "c": "3" })] {
        diff(&harness, &config_map(&harness, "there", data)).await;
    }
    diff(&harness, &absent).await;
    differ.live(there.id()).await.expect("live");
    differ.live(absent.id()).await.expect("live");
    differ.scope(there.kind()).await.expect("scope");
    assert_eq!(before, harness.stored(there.id()).await, "reading changed {}", there.id());
    assert_eq!(harness.stored(absent.id()).await, None, "reading made {}", absent.id());
}

/// D2: what was just applied is unchanged, for objects that a server completes too.
pub async fn d2_applied_is_unchanged<H: Harness>(harness: H) {
    for desired in samples(&harness) {
        deliver(&harness, &desired).await;
        let change = diff(&harness, &desired).await;
        assert_eq!(change.verb(), "unchanged", "{} was just created: {change:?}", desired.id());
        assert_eq!(change.pin(), Some(&pin(&harness, desired.id()).await));
        let labelled = labelled(&desired, "two");
        let change = diff(&harness, &labelled).await;
        assert_eq!(change.verb(), "update", "a label of {} differs: {change:?}", desired.id());
        apply(&harness, &change).await;
        let change = diff(&harness, &labelled).await;
        assert_eq!(change.verb(), "unchanged", "{} was just updated: {change:?}", desired.id());
    }
}

/// D2: an update lists what differs, and only that.
pub async fn d2_updates_list_what_differs<H: Harness>(harness: H) {
    let data = json!({ "same": "1", "changed": "1", "dropped": "1" });
    let id = config_map(&harness, "a", data.clone());
    deliver(&harness, &id).await;
    let desired = config_map(&harness, "a", json!({ "same": "1", "changed": "2", "added": "1" }));
    let change = diff(&harness, &desired).await;
    let mut seen: Vec<_> = change.fields().iter().map(values).collect();
    seen.sort_by(|a, b| a.0.cmp(b.0));
    assert_eq!(
        seen,
        [
            ("data.added", None, Some(&json!("1"))),
            ("data.changed", Some(&json!("1")), Some(&json!("2"))),
            ("data.dropped", Some(&json!("1")), None),
        ]
    );
    assert_eq!(change.pin(), Some(&pin(&harness, desired.id()).await));
}

/// D3: an object in a namespace that is not there is a creation that waits for it.
pub async fn d3_missing_namespace_is_awaited<H: Harness>(harness: H) {
    let namespace = format!("{}-absent", harness.namespace());
    let desired = object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "namespace": namespace, "name": "a" },
    }));
    match diff(&harness, &desired).await {
        Change::Create { after, desired: found } => {
            assert_eq!(after, Some(After::Namespace(namespace)));
            assert_eq!(found, desired);
        }
        other => panic!("expected a creation, got {other:?}"),
    }
}

/// D3: an object of a kind that is not there is a creation that waits for it.
pub async fn d3_missing_kind_is_awaited<H: Harness>(harness: H) {
    let desired = widget(&harness);
    let (group, kind) = (desired.id().group.clone(), desired.id().kind.clone());
    match diff(&harness, &desired).await {
        Change::Create { after, .. } => assert_eq!(after, Some(After::Kind { group, kind })),
        other => panic!("expected a creation, got {other:?}"),
    }
}

/// D3: where all is there, a creation waits for nothing.
pub async fn d3_creation_waits_for_nothing_else<H: Harness>(harness: H) {
    match diff(&harness, &config_map(&harness, "a", json!({ "a": "1" }))).await {
        Change::Create { after, .. } => assert_eq!(after, None),
        other => panic!("expected a creation, got {other:?}"),
    }
    deliver(&harness, &widget_definition(&harness)).await;
    harness.settle().await;
    match diff(&harness, &widget(&harness)).await {
        Change::Create { after, .. } => assert_eq!(after, None, "the kind is there by now"),
        other => panic!("expected a creation, got {other:?}"),
    }
}

/// D4: drift names the path, both values and who holds the field.
pub async fn d4_drift_names_path_values_and_manager<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "ours", "b": "ours" }));
    deliver(&harness, &desired).await;
    harness.patch_as(desired.id(), json!({ "data": { "a": "theirs" } }), DRIFTER).await;
    let change = diff(&harness, &desired).await;
    let [field] = change.fields() else { panic!("one field drifted, got {change:?}") };
    assert_eq!(values(field), ("data.a", Some(&json!("theirs")), Some(&json!("ours"))));
    assert_eq!(field.held_by, [DRIFTER]);
    assert!(!field.ours, "the update took the field from us");
    assert!(field.desired, "the desired object says the new value");
    apply(&harness, &change).await;
    assert_eq!(diff(&harness, &desired).await.verb(), "unchanged");
}

/// D4: a field that somebody removed is missed.
pub async fn d4_removed_fields_are_missed<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "ours", "b": "ours" }));
    deliver(&harness, &desired).await;
    harness.patch_as(desired.id(), json!({ "data": { "a": null } }), DRIFTER).await;
    let change = diff(&harness, &desired).await;
    let [field] = change.fields() else { panic!("one field is missing, got {change:?}") };
    assert_eq!(values(field), ("data.a", None, Some(&json!("ours"))));
}

/// D5: a conflict names every path and manager, as applying would.
pub async fn d5_conflicts_are_refused<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1", "b": "1", "c": "1" }));
    deliver(&harness, &desired).await;
    let theirs = json!({ "data": { "a": "2", "b": "2" } });
    harness.patch_as(desired.id(), theirs, RIVAL).await;
    let err = harness.differ().diff(&desired, &[]).await.expect_err("a rival owns two fields");
    let DiffError::Conflict { mut conflicts, .. } = err else { panic!("got {err:?}") };
    conflicts.sort();
    let conflict = |path: &str| Conflict { path: path.to_owned(), manager: RIVAL.to_owned() };
    assert_eq!(conflicts, [conflict("data.a"), conflict("data.b")]);
    let change = update(&harness, &desired).await;
    let err = harness.applier().apply(&change).await.expect_err("a rival owns two fields");
    let ApplyError::Conflict { conflicts: mut applied, .. } = err else { panic!("got {err:?}") };
    applied.sort();
    assert_eq!(applied, conflicts, "applying refuses something else than comparing");
}

/// D5: what may be taken is no conflict, and the change says what it takes; the rest still is one.
pub async fn d5_what_may_be_taken_is_no_conflict<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1", "b": "1" }));
    deliver(&harness, &desired).await;
    harness.patch_as(desired.id(), json!({ "data": { "a": "2", "b": "2" } }), RIVAL).await;
    let conflict = |path: &str| Conflict { path: path.to_owned(), manager: RIVAL.to_owned() };
    let (one, both) = ([conflict("data.a")], [conflict("data.a"), conflict("data.b")]);
    let err = harness.differ().diff(&desired, &one).await.expect_err("a rival owns data.b");
    assert!(matches!(err, DiffError::Conflict { .. }), "expected Conflict, got {err:?}");
    let change = harness.differ().diff(&desired, &both).await.expect("both may be taken");
    let mut takes = change.takes().to_vec();
    takes.sort();
    assert_eq!(takes, both);
    apply(&harness, &change).await;
    assert_eq!(diff(&harness, &desired).await.verb(), "unchanged");
}

/// D5: what the server would not accept is refused, new or not.
pub async fn d5_invalid_objects_are_refused<H: Harness>(harness: H) {
    let desired = config_map(&harness, "Not_A_Name", json!({ "a": "1" }));
    let err = harness.differ().diff(&desired, &[]).await.expect_err("the name is not valid");
    assert!(matches!(err, DiffError::Invalid { .. }), "expected Invalid, got {err:?}");
    assert!(!err.is_transient());
}

/// D5: a field that cannot be changed is refused, unless the object may be replaced.
pub async fn d5_immutable_fields_are_refused<H: Harness>(harness: H) {
    let sealed = |value: &str| {
        let sealed = config_map(&harness, "sealed", json!({ "a": value }));
        sealed.edited(|map| drop(map.insert("immutable".to_owned(), json!(true))))
    };
    let first = sealed("1").expect("still an object");
    deliver(&harness, &first).await;
    let second = sealed("2").expect("still an object");
    let err = harness.differ().diff(&second, &[]).await.expect_err("the data is sealed");
    assert!(matches!(err, DiffError::Immutable { .. }), "expected Immutable, got {err:?}");
    let forced = annotated(&second, "kustomize.toolkit.fluxcd.io/force", "Enabled");
    match diff(&harness, &forced).await {
        Change::Replace { live, because, .. } => {
            assert_eq!(live, pin(&harness, first.id()).await);
            assert!(!because.is_empty(), "a replacement says why");
        }
        other => panic!("expected a replacement, got {other:?}"),
    }
}

/// D6: absent is what the server said is absent.
pub async fn d6_absent_is_absent<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    let id = desired.id();
    let live = harness.differ().live(id).await;
    assert!(matches!(live, Ok(Live::Absent)), "{id} is not there, got {live:?}");
    deliver(&harness, &desired).await;
    let live = harness.differ().live(id).await;
    let Ok(Live::Present(live)) = live else { panic!("{id} is there, got {live:?}") };
    assert_eq!(live.object.value()["data"], json!({ "a": "1" }));
    assert!(!live.deleting);
    let absent = live.object.value()["metadata"].get("managedFields").is_none();
    assert!(absent, "the content comes without managed fields");
    let stored = harness.stored(id).await.expect("it is there");
    assert_eq!(stored["metadata"]["uid"], json!(live.pin.uid));
    assert_eq!(stored["metadata"]["resourceVersion"], json!(live.pin.resource_version));
    harness.delete(id).await;
    let live = harness.differ().live(id).await;
    assert!(matches!(live, Ok(Live::Absent)), "{id} was deleted, got {live:?}");
}

/// D6: a server that does not answer has not said that anything is absent.
pub async fn d6_silence_is_not_absence<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &desired).await;
    let (differ, _) = harness.disconnected();
    match differ.live(desired.id()).await {
        Ok(Live::Unknown { reason }) => assert!(!reason.is_empty(), "the reason is not said"),
        Err(err) => assert!(err.is_transient(), "asking later may succeed, but: {err:?}"),
        Ok(other) => panic!("nobody answered, yet live says {other:?}"),
    }
    let err = differ.diff(&desired, &[]).await.expect_err("nobody answered");
    assert!(err.is_transient(), "asking later may succeed, but: {err:?}");
    let err = differ.scope(desired.kind()).await.expect_err("nobody answered");
    assert!(err.is_transient(), "asking later may succeed, but: {err:?}");
}

/// D7: what others add is no difference.
pub async fn d7_foreign_fields_are_no_difference<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &desired).await;
    let more = json!({
        "metadata": { "labels": { "theirs": "yes" }, "annotations": { "theirs": "yes" } },
        "data": { "theirs": "yes" },
    });
    for manager in [RIVAL, DRIFTER] {
        harness.patch_as(desired.id(), more.clone(), manager).await;
        let change = diff(&harness, &desired).await;
        assert_eq!(change.verb(), "unchanged", "{manager} added fields: {change:?}");
    }
}

/// D8: the values of a secret are marked and masked; those of other objects are not.
pub async fn d8_secrets_are_sensitive<H: Harness>(harness: H) {
    let secret = |value: &str| secret(&harness, value);
    deliver(&harness, &secret("hunter2")).await;
    let change = diff(&harness, &secret("swordfish")).await;
    assert!(!change.fields().is_empty(), "the secret differs, got {change:?}");
    for field in change.fields().iter().filter(|field| !field.path.starts_with("metadata")) {
        assert!(field.sensitive, "{} is not marked", field.path);
    }
    // Both values, plain and in base64.
    let shown = format!("{change:?}");
    for value in ["hunter2", "swordfish", "aHVudGVyMg", "c3dvcmRmaXNo"] {
        assert!(!shown.contains(value), "{value} is shown: {shown}");
    }
    deliver(&harness, &config_map(&harness, "a", json!({ "a": "1" }))).await;
    let change = diff(&harness, &config_map(&harness, "a", json!({ "a": "2" }))).await;
    let [field] = change.fields() else { panic!("one field differs, got {change:?}") };
    assert!(!field.sensitive, "a ConfigMap is no secret");
}

/// D9: the scope of a kind that is served, and of one that is not.
pub async fn d9_scopes_are_those_of_the_server<H: Harness>(harness: H) {
    let differ = harness.differ();
    for (kind, scope) in [
        (Kind::new("v1", "ConfigMap"), Scope::Namespaced),
        (Kind::new("apps/v1", "Deployment"), Scope::Namespaced),
        (Kind::new("v1", "Namespace"), Scope::Cluster),
        (Kind::new("v1", "NoSuchKind"), Scope::Unknown),
        (Kind::new("no.such.group/v1", "ConfigMap"), Scope::Unknown),
    ] {
        assert_eq!(differ.scope(&kind).await.expect("scope"), scope, "{kind}");
    }
    let widget = widget(&harness);
    assert_eq!(differ.scope(widget.kind()).await.expect("scope"), Scope::Unknown);
    deliver(&harness, &widget_definition(&harness)).await;
    harness.settle().await;
    let scope = harness.differ().scope(widget.kind()).await.expect("scope");
    assert_eq!(scope, Scope::Namespaced, "the kind is served by now");
}

fn samples<H: Harness>(harness: &H) -> Vec<Object> {
    let namespace = harness.namespace();
    let labels = json!({ "app": "web" });
    vec![
        labelled(&config_map(harness, "a", json!({ "a": "1" })), "one"),
        labelled(&secret(harness, "hunter2"), "one"),
        object(json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "namespace": namespace, "name": "web", "labels": { "sample": "one" } },
            "spec": {
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [
                        { "name": "web", "image": "web:1", "ports": [{ "containerPort": 80 }] },
                        { "name": "side", "image": "side:1" },
                    ] },
                },
            },
        })),
    ]
}

fn secret<H: Harness>(harness: &H, value: &str) -> Object {
    object(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "namespace": harness.namespace(), "name": "secret" },
        "stringData": { "password": value },
    }))
}

fn labelled(desired: &Object, value: &str) -> Object {
    with_metadata(desired, "labels", "sample", value)
}

fn annotated(desired: &Object, key: &str, value: &str) -> Object {
    with_metadata(desired, "annotations", key, value)
}

fn with_metadata(desired: &Object, field: &str, key: &str, value: &str) -> Object {
    let mut content = desired.value().clone();
    content["metadata"][field][key] = json!(value);
    object(content)
}

fn values(field: &FieldChange) -> (&str, Option<&Value>, Option<&Value>) {
    (&field.path, field.before.as_ref(), field.after.as_ref())
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__differ_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __differ_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            d1_reading_writes_nothing,
            d2_applied_is_unchanged,
            d2_updates_list_what_differs,
            d3_missing_namespace_is_awaited,
            d3_missing_kind_is_awaited,
            d3_creation_waits_for_nothing_else,
            d4_drift_names_path_values_and_manager,
            d4_removed_fields_are_missed,
            d5_conflicts_are_refused,
            d5_what_may_be_taken_is_no_conflict,
            d5_invalid_objects_are_refused,
            d5_immutable_fields_are_refused,
            d6_absent_is_absent,
            d6_silence_is_not_absence,
            d7_foreign_fields_are_no_difference,
            d8_secrets_are_sensitive,
            d9_scopes_are_those_of_the_server,
        }
    };
}

/// Tests a [`Differ`](crate::Differ) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __differ_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__differ_rules! {
            __conformance_tests, $crate::conformance::differ, $harness, [$($skips)?]
        }
    };
}
