//! A tree over a directory that is read where it lies, for programs that render once.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use gitops_core::{
    Digest,
    tree::{Node, NodeKind, Tree, TreeBackend, TreeError, TreePath},
};

/// What the tree does with a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// It is a link, which leads nowhere outside the tree.
    Kept,
    /// It is what it leads to, wherever that is.
    Followed,
}

/// Makes a tree of a directory that nobody changes in the meantime.
///
/// Digests are of the path alone: two such trees cannot be compared.
pub(crate) fn tree(root: &Path, links: Links) -> Tree {
    Tree::new(Arc::new(Disk { root: root.to_owned(), links, seen: Mutex::default() }))
}

#[derive(Debug)]
struct Disk {
    root: PathBuf,
    links: Links,
    // What was asked for before: the same ancestors are, again and again.
    seen: Mutex<HashMap<TreePath, Option<Node>>>,
}

impl Disk {
    fn path(&self, path: &TreePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    fn node(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let full = self.path(path);
        let metadata = match self.links {
            Links::Kept => fs::symlink_metadata(full),
            Links::Followed => fs::metadata(full),
        };
        match metadata {
            Ok(metadata) => Ok(Some(node(path.as_str(), metadata.file_type()))),
            Err(err)
                if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(err) => Err(unavailable(path, err)),
        }
    }
}

impl TreeBackend for Disk {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = seen().get(path) {
            return Ok(*node);
        }
        let below_directory = match path.parent() {
            Some(parent) => {
                self.lookup(&parent)?.is_some_and(|node| node.kind == NodeKind::Directory)
            }
            None => true,
        };
        let node = if below_directory { self.node(path)? } else { None };
        seen().insert(path.clone(), node);
        Ok(node)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        let entries = fs::read_dir(self.path(path)).map_err(|err| unavailable(path, err))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|err| unavailable(path, err))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(|err| unavailable(path, err))?;
            let below = path.join(&name).map_err(|err| unavailable(path, io::Error::other(err)))?;
            let found = match self.links == Links::Followed && kind.is_symlink() {
                true => self.node(&below)?,
                false => Some(node(below.as_str(), kind)),
            };
            names.extend(found.map(|node| (name, node)));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        let full = self.path(path);
        if self.lookup(path)?.is_some_and(|node| node.kind == NodeKind::Link) {
            let target = fs::read_link(full).map_err(|err| unavailable(path, err))?;
            return Ok(Bytes::from(target.to_string_lossy().into_owned()));
        }
        let mut file = fs::File::open(full).map_err(|err| unavailable(path, err))?;
        let found = file.metadata().map_err(|err| unavailable(path, err))?.len();
        if bytes_max < found {
            let limit = "TREE_FILE_BYTES_MAX";
            return Err(TreeError::Limit { path: path.clone(), limit, found, max: bytes_max });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(found).unwrap_or_default() + 1);
        io::Read::read_to_end(&mut file, &mut bytes).map_err(|err| unavailable(path, err))?;
        Ok(Bytes::from(bytes))
    }
}

fn node(path: &str, kind: fs::FileType) -> Node {
    let kind = if kind.is_symlink() {
        NodeKind::Link
    } else if kind.is_dir() {
        NodeKind::Directory
    } else {
        NodeKind::File
    };
    Node { kind, digest: Digest::of(path) }
}

fn unavailable(path: &TreePath, err: io::Error) -> TreeError {
    TreeError::Unavailable { path: path.clone(), cause: Box::new(err) }
}
