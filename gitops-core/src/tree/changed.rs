//! What differs between two trees.

use std::collections::BTreeMap;

use super::{Node, NodeKind, Tree, TreeError, TreePath, check};

impl Tree {
    /// Returns the files and links that differ between `self` and `other`, sorted by path.
    ///
    /// Directories with equal digests are not opened, so that the cost is the cost of the change.
    /// Both trees must come from one source, for only then are their digests comparable.
    ///
    /// # Errors
    ///
    /// [`TreeError::Unavailable`] when a tree cannot be read, [`TreeError::Limit`] when more than
    /// `TREE_ENTRIES_MAX` entries differ.
    pub fn changed(&self, other: &Self) -> Result<Vec<TreePath>, TreeError> {
        let mut changed = Vec::new();
        let root = TreePath::root();
        let before = self.backend().lookup(&root)?;
        let after = other.backend().lookup(&root)?;
        let mut pending = vec![(root, before, after)];
        while let Some((path, before, after)) = pending.pop() {
            if before == after {
                continue;
            }
            let found = (changed.len() + pending.len()) as u64;
            check(&path, "TREE_ENTRIES_MAX", found, self.limits().entries_max)?;
            let left = self.names(&path, before)?;
            let right = other.names(&path, after)?;
            for node in [before, after].into_iter().flatten() {
                if node.kind != NodeKind::Directory && changed.last() != Some(&path) {
                    changed.push(path.clone());
                }
            }
            pending.extend(pair(&path, left, right));
        }
        changed.sort();
        Ok(changed)
    }

    fn names(&self, path: &TreePath, node: Option<Node>) -> Result<Vec<(String, Node)>, TreeError> {
        match node {
            Some(node) if node.kind == NodeKind::Directory => self.backend().list(path),
            _ => Ok(Vec::new()),
        }
    }
}

type Pair = (TreePath, Option<Node>, Option<Node>);

// Joins two listings by name and keeps what differs.
fn pair(
    path: &TreePath,
    left: Vec<(String, Node)>,
    right: Vec<(String, Node)>,
) -> impl Iterator<Item = Pair> {
    let mut names: BTreeMap<String, (Option<Node>, Option<Node>)> = BTreeMap::new();
    for (name, node) in left {
        names.entry(name).or_default().0 = Some(node);
    }
    for (name, node) in right {
        names.entry(name).or_default().1 = Some(node);
    }
    let path = path.clone();
    names
        .into_iter()
        .filter(|(_, (left, right))| left != right)
        .map(move |(name, (left, right))| (path.child(&name), left, right))
}
