//! What a store of files gives to a [`Tree`](super::Tree).

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{TreeError, TreePath};
use crate::Digest;

/// The store behind a [`Tree`](super::Tree): one immutable directory.
///
/// A backend knows nothing of links, limits on counts or read tracking: the handle in front of it
/// adds them, in one place for all backends.
///
/// # Contract
///
/// - **T1** Every method answers the same for ever: a backend is one immutable state.
/// - **T2** Two entries have equal digests exactly when they have equal content, across all
///   trees of one source; a directory's digest covers all below it, with names and kinds.
/// - **T3** `list` is sorted by the bytes of the names and agrees with `lookup` entry by entry.
/// - **T4** No link is followed: a path through a link is absent for `lookup`, and `read` of a
///   link gives its target.
/// - **T5** `read` gives at most `bytes_max` bytes and is [`TreeError::Limit`] for more.
///
/// # Cancellation
///
/// The methods are synchronous and read local data: no network is behind them.
pub trait TreeBackend: fmt::Debug + Send + Sync {
    /// Returns what is at `path`, or `None`.
    ///
    /// # Errors
    ///
    /// [`TreeError::Unavailable`] when the store cannot be read.
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError>;

    /// Returns the names in the directory at `path`, sorted.
    ///
    /// # Errors
    ///
    /// [`TreeError::NotFound`], [`TreeError::WrongKind`] or [`TreeError::Unavailable`].
    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError>;

    /// Returns the bytes of the file, or the target of the link, at `path`.
    ///
    /// # Errors
    ///
    /// [`TreeError::NotFound`], [`TreeError::WrongKind`], [`TreeError::Limit`] or
    /// [`TreeError::Unavailable`].
    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError>;
}

/// One entry of a tree, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The address of its content.
    pub digest: Digest,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A submodule: a commit of another repository.
    Submodule,
}

impl NodeKind {
    /// Whether this is a file, executable or not.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }
}
