//! A directory as it is, as a source.

use std::{
    collections::VecDeque,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{
    Revision, Source, SourceError, Tree,
    tree::{MemoryTree, NodeKind, TREE_DEPTH_MAX, TREE_FILE_BYTES_MAX, TreeBackend, TreePath},
};

use crate::{
    blocking::{Interrupt, run},
    error::GitError,
};

/// How many files and directories a snapshot may have.
pub const DIRECTORY_ENTRIES_MAX: u64 = 200_000;
/// How many bytes the files of a snapshot may have together.
pub const DIRECTORY_BYTES_MAX: u64 = 512 << 20;
/// How many snapshots a source keeps for later fetches.
pub const DIRECTORY_SNAPSHOTS_MAX: usize = 16;

const TIMEOUT: Duration = Duration::from_secs(120);

/// How large a directory may be; what passes a limit is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryLimits {
    /// How many files and directories a snapshot may have ([`DIRECTORY_ENTRIES_MAX`]).
    pub entries_max: u64,
    /// How many bytes its files may have together ([`DIRECTORY_BYTES_MAX`]).
    pub bytes_max: u64,
}

impl Default for DirectoryLimits {
    fn default() -> Self {
        Self { entries_max: DIRECTORY_ENTRIES_MAX, bytes_max: DIRECTORY_BYTES_MAX }
    }
}

/// A directory as it is, committed or not: a working copy before its commit.
///
/// `resolve` reads the whole directory into memory and names what it found by a SHA-256 of it, so
/// that the trees of one revision stay equal while people edit. Files that did not change share
/// their memory. The last [`DIRECTORY_SNAPSHOTS_MAX`] snapshots can be fetched.
///
/// `.git` is left out at every depth, as are empty directories and what is neither file,
/// directory nor link. Symbolic links stay links.
///
/// # Cancellation
///
/// Dropping a future stops the reading.
///
/// # Example
///
/// ```no_run
/// use gitops_core::Source;
/// use gitops_git::DirectorySource;
///
/// # async fn example() -> Result<(), gitops_core::SourceError> {
/// let source = DirectorySource::new("deploy");
/// let tree = source.fetch(&source.resolve().await?).await?;
/// # drop(tree); Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct DirectorySource {
    inner: Arc<Inner>,
    limits: DirectoryLimits,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    // The newest is last.
    snapshots: Mutex<VecDeque<Snapshot>>,
}

#[derive(Clone, Debug)]
struct Snapshot {
    revision: Revision,
    tree: Arc<MemoryTree>,
}

impl DirectorySource {
    /// Takes the directory at `path`, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let inner = Inner { path: path.into(), snapshots: Mutex::default() };
        Self { inner: Arc::new(inner), limits: DirectoryLimits::default() }
    }

    /// Allows more, or less, than [`DirectoryLimits`] by default.
    #[must_use]
    pub fn with_limits(mut self, limits: DirectoryLimits) -> Self {
        self.limits = limits;
        self
    }

    async fn snapshot(&self, revision: Option<&Revision>) -> Result<Snapshot, SourceError> {
        let inner = Arc::clone(&self.inner);
        let limits = self.limits;
        let taken = run(TIMEOUT, move |interrupt| inner.snapshot(limits, interrupt)).await;
        taken.map_err(|err| err.at(&self.inner.origin(), revision))
    }
}

#[async_trait]
impl Source for DirectorySource {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        Ok(self.snapshot(None).await?.revision)
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        if let Some(kept) = self.inner.kept(revision) {
            return Ok(Tree::new(kept.tree));
        }
        // The directory may have gone back to what it was, or the revision is another process's.
        let snapshot = self.snapshot(Some(revision)).await?;
        if snapshot.revision.id() == revision.id() {
            return Ok(Tree::new(snapshot.tree));
        }
        Err(SourceError::NotFound { origin: self.inner.origin(), revision: revision.clone() })
    }
}

impl Inner {
    fn origin(&self) -> String {
        self.path.display().to_string()
    }

    fn kept(&self, revision: &Revision) -> Option<Snapshot> {
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.iter().find(|kept| kept.revision.id() == revision.id()).cloned()
    }

    fn snapshot(
        &self,
        limits: DirectoryLimits,
        interrupt: &Interrupt,
    ) -> Result<Snapshot, GitError> {
        let before = {
            let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
            snapshots.back().map(|snapshot| Arc::clone(&snapshot.tree))
        };
        let mut reader =
            Reader { limits, interrupt, before, entries: Vec::new(), bytes: 0, met: 0 };
        reader.read(&self.path)?;
        let mut builder = MemoryTree::builder();
        for (path, kind, content) in reader.entries {
            let added = builder.entry(&path, kind, content);
            builder = added.map_err(|err| GitError::invalid(err.to_string()))?;
        }
        let tree = builder.build().map_err(|err| GitError::invalid(err.to_string()))?;
        let root = tree.lookup(&TreePath::root()).ok().flatten();
        let root = root.ok_or_else(|| GitError::invalid("its snapshot has no root"))?;
        let revision = Revision::new(root.digest.to_string());
        Ok(self.keep(Snapshot { revision, tree: Arc::new(tree) }))
    }

    fn keep(&self, snapshot: Snapshot) -> Snapshot {
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let same = snapshots.iter().position(|kept| kept.revision == snapshot.revision);
        // One that came back is the newest again.
        let snapshot = same.and_then(|at| snapshots.remove(at)).unwrap_or(snapshot);
        snapshots.push_back(snapshot.clone());
        if DIRECTORY_SNAPSHOTS_MAX < snapshots.len() {
            snapshots.pop_front();
        }
        snapshot
    }
}

struct Reader<'a> {
    limits: DirectoryLimits,
    interrupt: &'a Interrupt,
    before: Option<Arc<MemoryTree>>,
    entries: Vec<(String, NodeKind, Bytes)>,
    bytes: u64,
    met: u64,
}

impl Reader<'_> {
    fn read(&mut self, root: &Path) -> Result<(), GitError> {
        if !root.is_dir() {
            return Err(GitError::invalid("it is no directory; check the path"));
        }
        let mut pending = vec![(root.to_owned(), String::new(), 0)];
        while let Some((directory, prefix, depth)) = pending.pop() {
            limit("TREE_DEPTH_MAX", depth, TREE_DEPTH_MAX)?;
            for entry in fs::read_dir(&directory).map_err(unreadable)? {
                self.interrupt.check()?;
                let entry = entry.map_err(unreadable)?;
                let name = entry.file_name();
                if name == ".git" {
                    continue;
                }
                self.met += 1;
                limit("DIRECTORY_ENTRIES_MAX", self.met, self.limits.entries_max)?;
                let Some(name) = name.to_str() else {
                    let place = if prefix.is_empty() { "." } else { prefix.as_str() };
                    return Err(GitError::invalid(format!(
                        "{place} holds the name {}, which is no UTF-8: rename it",
                        name.display()
                    )));
                };
                let path = format!("{prefix}{name}");
                // Of the entry itself: a link is not followed.
                let kind = entry.file_type().map_err(unreadable)?;
                if kind.is_dir() {
                    pending.push((entry.path(), format!("{path}/"), depth + 1));
                } else if kind.is_symlink() {
                    let target = fs::read_link(entry.path()).map_err(unreadable)?;
                    let target = target.into_os_string().into_encoded_bytes();
                    self.add(path, NodeKind::Link, target)?;
                } else if kind.is_file() {
                    let (kind, content) = self.file(&entry.path(), &path)?;
                    self.add(path, kind, content)?;
                }
            }
        }
        Ok(())
    }

    fn file(&self, place: &Path, path: &str) -> Result<(NodeKind, Vec<u8>), GitError> {
        let file = fs::File::open(place).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        let left = self.limits.bytes_max.saturating_sub(self.bytes);
        // One byte more than allowed tells a file that is too large, even while it grows.
        let allowed = left.min(TREE_FILE_BYTES_MAX);
        let size = metadata.len().min(allowed);
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.take(allowed + 1).read_to_end(&mut content).map_err(unreadable)?;
        if TREE_FILE_BYTES_MAX < content.len() as u64 {
            return Err(GitError::invalid(format!(
                "{path} passes TREE_FILE_BYTES_MAX: more than {TREE_FILE_BYTES_MAX} bytes"
            )));
        }
        let kind = if is_executable(&metadata) { NodeKind::Executable } else { NodeKind::File };
        Ok((kind, content))
    }

    fn add(&mut self, path: String, kind: NodeKind, content: Vec<u8>) -> Result<(), GitError> {
        self.bytes += content.len() as u64;
        limit("DIRECTORY_BYTES_MAX", self.bytes, self.limits.bytes_max)?;
        // What did not change since the last snapshot shares its memory.
        let same = self.before.as_deref().and_then(|before| {
            let kept = before.read(&TreePath::new(&path).ok()?, u64::MAX).ok()?;
            (kept == content).then_some(kept)
        });
        self.entries.push((path, kind, same.unwrap_or_else(|| content.into())));
        Ok(())
    }
}

fn limit(limit: &'static str, found: u64, max: u64) -> Result<(), GitError> {
    if found <= max { Ok(()) } else { Err(GitError::Limit { limit, max }) }
}

fn unreadable(err: std::io::Error) -> GitError {
    GitError::Unavailable("cannot read the directory", err.into())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
