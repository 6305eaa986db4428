//! Loses answers on purpose.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::random::Random;
use crate::{
    Applier, ApplyError, BoxError, Change, Clock, Conflict, DiffError, Differ, Digest, Inventory,
    InventoryError, InventoryStore, Kind, Live, Object, ObjectId, Outcome, RenderError, Renderer,
    Revision, Scope, Source, SourceError, Tree, Version,
};

/// Loses calls before and after they are made, and makes them slow, as a seed decides.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    faults: Mutex<Faults>,
    random: Random,
    clock: Arc<dyn Clock>,
}

/// Of a thousand calls, how many go wrong. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// How many are lost before they are made: nothing has happened.
    pub lost_before: u16,
    /// How many are lost after they are made: it has happened, but the answer does not arrive.
    pub lost_after: u16,
    /// How many are slow.
    pub slow: u16,
    /// How long a slow one takes before it is made.
    pub slow_for: Duration,
}

/// A call was lost on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Injected {
    /// Nothing has happened.
    #[error("the call was lost before it was made")]
    Before,
    /// It has happened.
    #[error("the answer was lost after the call was made")]
    After,
}

impl<T> Faulty<T> {
    /// Lets `faults` happen to the calls to `inner`; equal seeds choose the same calls.
    pub fn new(inner: T, faults: Faults, seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self { inner, faults: Mutex::new(faults), random: Random::new(seed), clock }
    }

    /// Lets other faults happen from here on.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    async fn lose<A: Send, E: Send>(
        &self,
        call: BoxFuture<'_, Result<A, E>>,
        unavailable: impl FnOnce(BoxError) -> E + Send,
    ) -> Result<A, E>
    where
        T: Sync,
    {
        let faults = *self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        // All are drawn at once, so that what is chosen does not depend on how a call goes.
        let [slow, before, after] = [faults.slow, faults.lost_before, faults.lost_after]
            .map(|of_a_thousand| self.random.below(1000) < u64::from(of_a_thousand));
        if slow {
            self.clock.sleep(faults.slow_for).await;
        }
        if before {
            return Err(unavailable(Injected::Before.into()));
        }
        let answer = call.await;
        if after {
            return Err(unavailable(Injected::After.into()));
        }
        answer
    }
}

const FAULTY: &str = "the faulty wrapper";

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Source> Source for Faulty<T> {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let unavailable = |cause| SourceError::Unavailable { origin: FAULTY.to_owned(), cause };
        self.lose(self.inner.resolve(), unavailable).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let unavailable = |cause| SourceError::Unavailable { origin: FAULTY.to_owned(), cause };
        self.lose(self.inner.fetch(revision), unavailable).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Renderer> Renderer for Faulty<T> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let unavailable = |cause| RenderError::Unavailable { cause };
        self.lose(self.inner.render(tree), unavailable).await
    }

    fn fingerprint(&self) -> Digest {
        self.inner.fingerprint()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Differ> Differ for Faulty<T> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        let unavailable = |cause| DiffError::Discovery { kind: kind.clone(), cause };
        self.lose(self.inner.scope(kind), unavailable).await
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let unavailable = |cause| DiffError::Unavailable { id: desired.id().clone(), cause };
        self.lose(self.inner.diff(desired, takes), unavailable).await
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        let call = self.inner.live(id);
        let answer = self.lose(Box::pin(async { Ok(call.await) }), |cause| cause).await;
        answer.unwrap_or_else(|lost| Ok(Live::Unknown { reason: lost.to_string() }))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Applier> Applier for Faulty<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let unavailable = |cause| ApplyError::Unavailable { id: change.id().clone(), cause };
        self.lose(self.inner.apply(change), unavailable).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: InventoryStore> InventoryStore for Faulty<T> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let unavailable = |cause| InventoryError::Unavailable { store: FAULTY.to_owned(), cause };
        self.lose(self.inner.load(), unavailable).await
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let unavailable = |cause| InventoryError::Unavailable { store: FAULTY.to_owned(), cause };
        self.lose(self.inner.save(inventory, version), unavailable).await
    }
}
