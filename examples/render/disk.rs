//! A tree over a directory that is read where it lies, for programs that render once.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use gitops_core::{
    Digest,
    tree::{Node, NodeKind, Tree, TreeBackend, TreeError, TreePath},
};

/// How many bytes a file is asked for first: most have no more, and are read at once.
const PIECE_BYTES: usize = 8 << 10;

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
    let piece = Mutex::new(vec![0; PIECE_BYTES]);
    Tree::new(Arc::new(Disk { root: root.to_owned(), links, seen: Mutex::default(), piece }))
}

#[derive(Debug)]
struct Disk {
    root: PathBuf,
    links: Links,
    seen: Mutex<Seen>,
    // Used again for each file.
    piece: Mutex<Vec<u8>>,
}

/// What was asked for before: the same ancestors are, again and again.
#[derive(Debug, Default)]
struct Seen {
    nodes: BTreeMap<TreePath, Option<Node>>,
    /// By the paths of directories.
    lists: HashMap<String, Vec<(String, Node)>>,
}

/// The directory that a path is in was not read.
struct Unread;

impl Seen {
    /// What is at `path`, by the list of the directory that it is in.
    fn listed(&self, path: &TreePath) -> Result<Option<Node>, Unread> {
        if path.is_root() {
            return Err(Unread);
        }
        let (parent, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
        let list = self.lists.get(parent).ok_or(Unread)?;
        let at = list.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok();
        Ok(at.map(|at| list[at].1))
    }
}

impl Disk {
    fn path(&self, path: &TreePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let full = self.path(path);
        let metadata = match self.links {
            Links::Kept => fs::symlink_metadata(full),
            Links::Followed => fs::metadata(full),
        };
        match metadata {
            Ok(metadata) => Ok(Some(node(path, kind(metadata.file_type())))),
            Err(err)
                if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(err) => Err(unavailable(path, err)),
        }
    }

    fn node_below(&self, parent: &TreePath, path: &TreePath) -> Result<Option<Node>, TreeError> {
        if self.lookup(parent)?.is_none_or(|node| node.kind != NodeKind::Directory) {
            return Ok(None);
        }
        // All files of a chart are asked for, so its folders are read before; not so what it lies in.
        if self.links == Links::Followed && !parent.is_root() {
            self.see_list(parent)?;
        }
        let listed = self.seen().listed(path);
        listed.or_else(|Unread| self.node(path))
    }

    /// Reads a directory, unless it was read before.
    fn see_list(&self, path: &TreePath) -> Result<(), TreeError> {
        if self.seen().lists.contains_key(path.as_str()) {
            return Ok(());
        }
        let entries = fs::read_dir(self.path(path)).map_err(|err| unavailable(path, err))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|err| unavailable(path, err))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = kind(entry.file_type().map_err(|err| unavailable(path, err))?);
            let below = path.join(&name).map_err(|err| unavailable(path, io::Error::other(err)))?;
            let found = match self.links == Links::Followed && kind == NodeKind::Link {
                true => self.node(&below)?,
                false => Some(node(&below, kind)),
            };
            names.extend(found.map(|node| (name, node)));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        self.seen().lists.insert(path.as_str().to_owned(), names);
        Ok(())
    }
}

impl TreeBackend for Disk {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let seen = self.seen();
        if let Ok(node) = seen.listed(path) {
            return Ok(node);
        }
        if let Some(node) = seen.nodes.get(path) {
            return Ok(*node);
        }
        drop(seen);
        let node = match path.parent() {
            Some(parent) => self.node_below(&parent, path)?,
            None => Some(node(path, NodeKind::Directory)),
        };
        self.seen().nodes.insert(path.clone(), node);
        Ok(node)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        self.see_list(path)?;
        Ok(self.seen().lists.get(path.as_str()).cloned().unwrap_or_default())
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        let full = self.path(path);
        let may_be_link = self.links == Links::Kept;
        if may_be_link && self.lookup(path)?.is_some_and(|node| node.kind == NodeKind::Link) {
            let target = fs::read_link(full).map_err(|err| unavailable(path, err))?;
            return Ok(Bytes::from(target.to_string_lossy().into_owned()));
        }
        let mut file = fs::File::open(full).map_err(|err| unavailable(path, err))?;
        let mut piece = self.piece.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.read(&mut piece).map_err(|err| unavailable(path, err))?;
        // Only the end of a file makes a piece smaller than asked for.
        let found = match read < PIECE_BYTES {
            true => read as u64,
            false => file.metadata().map_err(|err| unavailable(path, err))?.len(),
        };
        if bytes_max < found {
            let limit = "TREE_FILE_BYTES_MAX";
            return Err(TreeError::Limit { path: path.clone(), limit, found, max: bytes_max });
        }
        if read < PIECE_BYTES {
            return Ok(Bytes::copy_from_slice(&piece[..read]));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(found).unwrap_or_default() + 1);
        bytes.extend_from_slice(&piece);
        file.read_to_end(&mut bytes).map_err(|err| unavailable(path, err))?;
        Ok(Bytes::from(bytes))
    }
}

fn kind(found: fs::FileType) -> NodeKind {
    if found.is_symlink() {
        NodeKind::Link
    } else if found.is_dir() {
        NodeKind::Directory
    } else {
        NodeKind::File
    }
}

fn node(path: &TreePath, kind: NodeKind) -> Node {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&hasher.finish().to_be_bytes());
    Node { kind, digest: Digest::Sha256(digest) }
}

fn unavailable(path: &TreePath, err: io::Error) -> TreeError {
    TreeError::Unavailable { path: path.clone(), cause: Box::new(err) }
}
