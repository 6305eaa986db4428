//! A tree with a few files laid over it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use bytes::Bytes;

use super::{
    Node, NodeKind, Tree, TreeBackend, TreeError, TreePath,
    memory::{address, directory_address, read_stored},
};

/// Collects what is laid over a [`Tree`]; made by [`Tree::overlay`].
pub struct Overlay {
    base: Tree,
    files: BTreeMap<TreePath, (NodeKind, Bytes)>,
    removed: BTreeSet<TreePath>,
}

impl Tree {
    /// Starts to lay files over this tree, and to take some out. This tree stays as it is; the new
    /// one reads from the same store, and what is changed costs what is changed.
    ///
    /// What is read through the new tree is not noted in this one: it may be made up.
    ///
    /// ```
    /// use gitops_core::{Tree, TreePath};
    ///
    /// let tree = Tree::from_files([("web/Chart.yaml", "name: web")])?;
    /// let path = TreePath::new("web/charts/db.tgz")?;
    /// let more = tree.overlay().file(path.clone(), "packed").build()?;
    /// assert_eq!(more.read(&path)?, "packed");
    /// assert!(tree.read(&path).is_err());
    /// # Ok::<(), gitops_core::tree::TreeError>(())
    /// ```
    pub fn overlay(&self) -> Overlay {
        Overlay { base: self.clone(), files: BTreeMap::new(), removed: BTreeSet::new() }
    }
}

impl Overlay {
    /// Lays a file over whatever file is at `path`.
    #[must_use]
    pub fn file(self, path: TreePath, content: impl Into<Bytes>) -> Self {
        self.entry(path, NodeKind::File, content.into())
    }

    /// Lays an entry of any kind but a directory over whatever is at `path`.
    #[must_use]
    pub fn entry(mut self, path: TreePath, kind: NodeKind, content: Bytes) -> Self {
        self.files.insert(path, (kind, content));
        self
    }

    /// Takes out what the tree below has at `path`, a directory with all that is in it.
    #[must_use]
    pub fn without(mut self, path: TreePath) -> Self {
        self.removed.insert(path);
        self
    }

    /// Computes the digests of what changes, and closes the tree. Directories that nothing is left
    /// in are gone.
    ///
    /// # Errors
    ///
    /// [`TreeError::WrongKind`] when a file would take the place of a directory, or lie below a
    /// file or a link; and any [`TreeError`] of the tree below.
    pub fn build(self) -> Result<Tree, TreeError> {
        let limits = self.base.limits;
        Ok(Tree { backend: self.into_backend()?, log: None, limits })
    }

    /// Does the same as [`build`](Self::build), for another handle to be put before it.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn into_backend(self) -> Result<Arc<dyn TreeBackend>, TreeError> {
        let Self { base, files, removed } = self;
        let backend = Arc::clone(&base.backend);
        let mut layer = Layer { base: backend, files, directories: BTreeMap::new() };
        for path in &removed {
            if let Some((parent, name)) = split(path)
                && layer.base.lookup(path)?.is_some()
            {
                layer.open(&parent)?;
                layer.names(&parent).remove(name);
            }
        }
        layer.place()?;
        layer.close();
        Ok(Arc::new(layer))
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.files.keys().collect();
        f.debug_struct("Overlay")
            .field("files", &paths)
            .field("removed", &self.removed)
            .finish_non_exhaustive()
    }
}

type Names = BTreeMap<String, Node>;

struct Layer {
    base: Arc<dyn TreeBackend>,
    files: BTreeMap<TreePath, (NodeKind, Bytes)>,
    // Every directory in which something is other than below, with the directories around it.
    directories: BTreeMap<TreePath, Names>,
}

impl Layer {
    fn names(&mut self, path: &TreePath) -> &mut Names {
        self.directories.entry(path.clone()).or_default()
    }

    // Copies the names of a directory, and of those around it, up from below.
    fn open(&mut self, path: &TreePath) -> Result<(), TreeError> {
        if self.directories.contains_key(path) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.open(&parent)?;
        }
        let names = match self.lookup(path)? {
            Some(node) if node.kind == NodeKind::Directory => self.base.list(path)?,
            None => Vec::new(),
            Some(_) => {
                return Err(TreeError::WrongKind { path: path.clone(), expected: "directory" });
            }
        };
        self.directories.insert(path.clone(), names.into_iter().collect());
        Ok(())
    }

    fn place(&mut self) -> Result<(), TreeError> {
        let files: Vec<(TreePath, Node)> = (self.files.iter())
            .map(|(path, (kind, content))| {
                (path.clone(), Node { kind: *kind, digest: address("blob", content) })
            })
            .collect();
        for (path, node) in files {
            let wrong = |expected| TreeError::WrongKind { path: path.clone(), expected };
            let Some((parent, name)) = split(&path) else { return Err(wrong("file")) };
            if node.kind == NodeKind::Directory {
                return Err(wrong("file"));
            }
            self.open(&parent)?;
            let known = self.names(&parent).insert(name.to_owned(), node);
            if known.is_some_and(|known| known.kind == NodeKind::Directory)
                || self.directories.contains_key(&path)
            {
                return Err(wrong("file"));
            }
        }
        Ok(())
    }

    // Deepest first, so that every directory is complete before the one around it counts it.
    fn close(&mut self) {
        let mut paths: Vec<TreePath> = self.directories.keys().cloned().collect();
        paths.sort_by_key(|path| std::cmp::Reverse(path.depth()));
        for path in paths {
            let Some((parent, name)) = split(&path) else { continue };
            let list: Vec<_> = self.names(&path).clone().into_iter().collect();
            if list.is_empty() {
                self.directories.remove(&path);
                self.names(&parent).remove(name);
                continue;
            }
            let node = Node { kind: NodeKind::Directory, digest: directory_address(&list) };
            self.names(&parent).insert(name.to_owned(), node);
        }
    }
}

impl TreeBackend for Layer {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let Some((mut parent, mut name)) =
            split(path).map(|(parent, name)| (parent, name.to_owned()))
        else {
            let Some(names) = self.directories.get(path) else { return self.base.lookup(path) };
            let list: Vec<_> = names.iter().map(|(name, node)| (name.clone(), *node)).collect();
            let digest = directory_address(&list);
            return Ok(Some(Node { kind: NodeKind::Directory, digest }));
        };
        let mut below = false;
        loop {
            if let Some(names) = self.directories.get(&parent) {
                return match names.get(&name) {
                    Some(node) if !below => Ok(Some(*node)),
                    Some(node) if node.kind == NodeKind::Directory => self.base.lookup(path),
                    _ => Ok(None),
                };
            }
            below = true;
            match split(&parent).map(|(parent, name)| (parent, name.to_owned())) {
                Some(next) => (parent, name) = next,
                None => return self.base.lookup(path),
            }
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        if let Some(names) = self.directories.get(path) {
            return Ok(names.iter().map(|(name, node)| (name.clone(), *node)).collect());
        }
        match self.lookup(path)? {
            Some(node) if node.kind == NodeKind::Directory => self.base.list(path),
            Some(_) => Err(TreeError::WrongKind { path: path.clone(), expected: "directory" }),
            None => Err(TreeError::NotFound { path: path.clone() }),
        }
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        if let Some((kind, content)) = self.files.get(path) {
            return read_stored(path, *kind, content, bytes_max);
        }
        match self.lookup(path)? {
            Some(node) if node.kind == NodeKind::Directory => {
                Err(TreeError::WrongKind { path: path.clone(), expected: "file" })
            }
            Some(_) => self.base.read(path, bytes_max),
            None => Err(TreeError::NotFound { path: path.clone() }),
        }
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.files.keys().collect();
        f.debug_struct("Layer")
            .field("files", &paths)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

fn split(path: &TreePath) -> Option<(TreePath, &str)> {
    Some((path.parent()?, path.file_name()?))
}
