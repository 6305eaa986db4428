//! Gives up on an answer that takes too long.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, Either, select};

use crate::{
    Applier, ApplyError, BoxError, Change, Clock, Conflict, DiffError, Differ, Digest, Inventory,
    InventoryError, InventoryStore, Kind, Live, Object, ObjectId, Outcome, RenderError, Renderer,
    Revision, Scope, Source, SourceError, Tree, Version,
};

/// Gives up on every call that takes longer than a limit: the answer is then that there is none.
///
/// The call itself is dropped. Whether an applier or a store has done its work by then is not
/// known, as with every answer that is lost.
#[derive(Debug)]
pub struct Timeout<T> {
    inner: T,
    limit: Duration,
    clock: Arc<dyn Clock>,
}

/// A call took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {limit:?}")]
pub struct TimedOut {
    /// How long the call was allowed to take.
    pub limit: Duration,
}

impl<T> Timeout<T> {
    /// Allows each call to `inner` to take `limit`, as `clock` measures it.
    pub fn new(inner: T, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { inner, limit, clock }
    }

    async fn within<A: Send>(&self, call: BoxFuture<'_, A>) -> Result<A, TimedOut>
    where
        T: Sync,
    {
        match select(call, self.clock.sleep(self.limit)).await {
            Either::Left((answer, _)) => Ok(answer),
            Either::Right(((), _)) => Err(TimedOut { limit: self.limit }),
        }
    }
}

// Makes the time that is over an error of the trait.
fn flatten<A, E>(
    answer: Result<Result<A, E>, TimedOut>,
    unavailable: impl FnOnce(BoxError) -> E,
) -> Result<A, E> {
    answer.unwrap_or_else(|late| Err(unavailable(late.into())))
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Source> Source for Timeout<T> {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let answer = self.within(self.inner.resolve()).await;
        flatten(answer, |cause| SourceError::Unavailable { origin: SOURCE.to_owned(), cause })
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let answer = self.within(self.inner.fetch(revision)).await;
        flatten(answer, |cause| SourceError::Unavailable { origin: SOURCE.to_owned(), cause })
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Renderer> Renderer for Timeout<T> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let answer = self.within(self.inner.render(tree)).await;
        flatten(answer, |cause| RenderError::Unavailable { cause })
    }

    fn fingerprint(&self) -> Digest {
        self.inner.fingerprint()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Differ> Differ for Timeout<T> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        let answer = self.within(self.inner.scope(kind)).await;
        flatten(answer, |cause| DiffError::Discovery { kind: kind.clone(), cause })
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let answer = self.within(self.inner.diff(desired, takes)).await;
        flatten(answer, |cause| DiffError::Unavailable { id: desired.id().clone(), cause })
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        let answer = self.within(self.inner.live(id)).await;
        answer.unwrap_or_else(|late| Ok(Live::Unknown { reason: late.to_string() }))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Applier> Applier for Timeout<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let answer = self.within(self.inner.apply(change)).await;
        flatten(answer, |cause| ApplyError::Unavailable { id: change.id().clone(), cause })
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: InventoryStore> InventoryStore for Timeout<T> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let answer = self.within(self.inner.load()).await;
        flatten(answer, |cause| InventoryError::Unavailable { store: STORE.to_owned(), cause })
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let answer = self.within(self.inner.save(inventory, version)).await;
        flatten(answer, |cause| InventoryError::Unavailable { store: STORE.to_owned(), cause })
    }
}

// The wrapper does not know where either is.
const SOURCE: &str = "the source";
const STORE: &str = "the inventory";
