//! What a backend brings so that its differ and applier can be tested.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{Applier, Change, DiffError, Differ, Live, Object, ObjectId, Outcome, Pin};

/// The field manager from which the tests take what it owns.
pub const DRIFTER: &str = "conformance-drifter";
/// The field manager whose fields they leave alone: what it owns is a conflict.
pub const RIVAL: &str = "conformance-rival";

/// A cluster, and a differ and an applier that look at it.
///
/// The differ and the applier share one field manager. All other methods act on the cluster
/// without them, so that a test can do what others do and see what is really there.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// Makes a cluster, or a fresh namespace in a shared one.
    async fn start() -> Self;

    /// Returns the name of a namespace that exists and that nobody else uses.
    fn namespace(&self) -> String;

    /// Returns the differ under test.
    fn differ(&self) -> Arc<dyn Differ>;

    /// Returns the applier under test.
    fn applier(&self) -> Arc<dyn Applier>;

    /// Returns a differ and an applier, set up alike, whose server does not answer.
    fn disconnected(&self) -> (Arc<dyn Differ>, Arc<dyn Applier>);

    /// Applies `object` as `manager`, by force.
    async fn apply_as(&self, object: &Object, manager: &str);

    /// Changes an object by a JSON merge patch as `manager`: an update, not an apply.
    async fn patch_as(&self, id: &ObjectId, patch: Value, manager: &str);

    /// Deletes an object.
    async fn delete(&self, id: &ObjectId);

    /// Returns an object as the server holds it, with its `metadata.uid` and
    /// `metadata.resourceVersion`.
    async fn stored(&self, id: &ObjectId) -> Option<Value>;

    /// Waits until the server has digested a new kind.
    async fn settle(&self) {}
}

/// Returns a `ConfigMap` with this data.
pub(super) fn config_map<H: Harness>(harness: &H, name: &str, data: Value) -> Object {
    let mut content = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "namespace": harness.namespace(), "name": name },
    });
    content["data"] = data;
    object(content)
}

/// Returns the definition of a kind `Widget`, whose group belongs to the namespace of the harness.
pub(super) fn widget_definition<H: Harness>(harness: &H) -> Object {
    let group = format!("{}.example.com", harness.namespace());
    object(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("widgets.{group}") },
        "spec": {
            "group": group,
            "names": { "kind": "Widget", "plural": "widgets", "singular": "widget" },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": true,
                    } },
                } },
            }],
        },
    }))
}

/// Returns a custom object of the kind `Widget`.
pub(super) fn widget<H: Harness>(harness: &H) -> Object {
    object(json!({
        "apiVersion": format!("{}.example.com/v1", harness.namespace()),
        "kind": "Widget",
        "metadata": { "namespace": harness.namespace(), "name": "one" },
        "spec": { "size": 1 },
    }))
}

pub(super) fn object(value: Value) -> Object {
    Object::try_from(value).expect("the sample is an object")
}

/// Compares and applies, and returns what became of it.
pub(super) async fn deliver<H: Harness>(harness: &H, desired: &Object) -> Outcome {
    let change = diff(harness, desired).await;
    apply(harness, &change).await
}

/// Compares, taking what [`DRIFTER`] owns.
pub(super) async fn diff<H: Harness>(harness: &H, desired: &Object) -> Change {
    let mut change = harness.differ().diff(desired, &[]).await;
    if let Err(DiffError::Conflict { conflicts, .. }) = &change
        && conflicts.iter().all(|conflict| conflict.manager == DRIFTER)
    {
        let takes = conflicts.clone();
        change = harness.differ().diff(desired, &takes).await;
    }
    change.unwrap_or_else(|err| panic!("{} cannot be compared: {err:?}", desired.id()))
}

pub(super) async fn apply<H: Harness>(harness: &H, change: &Change) -> Outcome {
    let outcome = harness.applier().apply(change).await;
    outcome.unwrap_or_else(|err| panic!("{} of {}: {err:?}", change.verb(), change.id()))
}

/// Returns the pin of an object that is there.
pub(super) async fn pin<H: Harness>(harness: &H, id: &ObjectId) -> Pin {
    match harness.differ().live(id).await {
        Ok(Live::Present(live)) => live.pin,
        other => panic!("{id} is there, but live says {other:?}"),
    }
}

/// Returns the change that updates to `desired` what is live at this moment.
pub(super) async fn update<H: Harness>(harness: &H, desired: &Object) -> Change {
    let live = pin(harness, desired.id()).await;
    Change::Update { desired: desired.clone(), live, fields: Vec::new(), takes: Vec::new() }
}

/// Returns the change that deletes what is live at this moment.
pub(super) async fn delete<H: Harness>(harness: &H, id: &ObjectId) -> Change {
    Change::Delete { id: id.clone(), live: pin(harness, id).await }
}

/// Returns the stored `data` of an object that is there.
pub(super) async fn data<H: Harness>(harness: &H, id: &ObjectId) -> Value {
    let stored = harness.stored(id).await.unwrap_or_else(|| panic!("{id} is gone"));
    stored.get("data").cloned().unwrap_or_else(|| json!({}))
}
