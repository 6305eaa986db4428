//! What was read from a tree, and whether it still holds.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{Node, NodeKind, Tree, TreeError, TreePath};
use crate::Digest;

/// One thing that was seen in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "read", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Read {
    /// There was nothing.
    Absent,
    /// There was an entry of this kind; its content was not looked at.
    Kind {
        /// The kind that was seen.
        kind: NodeKind,
    },
    /// All content of a file or directory.
    Content {
        /// The address of the content.
        digest: Digest,
    },
    /// Where a link leads.
    Link {
        /// The address of its target.
        digest: Digest,
    },
    /// The names and kinds in a directory, not their content.
    Listing {
        /// The address of the names and kinds.
        names: Digest,
        /// The address of the whole directory: where it is the same, the names are too.
        digest: Digest,
    },
}

/// What was read from a tree: the key under which a result made from it is valid.
///
/// A result is still valid for another tree exactly when every read would see the same there. The
/// cost of finding out depends on the number of reads, not on the size of either tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReadSet {
    reads: BTreeSet<(TreePath, Read)>,
}

impl ReadSet {
    /// Whether every read would see the same in `tree`.
    ///
    /// # Errors
    ///
    /// [`TreeError::Unavailable`] when the tree cannot be read. Other errors mean that it differs.
    pub fn holds(&self, tree: &Tree) -> Result<bool, TreeError> {
        for (path, read) in &self.reads {
            match read.holds(path, tree) {
                Ok(true) => {}
                Err(err) if err.is_transient() => return Err(err),
                Ok(false) | Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Returns the reads, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Read)> {
        self.reads.iter().map(|(path, read)| (path, read))
    }

    /// Returns how many reads there are.
    pub fn len(&self) -> usize {
        self.reads.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty()
    }
}

impl Read {
    pub(super) fn listing(digest: Digest, names: &[(String, Node)]) -> Self {
        Self::Listing { names: names_digest(names), digest }
    }

    // The paths of a read set have no link in them: links were followed, and noted, before.
    fn holds(&self, path: &TreePath, tree: &Tree) -> Result<bool, TreeError> {
        let node = tree.backend().lookup(path)?;
        Ok(match (self, node) {
            (Self::Absent, None) => is_absent(path, tree)?,
            (Self::Kind { kind }, Some(node)) => *kind == node.kind,
            // The content of a file may be the text of a link, but means something else.
            (Self::Content { digest }, Some(node)) => {
                *digest == node.digest && node.kind != NodeKind::Link
            }
            (Self::Link { digest }, Some(node)) => {
                *digest == node.digest && node.kind == NodeKind::Link
            }
            (Self::Listing { names, digest }, Some(node)) => {
                *digest == node.digest
                    || (node.kind == NodeKind::Directory
                        && *names == names_digest(&tree.backend().list(path)?))
            }
            (Self::Absent, Some(_)) | (_, None) => false,
        })
    }
}

// Whether nothing is at `path`, which was looked up in vain, and no link on the way to it leads to
// something.
fn is_absent(path: &TreePath, tree: &Tree) -> Result<bool, TreeError> {
    let mut parent = path.parent();
    while let Some(at) = parent {
        if let Some(node) = tree.backend().lookup(&at)? {
            return Ok(!matches!(node.kind, NodeKind::Link | NodeKind::Submodule));
        }
        parent = at.parent();
    }
    Ok(true)
}

fn names_digest(names: &[(String, Node)]) -> Digest {
    let kinds: Vec<_> =
        names.iter().map(|(name, node)| format!("{:?} {name}", node.kind)).collect();
    Digest::of_parts(kinds.iter().map(String::as_bytes))
}

/// Collects the reads of one tracked tree.
#[derive(Debug, Default)]
pub(super) struct ReadLog {
    reads: Mutex<BTreeSet<(TreePath, Read)>>,
    // The log of the handle that was tracked: what is read through this one is read through it.
    outer: Option<Arc<Self>>,
}

impl ReadLog {
    pub(super) fn within(outer: Option<Arc<Self>>) -> Self {
        Self { reads: Mutex::default(), outer }
    }

    pub(super) fn note(&self, path: TreePath, read: Read) {
        if let Some(outer) = &self.outer {
            outer.note(path.clone(), read);
        }
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).insert((path, read));
    }

    pub(super) fn reads(&self) -> ReadSet {
        let reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        ReadSet { reads: reads.clone() }
    }
}
