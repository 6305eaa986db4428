//! A tree over a directory that is read where it lies, for programs that render once.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use gitops_core::{
    Digest,
    tree::{Node, NodeKind, Tree, TreeBackend, TreeError, TreePath},
};

/// Makes a tree of a directory that nobody changes in the meantime.
///
/// Digests are of the path alone: two such trees cannot be compared.
pub(crate) fn tree(root: &Path) -> Tree {
    let directories = Mutex::new(HashSet::new());
    Tree::new(Arc::new(Disk { root: root.to_owned(), directories }))
}

#[derive(Debug)]
struct Disk {
    root: PathBuf,
    // Directories that no link leads to.
    directories: Mutex<HashSet<String>>,
}

impl Disk {
    fn path(&self, path: &TreePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    fn metadata(&self, path: &TreePath) -> Result<Option<fs::Metadata>, TreeError> {
        match fs::symlink_metadata(self.path(path)) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(err)
                if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(err) => Err(unavailable(path, err)),
        }
    }

    // Whether the path is a directory that is reached without a link.
    fn is_plain_directory(&self, path: &TreePath) -> Result<bool, TreeError> {
        let Some(parent) = path.parent() else { return Ok(true) };
        let known = |set: &HashSet<String>| set.contains(path.as_str());
        if known(&self.directories.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(true);
        }
        let plain = self.is_plain_directory(&parent)?
            && self.metadata(path)?.is_some_and(|metadata| metadata.is_dir());
        if plain {
            let mut known = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(path.as_str().to_owned());
        }
        Ok(plain)
    }
}

impl TreeBackend for Disk {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        if let Some(parent) = path.parent()
            && !self.is_plain_directory(&parent)?
        {
            return Ok(None);
        }
        let Some(metadata) = self.metadata(path)? else { return Ok(None) };
        Ok(Some(Node { kind: kind(&metadata), digest: Digest::of(path.as_str()) }))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        let entries = fs::read_dir(self.path(path)).map_err(|err| unavailable(path, err))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|err| unavailable(path, err))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let metadata = entry.metadata().map_err(|err| unavailable(path, err))?;
            let digest = Digest::of(format!("{path}/{name}"));
            names.push((name, Node { kind: kind(&metadata), digest }));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        let full = self.path(path);
        let metadata = self.metadata(path)?.ok_or(TreeError::NotFound { path: path.clone() })?;
        if metadata.is_symlink() {
            let target = fs::read_link(full).map_err(|err| unavailable(path, err))?;
            return Ok(Bytes::from(target.to_string_lossy().into_owned()));
        }
        if bytes_max < metadata.len() {
            let (limit, found) = ("TREE_FILE_BYTES_MAX", metadata.len());
            return Err(TreeError::Limit { path: path.clone(), limit, found, max: bytes_max });
        }
        fs::read(full).map(Bytes::from).map_err(|err| unavailable(path, err))
    }
}

fn kind(metadata: &fs::Metadata) -> NodeKind {
    if metadata.is_symlink() {
        NodeKind::Link
    } else if metadata.is_dir() {
        NodeKind::Directory
    } else {
        NodeKind::File
    }
}

fn unavailable(path: &TreePath, err: io::Error) -> TreeError {
    TreeError::Unavailable { path: path.clone(), cause: Box::new(err) }
}
