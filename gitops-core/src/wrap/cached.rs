//! Renders only what has changed.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;

use crate::{Digest, Object, RenderError, Renderer, Tree, tree::ReadSet};

/// How many results [`Cached`] keeps unless it is told otherwise.
pub const CACHED_RENDERS_MAX: usize = 4;

/// Keeps the last results of a renderer, and gives one again as long as it is still valid.
///
/// A result is valid for a tree in which everything that was read for it is the same: by R4 the
/// renderer would give equal objects. A commit that touches none of it costs as much as looking
/// that up, whatever the size of the tree. Errors are not kept.
#[derive(Debug)]
pub struct Cached<R> {
    inner: R,
    results_max: usize,
    // The one that was used last comes first.
    results: Mutex<VecDeque<Arc<Rendered>>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug)]
struct Rendered {
    fingerprint: Digest,
    reads: ReadSet,
    objects: Vec<Object>,
}

impl<R> Cached<R> {
    /// Keeps the last [`CACHED_RENDERS_MAX`] results of `inner`.
    pub fn new(inner: R) -> Self {
        Self::with_results_max(inner, CACHED_RENDERS_MAX)
    }

    /// Keeps the last `results_max` results of `inner`.
    pub fn with_results_max(inner: R, results_max: usize) -> Self {
        Self {
            inner,
            results_max,
            results: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Returns how often a result was still valid.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Returns how often `inner` had to render.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    fn find(&self, fingerprint: Digest, tree: &Tree) -> Result<Option<Arc<Rendered>>, RenderError> {
        // A copy, so that no lock is held while the tree is read.
        let results: Vec<_> = self.lock().iter().cloned().collect();
        for result in results {
            let holds = result.fingerprint == fingerprint && holds(&result.reads, tree)?;
            if holds {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    fn keep(&self, result: Arc<Rendered>) {
        let mut results = self.lock();
        // One that is kept already moves to the front.
        results.retain(|other| !Arc::ptr_eq(other, &result));
        results.push_front(result);
        results.truncate(self.results_max);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Rendered>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holds(reads: &ReadSet, tree: &Tree) -> Result<bool, RenderError> {
    let unreadable = |cause| RenderError::Tree { path: ".".to_owned(), line: None, cause };
    reads.holds(tree).map_err(unreadable)
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Renderer> Renderer for Cached<R> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let fingerprint = self.inner.fingerprint();
        if let Some(result) = self.find(fingerprint, tree)? {
            self.hits.fetch_add(1, Ordering::Relaxed);
            tree.note_reads(&result.reads);
            self.keep(Arc::clone(&result));
            return Ok(result.objects.clone());
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let (tracked, handle) = tree.track();
        let objects = self.inner.render(&tracked).await?;
        let reads = handle.reads();
        self.keep(Arc::new(Rendered { fingerprint, reads, objects: objects.clone() }));
        Ok(objects)
    }

    fn fingerprint(&self) -> Digest {
        self.inner.fingerprint()
    }
}
