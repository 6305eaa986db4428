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
        // A directory that is the same as a whole vouches for every read in it. Paths are sorted, so
        // that it comes before them.
        let mut same: BTreeSet<&str> = BTreeSet::new();
        for (path, read) in &self.reads {
            if is_within_any(path, &same) {
                continue;
            }
            match read.compare(path, tree) {
                Ok(Compared::Same) => {}
                Ok(Compared::SameDirectory) => drop(same.insert(path.as_str())),
                Err(err) if err.is_transient() => return Err(err),
                Ok(Compared::Other) | Err(_) => return Ok(false),
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
    fn compare(&self, path: &TreePath, tree: &Tree) -> Result<Compared, TreeError> {
        let Some(node) = tree.backend().lookup(path)? else {
            let holds = matches!(self, Self::Absent) && is_absent(path, tree)?;
            return Ok(Compared::same(holds));
        };
        let holds = match self {
            Self::Absent => false,
            Self::Kind { kind } => *kind == node.kind,
            Self::Content { digest } => {
                if *digest == node.digest && node.kind == NodeKind::Directory {
                    return Ok(Compared::SameDirectory);
                }
                // The text of a link may be the content of a file, but means something else.
                *digest == node.digest && node.kind != NodeKind::Link
            }
            Self::Link { digest } => *digest == node.digest && node.kind == NodeKind::Link,
            Self::Listing { names, digest } => {
                if node.kind != NodeKind::Directory {
                    return Ok(Compared::Other);
                }
                if *digest == node.digest {
                    return Ok(Compared::SameDirectory);
                }
                *names == names_digest(&tree.backend().list(path)?)
            }
        };
        Ok(Compared::same(holds))
    }
}

/// What has become of one read in another tree.
enum Compared {
    /// It sees something else there.
    Other,
    /// It sees the same.
    Same,
    /// It sees a directory that is the same with all below it.
    SameDirectory,
}

impl Compared {
    fn same(holds: bool) -> Self {
        if holds { Self::Same } else { Self::Other }
    }
}

fn is_within_any(path: &TreePath, directories: &BTreeSet<&str>) -> bool {
    let text = path.as_str();
    let above = text.match_indices('/').map(|(end, _)| &text[..end]);
    ["", text].into_iter().chain(above).any(|directory| directories.contains(directory))
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
