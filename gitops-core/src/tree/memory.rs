//! A tree held in memory: the reference backend.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;

use super::{Node, NodeKind, TreeBackend, TreeError, TreePath};
use crate::Digest;

/// A directory held in memory.
///
/// Its digests are SHA-256 over the format in which Git stores blobs and trees.
pub struct MemoryTree {
    // Invariant: holds the root and every directory on the way to every entry.
    entries: BTreeMap<TreePath, Stored>,
    // The names of each directory, sorted.
    names: BTreeMap<TreePath, Vec<(String, Node)>>,
}

/// Collects the entries of a [`MemoryTree`].
#[derive(Default)]
pub struct MemoryTreeBuilder {
    entries: BTreeMap<TreePath, (NodeKind, Bytes)>,
}

struct Stored {
    node: Node,
    content: Bytes,
}

impl MemoryTree {
    /// Starts an empty tree.
    pub fn builder() -> MemoryTreeBuilder {
        MemoryTreeBuilder::default()
    }
}

impl MemoryTreeBuilder {
    /// Adds a file; a later file of the same path replaces it.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when the path leaves the tree.
    pub fn file(self, path: &str, content: impl Into<Bytes>) -> Result<Self, TreeError> {
        self.entry(path, NodeKind::File, content.into())
    }

    /// Adds a link to `target`, which is not looked at until the link is followed.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when the path of the link itself leaves the tree.
    pub fn link(self, path: &str, target: &str) -> Result<Self, TreeError> {
        self.entry(path, NodeKind::Link, target.to_owned().into())
    }

    /// Adds an entry of any kind but a directory.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when the path leaves the tree, [`TreeError::WrongKind`] for the root.
    pub fn entry(mut self, path: &str, kind: NodeKind, content: Bytes) -> Result<Self, TreeError> {
        let path = TreePath::new(path)?;
        if path.is_root() || kind == NodeKind::Directory {
            return Err(TreeError::WrongKind { path, expected: "file" });
        }
        self.entries.insert(path, (kind, content));
        Ok(self)
    }

    /// Computes the digests and closes the tree.
    ///
    /// # Errors
    ///
    /// [`TreeError::WrongKind`] when one path is a file and the directory of another.
    pub fn build(self) -> Result<MemoryTree, TreeError> {
        let mut entries: BTreeMap<TreePath, Stored> = BTreeMap::new();
        let mut names: BTreeMap<TreePath, Vec<(String, Node)>> = BTreeMap::new();
        names.insert(TreePath::root(), Vec::new());
        for (path, (kind, content)) in self.entries {
            let mut parent = path.parent();
            while let Some(directory) = parent {
                parent = directory.parent();
                names.entry(directory).or_default();
            }
            let node = Node { kind, digest: address("blob", &content) };
            entries.insert(path, Stored { node, content });
        }
        for (path, stored) in &entries {
            if names.contains_key(path) {
                return Err(TreeError::WrongKind { path: path.clone(), expected: "directory" });
            }
            add(&mut names, path, stored.node);
        }
        // Deepest first, so that every directory is complete before its parent counts it.
        let mut directories: Vec<TreePath> = names.keys().cloned().collect();
        directories.sort_by_key(|path| std::cmp::Reverse(path.depth()));
        for path in directories {
            let list = names.entry(path.clone()).or_default();
            list.sort_by(|(a, _), (b, _)| a.cmp(b));
            let node = Node { kind: NodeKind::Directory, digest: directory_address(list) };
            add(&mut names, &path, node);
            entries.insert(path, Stored { node, content: Bytes::new() });
        }
        Ok(MemoryTree { entries, names })
    }
}

impl TreeBackend for MemoryTree {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        Ok(self.entries.get(path).map(|stored| stored.node))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        if let Some(names) = self.names.get(path) {
            return Ok(names.clone());
        }
        match self.entries.get(path) {
            Some(_) => Err(TreeError::WrongKind { path: path.clone(), expected: "directory" }),
            None => Err(TreeError::NotFound { path: path.clone() }),
        }
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        match self.entries.get(path) {
            Some(stored) => read_stored(path, stored.node.kind, &stored.content, bytes_max),
            None => Err(TreeError::NotFound { path: path.clone() }),
        }
    }
}

pub(super) fn read_stored(
    path: &TreePath,
    kind: NodeKind,
    content: &Bytes,
    bytes_max: u64,
) -> Result<Bytes, TreeError> {
    let found = content.len() as u64;
    match kind {
        NodeKind::Directory => Err(TreeError::WrongKind { path: path.clone(), expected: "file" }),
        NodeKind::Submodule => Err(TreeError::Submodule { path: path.clone() }),
        _ if bytes_max < found => Err(TreeError::Limit {
            path: path.clone(),
            limit: "TREE_FILE_BYTES_MAX",
            found,
            max: bytes_max,
        }),
        _ => Ok(content.clone()),
    }
}

fn add(names: &mut BTreeMap<TreePath, Vec<(String, Node)>>, path: &TreePath, node: Node) {
    if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
        names.entry(parent).or_default().push((name.to_owned(), node));
    }
}

pub(super) fn address(kind: &str, content: &[u8]) -> Digest {
    let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
    bytes.extend_from_slice(content);
    Digest::of(bytes)
}

pub(super) fn directory_address(names: &[(String, Node)]) -> Digest {
    // Git sorts directories as if their name ended in a slash.
    let key = |(name, node): &(String, Node)| match node.kind {
        NodeKind::Directory => format!("{name}/"),
        _ => name.clone(),
    };
    let mut sorted: Vec<_> = names.iter().collect();
    sorted.sort_by_key(|entry| key(entry));
    let mut content = Vec::new();
    for (name, node) in sorted {
        let mode = match node.kind {
            NodeKind::File => "100644",
            NodeKind::Executable => "100755",
            NodeKind::Directory => "40000",
            NodeKind::Link => "120000",
            NodeKind::Submodule => "160000",
        };
        content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        content.extend_from_slice(node.digest.as_bytes());
    }
    address("tree", &content)
}

impl fmt::Debug for MemoryTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTree").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryTreeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTreeBuilder").field("entries", &self.entries.len()).finish()
    }
}
