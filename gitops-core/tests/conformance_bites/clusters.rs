//! Differs and appliers that break one rule each.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    Applier, ApplyError, Change, Conflict, DiffError, Differ, Kind, Live, Object, ObjectId,
    Outcome, Pin, Scope,
    conformance::{Rule, applier, cluster::Harness, differ},
    memory::MemoryCluster,
};
use serde_json::{Value, json};

use crate::conformance_memory::Cluster;

mod bug {
    pub(super) const NONE: u8 = 0;
    pub(super) const TOUCHES: u8 = 1;
    pub(super) const IS_RESTLESS: u8 = 2;
    pub(super) const WAITS_FOR_NOTHING: u8 = 3;
    pub(super) const NAMES_NOBODY: u8 = 4;
    pub(super) const REPORTS_ONE_CONFLICT: u8 = 5;
    pub(super) const TAKES_SILENCE_FOR_ABSENCE: u8 = 6;
    pub(super) const WANTS_EVERYTHING: u8 = 7;
    pub(super) const SHOWS_SECRETS: u8 = 8;
    pub(super) const GUESSES_SCOPES: u8 = 9;
    pub(super) const CREATES_ONLY_ONCE: u8 = 10;
    pub(super) const APPLIES_HALF: u8 = 11;
    pub(super) const FORCES: u8 = 12;
    pub(super) const BOASTS: u8 = 13;
    pub(super) const IGNORES_PINS: u8 = 14;
    pub(super) const REMOVES_NOTHING: u8 = 15;
    pub(super) const CONFUSES_ERRORS: u8 = 16;
    pub(super) const IGNORES_FINALIZERS: u8 = 17;
}

#[derive(Debug)]
struct Bent<const BUG: u8>(MemoryCluster);

#[async_trait]
impl<const BUG: u8> Differ for Bent<BUG> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        if BUG == bug::TOUCHES {
            for id in self.0.live().keys() {
                self.0.rival_set(id, "metadata.annotations.seen", json!("yes"), "reader");
            }
        }
        match (BUG, self.0.scope(kind).await?) {
            (bug::GUESSES_SCOPES, Scope::Unknown) => Ok(Scope::Namespaced),
            (_, scope) => Ok(scope),
        }
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let mut change = self.0.diff(desired, takes).await;
        match (BUG, &mut change) {
            (bug::WAITS_FOR_NOTHING, Ok(Change::Create { after, .. })) => *after = None,
            (bug::NAMES_NOBODY, Ok(Change::Update { fields, .. })) => {
                for field in fields {
                    field.held_by.clear();
                }
            }
            (bug::SHOWS_SECRETS, Ok(Change::Update { fields, .. })) => {
                for field in fields {
                    field.sensitive = false;
                }
            }
            (bug::REPORTS_ONE_CONFLICT, Err(DiffError::Conflict { conflicts, .. })) => {
                conflicts.truncate(1);
            }
            (_, Ok(Change::Unchanged { live, .. })) => {
                let object = &self.0.live()[desired.id()];
                let foreign = object.value().get("data") != desired.value().get("data");
                if BUG == bug::IS_RESTLESS && desired.is_secret()
                    || BUG == bug::WANTS_EVERYTHING && foreign && !desired.is_secret()
                {
                    let (desired, live) = (desired.clone(), live.clone());
                    return Ok(update(desired, live));
                }
            }
            _ => {}
        }
        change
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        match self.0.live_now(id).await? {
            Live::Unknown { .. } if BUG == bug::TAKES_SILENCE_FOR_ABSENCE => Ok(Live::Absent),
            live => Ok(live),
        }
    }
}

/// `MemoryCluster::live` lists all objects: this is the method of the trait.
#[async_trait]
trait LiveNow {
    async fn live_now(&self, id: &ObjectId) -> Result<Live, DiffError>;
}

#[async_trait]
impl LiveNow for MemoryCluster {
    async fn live_now(&self, id: &ObjectId) -> Result<Live, DiffError> {
        Differ::live(self, id).await
    }
}

impl<const BUG: u8> Bent<BUG> {
    // Changes what is to be applied, as the bug has it.
    async fn bend(&self, change: &Change) -> Change {
        let Ok(Live::Present(now)) = self.0.live_now(change.id()).await else {
            return change.clone();
        };
        let mut bent = change.clone();
        match (BUG, &mut bent) {
            (bug::IGNORES_PINS, Change::Update { live, .. } | Change::Delete { live, .. }) => {
                *live = now.pin;
            }
            (bug::IGNORES_PINS, Change::Create { desired, .. }) => {
                let (desired, live) = (desired.clone(), now.pin);
                return update(desired, live);
            }
            (bug::FORCES, Change::Update { desired, takes, .. }) => {
                if let Err(DiffError::Conflict { conflicts, .. }) = self.0.diff(desired, &[]).await
                {
                    *takes = conflicts;
                }
            }
            (bug::REMOVES_NOTHING, Change::Update { desired, .. }) => {
                let mut data = now.object.value()["data"].clone();
                for (key, value) in desired.value()["data"].as_object().into_iter().flatten() {
                    data[key] = value.clone();
                }
                if data.is_object() && !desired.is_secret() {
                    *desired = desired.edited(|map| drop(map.insert("data".into(), data))).unwrap();
                }
            }
            _ => {}
        }
        bent
    }

    // Applies what of a refused change is not in conflict.
    async fn apply_rest(&self, change: &Change, err: &ApplyError) {
        let (Change::Update { desired, live, .. }, ApplyError::Conflict { conflicts, .. }) =
            (change, err)
        else {
            return;
        };
        let mut value = desired.value().clone();
        for conflict in conflicts {
            let key = conflict.path.strip_prefix("data.").unwrap();
            value["data"].as_object_mut().unwrap().remove(key);
        }
        let desired = Object::try_from(value).unwrap();
        self.0.apply(&update(desired, live.clone())).await.unwrap();
    }
}

#[async_trait]
impl<const BUG: u8> Applier for Bent<BUG> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let change = self.bend(change).await;
        let id = change.id().clone();
        match (BUG, &change, self.0.apply(&change).await) {
            (bug::CREATES_ONLY_ONCE, Change::Create { .. }, Ok(Outcome::Unchanged)) => {
                Err(ApplyError::Stale { id })
            }
            (bug::BOASTS, Change::Delete { .. }, Ok(Outcome::Unchanged))
            | (bug::IGNORES_FINALIZERS, _, Ok(Outcome::Terminating)) => Ok(Outcome::Deleted),
            (bug::CONFUSES_ERRORS, _, Err(ApplyError::Missing { cause, .. })) => {
                Err(ApplyError::Invalid { id, cause })
            }
            (bug::APPLIES_HALF, _, Err(err)) => {
                self.apply_rest(&change, &err).await;
                Err(err)
            }
            (_, _, answer) => answer,
        }
    }
}

fn update(desired: Object, live: Pin) -> Change {
    Change::Update { desired, live, fields: Vec::new(), takes: Vec::new() }
}

struct Place<const BUG: u8>(Cluster);

#[async_trait]
impl<const BUG: u8> Harness for Place<BUG> {
    async fn start() -> Self {
        Self(Cluster::start().await)
    }

    fn namespace(&self) -> String {
        self.0.namespace()
    }

    fn differ(&self) -> Arc<dyn Differ> {
        Arc::new(Bent::<BUG>(self.0.0.clone()))
    }

    fn applier(&self) -> Arc<dyn Applier> {
        Arc::new(Bent::<BUG>(self.0.0.clone()))
    }

    fn disconnected(&self) -> (Arc<dyn Differ>, Arc<dyn Applier>) {
        let bent = || Bent::<BUG>(Cluster::elsewhere());
        (Arc::new(bent()), Arc::new(bent()))
    }

    async fn apply_as(&self, object: &Object, manager: &str) {
        self.0.apply_as(object, manager).await;
    }

    async fn patch_as(&self, id: &ObjectId, patch: Value, manager: &str) {
        self.0.patch_as(id, patch, manager).await;
    }

    async fn delete(&self, id: &ObjectId) {
        self.0.delete(id).await;
    }

    async fn stored(&self, id: &ObjectId) -> Option<Value> {
        self.0.stored(id).await
    }
}

/// Both suites: what breaks in one half of a backend may show in the other.
fn rules<H: Harness>() -> Vec<Rule> {
    [differ::rules::<H>(), applier::rules::<H>()].concat()
}

crate::bites! { rules(Place):
    NONE => [],
    TOUCHES => ["d1_reading_writes_nothing"],
    IS_RESTLESS => ["d2_applied_is_unchanged"],
    WAITS_FOR_NOTHING => ["d3_missing_namespace_is_awaited", "d3_missing_kind_is_awaited"],
    NAMES_NOBODY => ["d4_drift_names_path_values_and_manager"],
    REPORTS_ONE_CONFLICT => ["d5_conflicts_are_refused"],
    TAKES_SILENCE_FOR_ABSENCE => ["d6_silence_is_not_absence"],
    WANTS_EVERYTHING => ["d7_foreign_fields_are_no_difference", "a6_shared_fields_stay"],
    SHOWS_SECRETS => ["d8_secrets_are_sensitive"],
    GUESSES_SCOPES => ["d9_scopes_are_those_of_the_server"],
    CREATES_ONLY_ONCE => ["a1_creating_twice_creates_once"],
    APPLIES_HALF => ["a2_refused_changes_change_nothing"],
    FORCES => [
        "d5_conflicts_are_refused",
        "a2_refused_changes_change_nothing",
        "a3_conflicts_are_not_forced",
    ],
    BOASTS => [
        "a1_deleting_twice_deletes_once",
        "a4_deleting_what_is_gone_is_unchanged",
        "a8_finalizers_hold",
    ],
    IGNORES_PINS => [
        "a5_moved_objects_are_stale",
        "a5_objects_made_anew_are_stale",
        "a5_objects_made_meanwhile_are_stale",
    ],
    REMOVES_NOTHING => [
        "a1_updating_twice_updates_once",
        "a6_dropped_fields_are_removed",
        "a6_shared_fields_stay",
    ],
    CONFUSES_ERRORS => ["a7_missing_namespace_is_missing", "a7_missing_kind_is_missing"],
    IGNORES_FINALIZERS => ["a8_finalizers_hold"],
}
