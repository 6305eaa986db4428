//! The rules of [`Applier`](crate::Applier), A1 to A8.

use serde_json::{Value, json};

pub use super::cluster::Harness;
use super::{
    Rule,
    cluster::{
        DRIFTER, RIVAL, apply, config_map, data, delete, deliver, diff, object, pin, update,
        widget, widget_definition,
    },
};
use crate::{ApplyError, Change, Conflict, Live, Object, ObjectId, Outcome};

/// A1: creating twice ends where creating once does, and says what happened.
pub async fn a1_creating_twice_creates_once<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    let change = diff(&harness, &desired).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Created);
    assert_eq!(data(&harness, desired.id()).await, json!({ "a": "1" }));
    repeats(&harness, &change, Outcome::Unchanged).await;
}

/// A1: updating twice ends where updating once does.
pub async fn a1_updating_twice_updates_once<H: Harness>(harness: H) {
    deliver(&harness, &config_map(&harness, "a", json!({ "a": "1", "b": "1" }))).await;
    let desired = config_map(&harness, "a", json!({ "a": "2" }));
    let change = diff(&harness, &desired).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Updated);
    assert_eq!(data(&harness, desired.id()).await, json!({ "a": "2" }));
    // The pin has moved by our own write: that is no reason to refuse.
    repeats(&harness, &change, Outcome::Unchanged).await;
}

/// A1: deleting twice ends where deleting once does.
pub async fn a1_deleting_twice_deletes_once<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &desired).await;
    let change = delete(&harness, desired.id()).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Deleted);
    assert_eq!(harness.stored(desired.id()).await, None);
    repeats(&harness, &change, Outcome::Unchanged).await;
}

/// A1: a replacement is a new object once, and no other one the second time.
pub async fn a1_replacing_twice_replaces_once<H: Harness>(harness: H) {
    let sealed = |value: &str| {
        let mut content = config_map(&harness, "sealed", json!({ "a": value })).value().clone();
        content["immutable"] = json!(true);
        content["metadata"]["annotations"] =
            json!({ "kustomize.toolkit.fluxcd.io/force": "Enabled" });
        object(content)
    };
    deliver(&harness, &sealed("1")).await;
    let desired = sealed("2");
    let before = pin(&harness, desired.id()).await;
    let change = diff(&harness, &desired).await;
    assert_eq!(change.verb(), "replace", "the data is sealed, got {change:?}");
    assert_eq!(apply(&harness, &change).await, Outcome::Replaced);
    assert_eq!(data(&harness, desired.id()).await, json!({ "a": "2" }));
    assert_ne!(before.uid, pin(&harness, desired.id()).await.uid, "it is still the old object");
    repeats(&harness, &change, Outcome::Unchanged).await;
}

/// A1: where nothing is to do, nothing is done.
pub async fn a1_unchanged_changes_nothing<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &desired).await;
    let change = diff(&harness, &desired).await;
    assert_eq!(change.verb(), "unchanged");
    repeats(&harness, &change, Outcome::Unchanged).await;
    let change = update(&harness, &desired).await;
    repeats(&harness, &change, Outcome::Unchanged).await;
}

/// A2: one field that is refused keeps back all the others.
pub async fn a2_refused_changes_change_nothing<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1", "b": "1", "gone": "1" }));
    deliver(&harness, &first).await;
    harness.patch_as(first.id(), json!({ "data": { "b": "theirs" } }), RIVAL).await;
    let desired = config_map(&harness, "a", json!({ "a": "2", "b": "2", "new": "2" }));
    let change = update(&harness, &desired).await;
    let err = refused(&harness, &change).await;
    assert!(matches!(err, ApplyError::Conflict { .. }), "expected Conflict, got {err:?}");
}

/// A2: an object that the server does not accept is not made.
pub async fn a2_invalid_objects_are_not_made<H: Harness>(harness: H) {
    let desired = config_map(&harness, "Not_A_Name", json!({ "a": "1" }));
    let err = refused(&harness, &create(&desired)).await;
    assert!(matches!(err, ApplyError::Invalid { .. }), "expected Invalid, got {err:?}");
    assert_eq!(err.id(), desired.id());
}

/// A3: fields that another manager owns are a conflict, and stay.
pub async fn a3_conflicts_are_not_forced<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "ours" }));
    deliver(&harness, &desired).await;
    harness.patch_as(desired.id(), json!({ "data": { "a": "theirs" } }), RIVAL).await;
    let change = update(&harness, &desired).await;
    match refused(&harness, &change).await {
        ApplyError::Conflict { id, conflicts } => {
            let expected = Conflict { path: "data.a".to_owned(), manager: RIVAL.to_owned() };
            assert_eq!((&id, conflicts), (desired.id(), vec![expected]));
        }
        other => panic!("expected Conflict, got {other:?}"),
    }
    assert_eq!(data(&harness, desired.id()).await, json!({ "a": "theirs" }));
}

/// A3: what others added stays when our fields change.
pub async fn a3_foreign_fields_stay<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &first).await;
    let theirs = config_map(&harness, "a", json!({ "theirs": "1" }));
    harness.apply_as(&theirs, RIVAL).await;
    harness.patch_as(first.id(), json!({ "data": { "drift": "1" } }), DRIFTER).await;
    let desired = config_map(&harness, "a", json!({ "a": "2" }));
    assert_eq!(deliver(&harness, &desired).await, Outcome::Updated);
    let expected = json!({ "a": "2", "theirs": "1", "drift": "1" });
    assert_eq!(data(&harness, desired.id()).await, expected);
}

/// A4: deleting what somebody else deleted is nothing to do.
pub async fn a4_deleting_what_is_gone_is_unchanged<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &desired).await;
    let change = delete(&harness, desired.id()).await;
    harness.delete(desired.id()).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Unchanged);
}

/// A5: an object that moved since it was compared is neither updated nor deleted.
pub async fn a5_moved_objects_are_stale<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &first).await;
    let update = diff(&harness, &config_map(&harness, "a", json!({ "a": "2" }))).await;
    let delete = delete(&harness, first.id()).await;
    harness.patch_as(first.id(), json!({ "data": { "more": "1" } }), DRIFTER).await;
    for change in [update, delete] {
        let err = refused(&harness, &change).await;
        assert!(matches!(err, ApplyError::Stale { .. }), "{}: got {err:?}", change.verb());
        assert!(!err.is_transient(), "the same call cannot succeed later");
    }
}

/// A5: an object that somebody made anew is not the one that was to be deleted or updated.
pub async fn a5_objects_made_anew_are_stale<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1" }));
    deliver(&harness, &first).await;
    let update = diff(&harness, &config_map(&harness, "a", json!({ "a": "2" }))).await;
    let delete = delete(&harness, first.id()).await;
    harness.delete(first.id()).await;
    let err = refused(&harness, &update).await;
    assert!(matches!(err, ApplyError::Stale { .. }), "nothing is there: got {err:?}");
    harness.apply_as(&config_map(&harness, "a", json!({ "theirs": "1" })), RIVAL).await;
    for change in [delete, update] {
        let err = refused(&harness, &change).await;
        assert!(matches!(err, ApplyError::Stale { .. }), "{}: got {err:?}", change.verb());
    }
    assert_eq!(data(&harness, first.id()).await, json!({ "theirs": "1" }));
}

/// A5: an object that somebody made since it was found absent is not taken over.
pub async fn a5_objects_made_meanwhile_are_stale<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    let change = diff(&harness, &desired).await;
    harness.apply_as(&config_map(&harness, "a", json!({ "theirs": "1" })), RIVAL).await;
    let err = refused(&harness, &change).await;
    assert!(matches!(err, ApplyError::Stale { .. }), "expected Stale, got {err:?}");
    assert_eq!(data(&harness, desired.id()).await, json!({ "theirs": "1" }));
}

/// A6: what we set and no longer set goes.
pub async fn a6_dropped_fields_are_removed<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1", "b": "1" }));
    deliver(&harness, &first).await;
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    assert_eq!(deliver(&harness, &desired).await, Outcome::Updated);
    assert_eq!(data(&harness, desired.id()).await, json!({ "a": "1" }));
}

/// A6: what another manager applies too stays.
pub async fn a6_shared_fields_stay<H: Harness>(harness: H) {
    let first = config_map(&harness, "a", json!({ "a": "1", "b": "1", "c": "1" }));
    deliver(&harness, &first).await;
    harness.apply_as(&config_map(&harness, "a", json!({ "b": "1" })), RIVAL).await;
    let change = update(&harness, &config_map(&harness, "a", json!({ "a": "1" }))).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Updated);
    assert_eq!(data(&harness, first.id()).await, json!({ "a": "1", "b": "1" }));
    // We gave the field up: its owner may change it, and we do not want it back.
    harness.apply_as(&config_map(&harness, "a", json!({ "b": "2" })), RIVAL).await;
    let change = diff(&harness, &config_map(&harness, "a", json!({ "a": "1" }))).await;
    assert_eq!(change.verb(), "unchanged", "the field is theirs alone, got {change:?}");
}

/// A7: without its namespace an object is missing something.
pub async fn a7_missing_namespace_is_missing<H: Harness>(harness: H) {
    let desired = object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "namespace": format!("{}-absent", harness.namespace()), "name": "a" },
    }));
    let err = refused(&harness, &create(&desired)).await;
    assert!(matches!(err, ApplyError::Missing { .. }), "expected Missing, got {err:?}");
}

/// A7: without its kind an object is missing something, and with it no more.
pub async fn a7_missing_kind_is_missing<H: Harness>(harness: H) {
    let desired = widget(&harness);
    let change = diff(&harness, &desired).await;
    let err = refused(&harness, &change).await;
    assert!(matches!(err, ApplyError::Missing { .. }), "expected Missing, got {err:?}");
    deliver(&harness, &widget_definition(&harness)).await;
    harness.settle().await;
    assert_eq!(apply(&harness, &change).await, Outcome::Created);
    let stored = harness.stored(desired.id()).await.expect("it was created");
    assert_eq!(stored["spec"], json!({ "size": 1 }));
}

/// A8: a finalizer holds what is deleted.
pub async fn a8_finalizers_hold<H: Harness>(harness: H) {
    let desired = config_map(&harness, "a", json!({ "a": "1" }));
    let id = desired.id();
    deliver(&harness, &desired).await;
    hold(&harness, id, json!(["example.com/hold"])).await;
    let change = delete(&harness, id).await;
    assert_eq!(apply(&harness, &change).await, Outcome::Terminating);
    let Ok(Live::Present(live)) = harness.differ().live(id).await else {
        panic!("{id} is held and cannot be gone")
    };
    assert!(live.deleting, "{id} is on its way out");
    repeats(&harness, &change, Outcome::Terminating).await;
    hold(&harness, id, Value::Null).await;
    assert_eq!(harness.stored(id).await, None, "nothing holds {id} any more");
    assert_eq!(apply(&harness, &change).await, Outcome::Unchanged);
}

async fn hold<H: Harness>(harness: &H, id: &ObjectId, finalizers: Value) {
    harness.patch_as(id, json!({ "metadata": { "finalizers": finalizers } }), RIVAL).await;
}

fn create(desired: &Object) -> Change {
    Change::Create { desired: desired.clone(), after: None }
}

// Applies a change that is refused, and checks that it leaves everything as it was.
async fn refused<H: Harness>(harness: &H, change: &Change) -> ApplyError {
    let before = harness.stored(change.id()).await;
    let err = match harness.applier().apply(change).await {
        Err(err) => err,
        Ok(outcome) => panic!("{} of {} gave {outcome:?}", change.verb(), change.id()),
    };
    assert_eq!(before, harness.stored(change.id()).await, "a refused change wrote something");
    err
}

// Applies a change that has been made, and checks that it leaves everything as it is.
async fn repeats<H: Harness>(harness: &H, change: &Change, expected: Outcome) {
    let before = harness.stored(change.id()).await;
    assert_eq!(apply(harness, change).await, expected);
    assert_eq!(before, harness.stored(change.id()).await, "the second time wrote something");
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__applier_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __applier_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            a1_creating_twice_creates_once,
            a1_updating_twice_updates_once,
            a1_deleting_twice_deletes_once,
            a1_replacing_twice_replaces_once,
            a1_unchanged_changes_nothing,
            a2_refused_changes_change_nothing,
            a2_invalid_objects_are_not_made,
            a3_conflicts_are_not_forced,
            a3_foreign_fields_stay,
            a4_deleting_what_is_gone_is_unchanged,
            a5_moved_objects_are_stale,
            a5_objects_made_anew_are_stale,
            a5_objects_made_meanwhile_are_stale,
            a6_dropped_fields_are_removed,
            a6_shared_fields_stay,
            a7_missing_namespace_is_missing,
            a7_missing_kind_is_missing,
            a8_finalizers_hold,
        }
    };
}

/// Tests an [`Applier`](crate::Applier) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __applier_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__applier_rules! {
            __conformance_tests, $crate::conformance::applier, $harness, [$($skips)?]
        }
    };
}
