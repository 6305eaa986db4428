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

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use gitops_core::conformance::{File, tree::Harness};
    use gix::objs::{Tree, tree::EntryKind};

    use super::*;
    use crate::limits::GIT_OBJECT_BYTES_MAX;

    gitops_core::conformance::tree!(Repository);

    struct Repository {
        directory: tempfile::TempDir,
    }

    #[async_trait]
    impl Harness for Repository {
        async fn start() -> Self {
            let directory = tempfile::tempdir().unwrap();
            gix::init_bare(directory.path()).unwrap();
            Self { directory }
        }

        async fn backend(&self, files: &[(&str, File<'_>)]) -> Arc<dyn TreeBackend> {
            let options = gix::open::Options::isolated();
            let repository = gix::open_opts(self.directory.path(), options).unwrap();
            let empty = repository.write_object(Tree::empty()).unwrap();
            let mut editor = repository.edit_tree(empty).unwrap();
            for (path, file) in files {
                let (kind, content) = match file {
                    File::Regular(text) => (EntryKind::Blob, text),
                    File::Executable(text) => (EntryKind::BlobExecutable, text),
                    File::Link(target) => (EntryKind::Link, target),
                };
                let id = repository.write_blob(content).unwrap();
                editor.upsert(*path, kind, id).unwrap();
            }
            let root = editor.write().unwrap().detach();
            let objects = Objects::of(&repository, GIT_OBJECT_BYTES_MAX);
            Arc::new(GitTree::new(Arc::new(objects), root))
        }
    }
}
