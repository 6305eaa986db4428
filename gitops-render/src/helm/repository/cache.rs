//! Packages that were brought already, by their digest.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use gitops_core::{BoxError, Digest};

/// How many bytes a cache keeps unless told otherwise.
pub const CACHE_BYTES_MAX: u64 = 256 << 20;
/// How many packages a cache keeps.
pub const CACHE_ENTRIES_MAX: usize = 4096;

/// Keeps packages by the SHA-256 of their content.
///
/// What is kept under a digest has this digest: it is never out of date. The methods are called
/// from async code, so that they should be quick; a failure is logged and the package is brought
/// again.
pub trait PackageCache: fmt::Debug + Send + Sync {
    /// Returns the package, where it is there and unharmed.
    ///
    /// # Errors
    ///
    /// What keeps the cache from being read.
    fn get(&self, digest: &Digest) -> Result<Option<Bytes>, BoxError>;

    /// Keeps a package, and lets go of others that were not used for the longest time.
    ///
    /// # Errors
    ///
    /// What keeps the cache from being written.
    fn put(&self, digest: &Digest, package: &Bytes) -> Result<(), BoxError>;
}

/// Keeps packages in memory.
#[derive(Clone)]
pub struct MemoryCache {
    bytes_max: u64,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    packages: BTreeMap<Digest, (u64, Bytes)>,
    bytes: u64,
    // Counts uses: the package with the smallest count was not used for the longest time.
    uses: u64,
}

impl MemoryCache {
    /// Keeps up to `bytes_max` bytes, usually [`CACHE_BYTES_MAX`], and [`CACHE_ENTRIES_MAX`]
    /// packages.
    pub fn new(bytes_max: u64) -> Self {
        Self { bytes_max, kept: Arc::default() }
    }
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new(CACHE_BYTES_MAX)
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").field("bytes_max", &self.bytes_max).finish_non_exhaustive()
    }
}

impl PackageCache for MemoryCache {
    fn get(&self, digest: &Digest) -> Result<Option<Bytes>, BoxError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        let found = kept.packages.get_mut(digest);
        Ok(found.map(|(used, package)| {
            *used = uses;
            package.clone()
        }))
    }

    fn put(&self, digest: &Digest, package: &Bytes) -> Result<(), BoxError> {
        let size = package.len() as u64;
        if self.bytes_max < size {
            return Ok(());
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        if let Some((_, old)) = kept.packages.insert(*digest, (uses, package.clone())) {
            kept.bytes -= old.len() as u64;
        }
        kept.bytes += size;
        while self.bytes_max < kept.bytes || CACHE_ENTRIES_MAX < kept.packages.len() {
            let oldest = kept.packages.iter().min_by_key(|(_, (used, _))| *used);
            let Some(oldest) = oldest.map(|(digest, _)| *digest) else { break };
            if let Some((_, old)) = kept.packages.remove(&oldest) {
                kept.bytes -= old.len() as u64;
            }
        }
        Ok(())
    }
}

/// The cache of a repository, if it has one: it helps, and never harms.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache(pub(super) Option<Arc<dyn PackageCache>>);

impl Cache {
    pub(super) fn get(&self, digest: &Digest) -> Option<Bytes> {
        match self.0.as_ref()?.get(digest) {
            // A cache of somebody else's making is not trusted either.
            Ok(package) => package.filter(|package| Digest::of(package) == *digest),
            Err(err) => {
                tracing::warn!(%digest, err, "the cache of charts cannot be read");
                None
            }
        }
    }

    pub(super) fn put(&self, digest: &Digest, package: &Bytes) {
        if let Some(Err(err)) = self.0.as_ref().map(|cache| cache.put(digest, package)) {
            tracing::warn!(%digest, err, "the cache of charts cannot be written");
        }
    }
}
