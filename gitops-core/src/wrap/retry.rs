//! Asks again when the answer may be another one later.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::random::Random;
use crate::{
    Applier, ApplyError, Change, Clock, Conflict, DiffError, Differ, Digest, Inventory,
    InventoryError, InventoryStore, Kind, Live, Object, ObjectId, Outcome, RenderError, Renderer,
    Revision, Scope, Source, SourceError, Tree, Version,
};

/// Repeats calls that fail for a moment: those whose error `is_transient`, and no others.
///
/// Before each further attempt it waits a random time between nothing and a bound that doubles
/// (exponential backoff with full jitter), so that many callers do not come back at once.
///
/// An applier or a store that did not answer may have done its work. By A1 an applier can be asked
/// again: when the change turns out to be made already, the outcome is that of the change. A store
/// that reports a conflict after a lost answer is loaded: where it holds what was to be saved, the
/// save has succeeded.
#[derive(Debug)]
pub struct Retry<T> {
    inner: T,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Random,
}

/// How often and after what time a call is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many attempts there are, with the first one. None is treated like one.
    pub attempts_max: u32,
    /// The longest time before the second attempt; it doubles from attempt to attempt.
    pub wait_first: Duration,
    /// The longest time before any attempt.
    pub wait_max: Duration,
    /// Decides the random times.
    pub seed: u64,
}

impl Default for RetryPolicy {
    /// Five attempts within at most fifteen seconds of waiting.
    fn default() -> Self {
        Self {
            attempts_max: 5,
            wait_first: Duration::from_secs(1),
            wait_max: Duration::from_secs(30),
            seed: 0,
        }
    }
}

impl RetryPolicy {
    /// Returns the longest time to wait after this many attempts.
    pub fn wait_after(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.wait_first.saturating_mul(factor).min(self.wait_max)
    }
}

impl<T> Retry<T> {
    /// Repeats the calls to `inner` by `policy`, and waits on `clock`.
    pub fn new(inner: T, policy: RetryPolicy, clock: Arc<dyn Clock>) -> Self {
        Self { inner, policy, clock, random: Random::new(policy.seed) }
    }

    // Calls until the answer is one that stays, and says how often it did.
    async fn repeat<'a, A>(
        &self,
        mut call: impl FnMut() -> BoxFuture<'a, A> + Send,
        is_transient: impl Fn(&A) -> bool + Send,
    ) -> (A, u32)
    where
        A: Send,
        T: Sync,
    {
        let mut attempts = 0;
        loop {
            let answer = call().await;
            attempts += 1;
            if !is_transient(&answer) || self.policy.attempts_max <= attempts {
                return (answer, attempts);
            }
            drop(answer);
            self.clock.sleep(self.jitter(attempts)).await;
        }
    }

    fn jitter(&self, attempts: u32) -> Duration {
        let bound = self.policy.wait_after(attempts).as_nanos();
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        Duration::from_nanos(self.random.below(bound.saturating_add(1)))
    }
}

fn fails<T, E>(is_transient: fn(&E) -> bool) -> impl Fn(&Result<T, E>) -> bool + Send {
    move |answer| answer.as_ref().is_err_and(is_transient)
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Source> Source for Retry<T> {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        self.repeat(|| self.inner.resolve(), fails(SourceError::is_transient)).await.0
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        self.repeat(|| self.inner.fetch(revision), fails(SourceError::is_transient)).await.0
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Renderer> Renderer for Retry<T> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        self.repeat(|| self.inner.render(tree), fails(RenderError::is_transient)).await.0
    }

    fn fingerprint(&self) -> Digest {
        self.inner.fingerprint()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Differ> Differ for Retry<T> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        self.repeat(|| self.inner.scope(kind), fails(DiffError::is_transient)).await.0
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        self.repeat(|| self.inner.diff(desired, takes), fails(DiffError::is_transient)).await.0
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        let unknown = |answer: &Result<Live, DiffError>| match answer {
            Ok(Live::Unknown { .. }) => true,
            Ok(Live::Present(_) | Live::Absent) => false,
            Err(err) => err.is_transient(),
        };
        self.repeat(|| self.inner.live(id), unknown).await.0
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Applier> Applier for Retry<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let fails = fails(ApplyError::is_transient);
        match self.repeat(|| self.inner.apply(change), fails).await {
            // The first answer was lost: the change was made by that call.
            (Ok(Outcome::Unchanged), attempts) if 1 < attempts => Ok(made(change)),
            (answer, _) => answer,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: InventoryStore> InventoryStore for Retry<T> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        self.repeat(|| self.inner.load(), fails(InventoryError::is_transient)).await.0
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let fails = fails(InventoryError::is_transient);
        match self.repeat(|| self.inner.save(inventory, version), fails).await {
            (Err(conflict @ InventoryError::Conflict { .. }), attempts) if 1 < attempts => {
                let (stored, current) = self.load().await?;
                if stored == *inventory { Ok(current) } else { Err(conflict) }
            }
            (answer, _) => answer,
        }
    }
}

fn made(change: &Change) -> Outcome {
    match change {
        Change::Create { .. } => Outcome::Created,
        Change::Update { .. } => Outcome::Updated,
        Change::Replace { .. } => Outcome::Replaced,
        Change::Delete { .. } => Outcome::Deleted,
        Change::Unchanged { .. } => Outcome::Unchanged,
    }
}
