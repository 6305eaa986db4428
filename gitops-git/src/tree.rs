//! The files of a commit, read from the object database.

use std::sync::Arc;

use bytes::Bytes;
use gitops_core::tree::{Node, NodeKind, TreeBackend, TreeError, TreePath};
use gix::{ObjectId, objs::Kind};

use crate::{
    error::GitError,
    odb::{Objects, TreeObject, digest, object_id},
};

/// The files of one commit. Nothing is checked out: every read goes to the object database.
#[derive(Debug)]
pub(crate) struct GitTree {
    objects: Arc<Objects>,
    root: ObjectId,
}

impl GitTree {
    pub(crate) fn new(objects: Arc<Objects>, root: ObjectId) -> Self {
        Self { objects, root }
    }

    fn directory(&self, path: &TreePath, node: &Node) -> Result<Arc<TreeObject>, TreeError> {
        let id = object_id(&node.digest).unwrap_or(self.root);
        self.objects.tree(&id).map_err(|err| unavailable(path, err))
    }

    fn existing(&self, path: &TreePath) -> Result<Node, TreeError> {
        self.lookup(path)?.ok_or_else(|| TreeError::NotFound { path: path.clone() })
    }
}

impl TreeBackend for GitTree {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let mut node = Node { kind: NodeKind::Directory, digest: digest(&self.root) };
        for segment in path.segments() {
            if node.kind != NodeKind::Directory {
                return Ok(None);
            }
            match self.directory(path, &node)?.get(segment) {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        let node = self.existing(path)?;
        match node.kind {
            NodeKind::Directory => {}
            NodeKind::Submodule => return Err(TreeError::Submodule { path: path.clone() }),
            NodeKind::File | NodeKind::Executable | NodeKind::Link => {
                return Err(TreeError::WrongKind { path: path.clone(), expected: "directory" });
            }
        }
        let tree = self.directory(path, &node)?;
        if let Some(name) = &tree.foreign {
            let problem = format!("holds the name {name}, which no path can be made of: rename it");
            return Err(TreeError::Invalid { path: path.clone(), problem });
        }
        Ok(tree.entries().to_vec())
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        let node = self.existing(path)?;
        match node.kind {
            NodeKind::File | NodeKind::Executable | NodeKind::Link => {}
            NodeKind::Submodule => return Err(TreeError::Submodule { path: path.clone() }),
            NodeKind::Directory => {
                return Err(TreeError::WrongKind { path: path.clone(), expected: "file" });
            }
        }
        let id = object_id(&node.digest).unwrap_or(self.root);
        let missing = || self.objects.damage(format!("the blob {id} is missing"));
        // The size is asked first: a file that is too large is never held in memory.
        let header = self.objects.header(&id).and_then(|header| header.ok_or_else(missing));
        let (_, found) = header.map_err(|err| unavailable(path, err))?;
        if bytes_max < found {
            let limit = "TREE_FILE_BYTES_MAX";
            return Err(TreeError::Limit { path: path.clone(), limit, found, max: bytes_max });
        }
        let bytes = self.objects.read(&id, Kind::Blob);
        let bytes = bytes.and_then(|bytes| bytes.ok_or_else(missing));
        bytes.map(Bytes::from).map_err(|err| unavailable(path, err))
    }
}

fn unavailable(path: &TreePath, err: GitError) -> TreeError {
    TreeError::Unavailable { path: path.clone(), cause: Box::new(err) }
}
