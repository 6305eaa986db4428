//! The files of one revision.

mod backend;
mod changed;
mod error;
mod limits;
mod memory;
mod overlay;
mod path;
mod reads;
mod resolve;

use std::{fmt, sync::Arc};

use bytes::Bytes;

pub use self::{
    backend::{Node, NodeKind, TreeBackend},
    error::TreeError,
    limits::{
        TREE_DEPTH_MAX, TREE_ENTRIES_MAX, TREE_FILE_BYTES_MAX, TREE_LINK_BYTES_MAX, TREE_LINKS_MAX,
        TreeLimits,
    },
    memory::{MemoryTree, MemoryTreeBuilder},
    overlay::Overlay,
    path::TreePath,
    reads::{Read, ReadSet},
};
use self::{reads::ReadLog, resolve::Found};
use crate::Digest;

/// The files of one revision: a cheap, immutable, content-addressed view of a directory.
///
/// A tree is a handle. Cloning it copies no file, reading goes straight to the store behind it,
/// and equal content has equal digests, so that two revisions are compared without reading what
/// they share. No path and no symbolic link leaves the tree.
///
/// [`track`](Self::track) gives a handle that notes what is read through it: the [`ReadSet`] then
/// says whether what was computed from one tree still holds for another.
///
/// # Example
///
/// ```
/// use gitops_core::tree::{Tree, TreePath};
///
/// let tree = Tree::from_files([("app/web.yaml", "kind: Service"), ("README.md", "# Shop")])?;
/// let path = TreePath::new("app/../app/web.yaml")?;
/// assert_eq!(tree.read(&path)?, "kind: Service");
/// assert!(TreePath::new("../etc/passwd").is_err());
/// # Ok::<(), gitops_core::tree::TreeError>(())
/// ```
#[derive(Clone)]
pub struct Tree {
    backend: Arc<dyn TreeBackend>,
    limits: TreeLimits,
    log: Option<Arc<ReadLog>>,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of the tree.
    pub path: TreePath,
    /// What it is; a link shows as a link.
    pub kind: NodeKind,
}

impl Tree {
    /// Makes a handle for the directory that `backend` holds.
    pub fn new(backend: Arc<dyn TreeBackend>) -> Self {
        Self { backend, limits: TreeLimits::default(), log: None }
    }

    /// Builds a tree in memory from paths and contents.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when a path leaves the tree, [`TreeError::WrongKind`] when one path
    /// is a file and a directory.
    pub fn from_files<P, B>(files: impl IntoIterator<Item = (P, B)>) -> Result<Self, TreeError>
    where
        P: AsRef<str>,
        B: Into<Bytes>,
    {
        let mut builder = MemoryTree::builder();
        for (path, content) in files {
            builder = builder.file(path.as_ref(), content)?;
        }
        Ok(Self::new(Arc::new(builder.build()?)))
    }

    /// Returns the same tree with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: TreeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the content of the file at `path`. Links are followed inside the tree.
    ///
    /// # Errors
    ///
    /// [`TreeError::NotFound`] or [`TreeError::WrongKind`] when there is no file, and any other
    /// [`TreeError`].
    pub fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        let Some(Found { path: target, node }) = self.resolve(path)? else {
            return Err(TreeError::NotFound { path: path.clone() });
        };
        if !node.kind.is_file() {
            self.note(|| (target.clone(), Read::Kind { kind: node.kind }));
            return Err(TreeError::WrongKind { path: path.clone(), expected: "file" });
        }
        self.note(|| (target.clone(), Read::Content { digest: node.digest }));
        self.backend.read(&target, self.limits.file_bytes_max)
    }

    /// Returns what is in the directory at `path`, sorted by name. Links are followed up to the
    /// directory; a link inside it shows as a link.
    ///
    /// # Errors
    ///
    /// [`TreeError::NotFound`] or [`TreeError::WrongKind`] when there is no directory, and any
    /// other [`TreeError`].
    pub fn list(&self, path: &TreePath) -> Result<Vec<Entry>, TreeError> {
        let directory = self.directory(path)?;
        let names = self.backend.list(&directory.path)?;
        self.note(|| (directory.path.clone(), Read::listing(directory.node.digest, &names)));
        let entry =
            |(name, node): (String, Node)| Entry { path: path.child(&name), kind: node.kind };
        Ok(names.into_iter().map(entry).collect())
    }

    /// Returns what is at `path` after following links, or `None`.
    ///
    /// # Errors
    ///
    /// Any [`TreeError`] but [`TreeError::NotFound`].
    pub fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        let Some(found) = self.resolve(path)? else { return Ok(None) };
        self.note(|| (found.path.clone(), Read::Kind { kind: found.node.kind }));
        Ok(Some(found.node.kind))
    }

    /// Returns the address of all content at `path`, after following links up to it.
    ///
    /// # Errors
    ///
    /// [`TreeError::NotFound`] when there is nothing, and any other [`TreeError`].
    pub fn digest(&self, path: &TreePath) -> Result<Digest, TreeError> {
        let Some(found) = self.resolve(path)? else {
            return Err(TreeError::NotFound { path: path.clone() });
        };
        self.note(|| (found.path.clone(), Read::Content { digest: found.node.digest }));
        Ok(found.node.digest)
    }

    /// Returns the files below the directory at `path`, sorted by path, as far as `enter` lets
    /// the walk in. Links are not followed: a link is returned like a file.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`TreeError::Limit`] when the walk meets too many entries or
    /// goes too deep.
    pub fn walk(
        &self,
        path: &TreePath,
        mut enter: impl FnMut(&Entry) -> bool,
    ) -> Result<Vec<Entry>, TreeError> {
        let mut files = Vec::new();
        let mut met = 0;
        let mut pending = self.list(path)?;
        pending.reverse();
        while let Some(entry) = pending.pop() {
            met += 1;
            check(&entry.path, "TREE_ENTRIES_MAX", met, self.limits.entries_max)?;
            if !enter(&entry) {
                continue;
            }
            if entry.kind == NodeKind::Directory {
                let depth = entry.path.depth() as u64;
                check(&entry.path, "TREE_DEPTH_MAX", depth, self.limits.depth_max)?;
                pending.extend(self.list(&entry.path)?.into_iter().rev());
            } else {
                files.push(entry);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Returns a handle that notes every read, and the way to what it noted. What is read through
    /// it counts as read through this handle, too.
    #[must_use]
    pub fn track(&self) -> (Self, ReadSetHandle) {
        let log = Arc::new(ReadLog::within(self.log.clone()));
        let tree = Self { log: Some(Arc::clone(&log)), ..self.clone() };
        (tree, ReadSetHandle { log })
    }

    /// Notes `reads` as if they were made through this handle: for a result that was made from them
    /// earlier.
    pub fn note_reads(&self, reads: &ReadSet) {
        for (path, read) in reads.iter() {
            self.note(|| (path.clone(), *read));
        }
    }

    pub(in crate::tree) fn backend(&self) -> &dyn TreeBackend {
        self.backend.as_ref()
    }

    pub(in crate::tree) fn limits(&self) -> TreeLimits {
        self.limits
    }

    // The note is only made where somebody listens.
    fn note(&self, read: impl FnOnce() -> (TreePath, Read)) {
        if let Some(log) = &self.log {
            let (path, read) = read();
            log.note(path, read);
        }
    }

    fn directory(&self, path: &TreePath) -> Result<Found, TreeError> {
        let Some(found) = self.resolve(path)? else {
            return Err(TreeError::NotFound { path: path.clone() });
        };
        if found.node.kind == NodeKind::Directory {
            return Ok(found);
        }
        self.note(|| (found.path.clone(), Read::Kind { kind: found.node.kind }));
        Err(TreeError::WrongKind { path: path.clone(), expected: "directory" })
    }
}

/// The way to what a tracked [`Tree`] has noted so far.
#[derive(Clone, Debug)]
pub struct ReadSetHandle {
    log: Arc<ReadLog>,
}

impl ReadSetHandle {
    /// Returns what was read up to this moment.
    pub fn reads(&self) -> ReadSet {
        self.log.reads()
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The content may be secret and is large in any case: the address says enough.
        let root = self.backend.lookup(&TreePath::root());
        let digest = root.ok().flatten().map(|node| node.digest);
        f.debug_struct("Tree").field("digest", &digest).finish_non_exhaustive()
    }
}

pub(in crate::tree) fn check(
    path: &TreePath,
    limit: &'static str,
    found: u64,
    max: u64,
) -> Result<(), TreeError> {
    if found <= max {
        return Ok(());
    }
    Err(TreeError::Limit { path: path.clone(), limit, found, max })
}
