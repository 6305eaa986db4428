//! The fault model: what may go wrong between the algorithm and the world.
//!
//! - Every call takes a millisecond, so that a crash can fall between any two of them.
//! - A call may be lost before it has an effect: it fails and nothing happened.
//! - A call may be lost after it: it fails although it happened.
//! - A read may be lost: `live` then answers that it does not know.
//!
//! All of these happen to every client of a network, so all of them must be survivable.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use gitops_core::{
    Applier, ApplyError, Change, Conflict, DiffError, Differ, Inventory, InventoryError,
    InventoryStore, Kind, Live, Object, ObjectId, Outcome, Scope, Version,
};
use tokio::time::sleep;

use crate::random::Random;

/// A part of the world behind a bad line.
#[derive(Debug)]
pub(crate) struct Faulty<T> {
    inner: T,
    line: Arc<Mutex<Line>>,
}

/// The line that the parts share.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) random: Random,
    /// One call in so many is lost; 0 for none.
    pub(crate) loss: u64,
    pub(crate) lost: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Arrives,
    LostBefore,
    LostAfter,
}

impl<T: Sync> Faulty<T> {
    pub(crate) fn new(inner: T, line: &Arc<Mutex<Line>>) -> Self {
        Self { inner, line: Arc::clone(line) }
    }

    async fn fate(&self, call: String) -> Fate {
        sleep(Duration::from_millis(1)).await;
        let mut line = self.line.lock().unwrap();
        let loss = line.loss;
        if loss == 0 || !line.random.one_in(loss) {
            return Fate::Arrives;
        }
        let before = line.random.one_in(2);
        let when = if before { "before" } else { "after" };
        line.lost.push(format!("  lost {when} its effect: {call}"));
        if before { Fate::LostBefore } else { Fate::LostAfter }
    }
}

#[async_trait]
impl<T: Differ> Differ for Faulty<T> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        self.inner.scope(kind).await
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let id = desired.id().clone();
        match self.fate(format!("diff {id}")).await {
            Fate::Arrives => self.inner.diff(desired, takes).await,
            _ => Err(DiffError::Unavailable { id, cause: "the answer was lost".into() }),
        }
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        match self.fate(format!("live {id}")).await {
            Fate::Arrives => self.inner.live(id).await,
            _ => Ok(Live::Unknown { reason: "the answer was lost".to_owned() }),
        }
    }
}

#[async_trait]
impl<T: Applier> Applier for Faulty<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let id = change.id().clone();
        let fate = self.fate(format!("{} {id}", change.verb())).await;
        let lost = ApplyError::Unavailable { id, cause: "the answer was lost".into() };
        if fate == Fate::LostBefore {
            return Err(lost);
        }
        let outcome = self.inner.apply(change).await;
        // The effect is there; a crash may still fall before the answer.
        sleep(Duration::from_millis(1)).await;
        if fate == Fate::LostAfter { Err(lost) } else { outcome }
    }
}

#[async_trait]
impl<T: InventoryStore> InventoryStore for Faulty<T> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        match self.fate("load the inventory".to_owned()).await {
            Fate::Arrives => self.inner.load().await,
            _ => Err(lost_inventory()),
        }
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let fate = self.fate("save the inventory".to_owned()).await;
        if fate == Fate::LostBefore {
            return Err(lost_inventory());
        }
        let saved = self.inner.save(inventory, version).await;
        sleep(Duration::from_millis(1)).await;
        if fate == Fate::LostAfter { Err(lost_inventory()) } else { saved }
    }
}

fn lost_inventory() -> InventoryError {
    InventoryError::Unavailable {
        store: "the inventory".to_owned(),
        cause: "the answer was lost".into(),
    }
}
