//! Objects, read by many threads from one database.

use std::{
    collections::HashMap,
    fs::File,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use gitops_core::{
    BoxError, Digest,
    tree::{Node, NodeKind},
};
use gix::{
    ObjectId,
    objs::{FindHeader as _, FindObjectOrHeader, Kind, tree::EntryKind},
    odb::store::init::Slots,
};

use crate::{error::GitError, limits::GIT_TREE_ENTRIES_CACHED_MAX};

type Handle = gix::odb::Cache<gix::odb::store::Handle<Arc<gix::odb::Store>>>;

// The number of packs a database may grow by while it is open.
const SLOTS_MIN: usize = 1024;
// What each handle keeps of the bases of deltas.
const PACK_CACHE_BYTES: usize = 8 << 20;
// The first numbers of the cache of directories are counted in entries; so much does one without.
const TREE_COST: usize = 4;

/// The objects of one repository, and the directories among them that were read already.
pub(crate) struct Objects {
    store: Arc<gix::odb::Store>,
    // A handle is not shared between threads: each reader takes one and gives it back.
    handles: Mutex<Vec<Handle>>,
    trees: Mutex<TreeCache>,
    object_bytes_max: u64,
    // Whether something could not be read that should be there.
    damaged: AtomicBool,
    // Keeps the files where they are for as long as somebody reads them.
    _in_use: Option<File>,
}

/// One directory, parsed.
pub(crate) struct TreeObject {
    // Invariant: sorted by the bytes of the names, no name twice.
    entries: Vec<(String, Node)>,
    /// A name that is no text, if there is one.
    pub(crate) foreign: Option<String>,
}

#[derive(Default)]
struct TreeCache {
    young: HashMap<ObjectId, Arc<TreeObject>>,
    old: HashMap<ObjectId, Arc<TreeObject>>,
    young_cost: usize,
}

impl Objects {
    pub(crate) fn of(repository: &gix::Repository, object_bytes_max: u64) -> Self {
        Self::new(repository.objects.store(), object_bytes_max, None)
    }

    pub(crate) fn open(
        directory: &Path,
        object_bytes_max: u64,
        in_use: File,
    ) -> Result<Self, GitError> {
        let options = gix::odb::store::init::Options {
            slots: Self::slots(),
            ..gix::odb::store::init::Options::default()
        };
        let none = &mut std::iter::empty();
        let store =
            gix::odb::Store::at_opts(directory.to_owned(), gix::hash::Kind::Sha1, none, options)
                .map_err(|err| GitError::Damaged(err.into()))?;
        Ok(Self::new(Arc::new(store), object_bytes_max, Some(in_use)))
    }

    /// Returns room for the packs that are added while the database is open.
    pub(crate) fn slots() -> Slots {
        Slots::AsNeededByDiskState { multiplier: 2.0, minimum: SLOTS_MIN }
    }

    fn new(store: Arc<gix::odb::Store>, object_bytes_max: u64, in_use: Option<File>) -> Self {
        Self {
            store,
            handles: Mutex::default(),
            trees: Mutex::default(),
            object_bytes_max,
            damaged: AtomicBool::new(false),
            _in_use: in_use,
        }
    }

    /// Whether something could not be read that should be there.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Takes note that something cannot be read, and says so.
    pub(crate) fn damage(&self, cause: impl Into<BoxError>) -> GitError {
        self.damaged.store(true, Ordering::Relaxed);
        GitError::Damaged(cause.into())
    }

    /// Gives `read` a handle of its own.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Handle) -> T) -> T {
        let pooled = self.handles.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let handle = pooled.unwrap_or_else(|| {
            self.store.to_cache_arc().with_pack_cache(|| {
                Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE_BYTES))
            })
        });
        let answer = read(&handle);
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        answer
    }

    /// Returns a handle for a writer of packs, which looks up the bases of deltas.
    pub(crate) fn finder(&self) -> impl FindObjectOrHeader + Clone + use<> {
        self.store.to_handle_arc()
    }

    /// Returns kind and size of an object, or `None` when it is not there.
    pub(crate) fn header(&self, id: &ObjectId) -> Result<Option<(Kind, u64)>, GitError> {
        let header = self.with(|handle| handle.try_header(id));
        let header = header.map_err(|err| self.damage(err))?;
        Ok(header.map(|header| (header.kind, header.size)))
    }

    /// Returns an object of the expected kind, or `None` when it is not there or of another kind.
    pub(crate) fn read(&self, id: &ObjectId, kind: Kind) -> Result<Option<Vec<u8>>, GitError> {
        let Some((found, bytes)) = self.header(id)? else { return Ok(None) };
        if found != kind {
            return Ok(None);
        }
        let max = self.object_bytes_max;
        if max < bytes {
            return Err(GitError::Limit { limit: "GIT_OBJECT_BYTES_MAX", max });
        }
        let mut buffer = Vec::new();
        let found = self.with(|handle| {
            use gix::objs::Find as _;
            handle.try_find(id, &mut buffer).map(|data| data.is_some())
        });
        let found = found.map_err(|err| self.damage(err))?;
        Ok(found.then_some(buffer))
    }

    /// Returns the root directory of a commit, or `None` when there is no such commit.
    pub(crate) fn root_of(&self, commit: &ObjectId) -> Result<Option<ObjectId>, GitError> {
        let Some(bytes) = self.read(commit, Kind::Commit)? else { return Ok(None) };
        let root = gix::objs::CommitRefIter::from_bytes(&bytes, gix::hash::Kind::Sha1).tree_id();
        root.map(Some).map_err(|err| self.damage(err))
    }

    /// Returns what an annotated tag points to in the end, and any other object as it is.
    pub(crate) fn peel(&self, id: ObjectId) -> Result<ObjectId, GitError> {
        let mut id = id;
        while let Some(bytes) = self.read(&id, Kind::Tag)? {
            let tag = gix::objs::TagRefIter::from_bytes(&bytes, gix::hash::Kind::Sha1);
            id = tag.target_id().map_err(|err| self.damage(err))?;
        }
        Ok(id)
    }

    /// Returns one directory.
    pub(crate) fn tree(&self, id: &ObjectId) -> Result<Arc<TreeObject>, GitError> {
        let cache = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = cache().get(id) {
            return Ok(tree);
        }
        let Some(bytes) = self.read(id, Kind::Tree)? else {
            return Err(self.damage(format!("the tree {id} is missing")));
        };
        let tree = Arc::new(TreeObject::parse(&bytes).map_err(|err| self.damage(err))?);
        cache().insert(*id, &tree);
        Ok(tree)
    }
}

impl TreeObject {
    fn parse(bytes: &[u8]) -> gix::Result<Self> {
        let mut entries = Vec::new();
        let mut foreign = None;
        for entry in gix::objs::TreeRefIter::from_bytes(bytes, gix::hash::Kind::Sha1) {
            let entry = entry?;
            let kind = match entry.mode.kind() {
                EntryKind::Tree => NodeKind::Directory,
                EntryKind::Blob => NodeKind::File,
                EntryKind::BlobExecutable => NodeKind::Executable,
                EntryKind::Link => NodeKind::Link,
                EntryKind::Commit => NodeKind::Submodule,
            };
            let name = std::str::from_utf8(entry.filename);
            let Some(name) = name.ok().filter(|name| is_plain(name)) else {
                foreign.get_or_insert_with(|| format!("{:?}", entry.filename));
                continue;
            };
            entries.push((name.to_owned(), Node { kind, digest: digest(entry.oid) }));
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(twice) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            foreign.get_or_insert_with(|| format!("{:?} twice", twice[0].0));
            entries.dedup_by(|a, b| a.0 == b.0);
        }
        Ok(Self { entries, foreign })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Node> {
        let at = self.entries.binary_search_by(|(entry, _)| entry.as_str().cmp(name)).ok()?;
        Some(self.entries[at].1)
    }

    pub(crate) fn entries(&self) -> &[(String, Node)] {
        &self.entries
    }
}

impl TreeCache {
    fn get(&mut self, id: &ObjectId) -> Option<Arc<TreeObject>> {
        if let Some(tree) = self.young.get(id) {
            return Some(Arc::clone(tree));
        }
        let tree = self.old.remove(id)?;
        self.insert(*id, &tree);
        Some(tree)
    }

    // What was not asked for since the cache was last half full goes.
    fn insert(&mut self, id: ObjectId, tree: &Arc<TreeObject>) {
        if GIT_TREE_ENTRIES_CACHED_MAX / 2 < self.young_cost {
            self.old = std::mem::take(&mut self.young);
            self.young_cost = 0;
        }
        if self.young.insert(id, Arc::clone(tree)).is_none() {
            self.young_cost += tree.entries.len() + TREE_COST;
        }
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").field("path", &self.store.path()).finish_non_exhaustive()
    }
}

pub(crate) fn digest(id: &gix::oid) -> Digest {
    match <[u8; 20]>::try_from(id.as_bytes()) {
        Ok(bytes) => Digest::Sha1(bytes),
        // No database with other ids is opened; this keeps the function total.
        Err(_) => Digest::of(id.as_bytes()),
    }
}

pub(crate) fn object_id(digest: &Digest) -> Option<ObjectId> {
    match digest {
        Digest::Sha1(bytes) => Some(ObjectId::Sha1(*bytes)),
        Digest::Sha256(_) => None,
    }
}

// Names that would lead somewhere else than into their directory are none.
fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_of_directories_is_bounded() {
        let tree = || {
            let node = Node { kind: NodeKind::File, digest: Digest::Sha1([0; 20]) };
            let entries = (0..1000).map(|number| (format!("{number:04}"), node)).collect();
            Arc::new(TreeObject { entries, foreign: None })
        };
        let id = |number: usize| {
            let mut bytes = [0; 20];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            ObjectId::Sha1(bytes)
        };
        let mut cache = TreeCache::default();
        let many = 2 * GIT_TREE_ENTRIES_CACHED_MAX / 1000;
        for number in 0..many {
            cache.insert(id(number), &tree());
            assert!(cache.get(&id(0)).is_some(), "what is asked for all the time stays");
        }
        let kept = cache.young.values().chain(cache.old.values());
        let entries: usize = kept.map(|tree| tree.entries.len()).sum();
        assert!(entries <= GIT_TREE_ENTRIES_CACHED_MAX + 3000, "{entries} entries are kept");
        assert!(cache.get(&id(many - 1)).is_some() && cache.get(&id(1)).is_none());
    }
}
