//! Packages that are kept: the right ones, whole ones, and not too many.

use std::{fs, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{BoxError, Clock, Digest, Source};
use gitops_render::helm::repository::{
    CACHE_BYTES_MAX, CACHE_ENTRIES_MAX, ChartRepository, DiskCache, MemoryCache, PackageCache,
};
use jiff::Timestamp;

use super::{chart, index, site::Site};

/// A clock that moves on at every look.
#[derive(Debug, Default)]
struct Ticks(std::sync::atomic::AtomicI64);

#[async_trait]
impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        let ticks = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Timestamp::from_second(1_700_000_000 + ticks).unwrap()
    }

    async fn sleep(&self, _: Duration) {}
}

fn package(byte: u8, size: usize) -> (Digest, Bytes) {
    let package = Bytes::from(vec![byte; size]);
    (Digest::of(&package), package)
}

fn oldest_go_first(cache: &dyn PackageCache) {
    let packages: Vec<_> = (b'a'..=b'd').map(|byte| package(byte, 30)).collect();
    let there = |index: usize| cache.get(&packages[index].0).unwrap().is_some();
    for (digest, package) in &packages[..3] {
        cache.put(digest, package).unwrap();
    }
    assert_eq!(cache.get(&packages[0].0).unwrap().as_ref(), Some(&packages[0].1));
    cache.put(&packages[3].0, &packages[3].1).unwrap();
    assert!(there(0) && !there(1) && there(2) && there(3), "the one used the longest ago goes");
    // Put again, it counts once.
    cache.put(&packages[3].0, &packages[3].1).unwrap();
    assert!(there(0) && there(2) && there(3));
    let (digest, large) = package(b'x', 101);
    cache.put(&digest, &large).unwrap();
    assert!(cache.get(&digest).unwrap().is_none(), "what is larger than all is not kept");
    assert!(there(0));
}

#[test]
fn memory_keeps_what_was_used_last() {
    oldest_go_first(&MemoryCache::new(100));
}

#[test]
fn a_directory_keeps_what_was_used_last() {
    let directory = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(directory.path().join("deep/er"), Arc::new(Ticks::default()));
    oldest_go_first(&cache.with_bytes_max(100));
    for entry in fs::read_dir(directory.path().join("deep/er")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "tgz", "{path:?} is left over");
    }
}

#[test]
fn a_cache_has_so_many_packages() {
    let (digest, new) = package(b'n', 10);
    let directory = tempfile::tempdir().unwrap();
    let (memory, disk) =
        (MemoryCache::default(), DiskCache::new(directory.path(), Arc::new(Ticks::default())));
    for number in 0..CACHE_ENTRIES_MAX {
        let package = Bytes::from(number.to_string());
        let digest = Digest::of(&package);
        memory.put(&digest, &package).unwrap();
        fs::write(directory.path().join(format!("{}.tgz", digest.to_hex())), &package).unwrap();
    }
    memory.put(&digest, &new).unwrap();
    disk.put(&digest, &new).unwrap();
    assert!(memory.get(&Digest::of("0")).unwrap().is_none(), "the oldest went");
    assert!(memory.get(&Digest::of("1")).unwrap().is_some());
    assert!(memory.get(&digest).unwrap().is_some() && disk.get(&digest).unwrap().is_some());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), CACHE_ENTRIES_MAX);
}

#[test]
fn harmed_files_are_taken_away() {
    let directory = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(directory.path(), Arc::new(Ticks::default()));
    let (digest, package) = package(b'a', 10);
    cache.put(&digest, &package).unwrap();
    let file = directory.path().join(format!("{}.tgz", digest.to_hex()));
    fs::write(&file, "harmed").unwrap();
    assert!(cache.get(&digest).unwrap().is_none());
    assert!(!file.exists());
    cache.put(&digest, &package).unwrap();
    assert_eq!(cache.get(&digest).unwrap(), Some(package));
}

fn published() -> (Arc<Site>, ChartRepository) {
    let site = Site::new();
    let package = chart("web", "1.0.0");
    site.file("https://charts.test/index.yaml", index(&[("web", "1.0.0", "web.tgz", &package)]));
    site.file("https://charts.test/web.tgz", package);
    let repository = ChartRepository::new("https://charts.test", Arc::clone(&site) as _).unwrap();
    (site, repository)
}

#[tokio::test]
async fn a_package_that_is_kept_needs_no_server() {
    let directory = tempfile::tempdir().unwrap();
    let disk = DiskCache::new(directory.path(), Arc::new(Ticks::default()));
    let caches: [Arc<dyn PackageCache>; 2] =
        [Arc::new(MemoryCache::new(CACHE_BYTES_MAX)), Arc::new(disk)];
    for cache in caches {
        let (site, repository) = published();
        let source = repository.with_cache(cache).chart("web", "").unwrap();
        let revision = source.resolve().await.unwrap();
        source.fetch(&revision).await.unwrap();
        site.cut();
        assert!(source.fetch(&revision).await.is_ok());
    }
}

#[tokio::test]
async fn without_a_cache_nothing_is_kept() {
    let (site, repository) = published();
    let source = repository.chart("web", "").unwrap();
    let revision = source.resolve().await.unwrap();
    source.fetch(&revision).await.unwrap();
    site.cut();
    assert!(source.fetch(&revision).await.unwrap_err().is_transient());
}

/// Gives what nobody asked for, or nothing but errors.
#[derive(Debug)]
struct Bad(bool);

impl PackageCache for Bad {
    fn get(&self, _: &Digest) -> Result<Option<Bytes>, BoxError> {
        if self.0 { Ok(Some(Bytes::from_static(b"forged"))) } else { Err("broken".into()) }
    }

    fn put(&self, _: &Digest, _: &Bytes) -> Result<(), BoxError> {
        Err("broken".into())
    }
}

#[tokio::test]
async fn a_bad_cache_does_no_harm() {
    for forged in [true, false] {
        let (_, repository) = published();
        let source = repository.with_cache(Arc::new(Bad(forged))).chart("web", "").unwrap();
        let revision = source.resolve().await.unwrap();
        assert!(source.fetch(&revision).await.is_ok());
    }
}
