//! Links, followed inside the tree.

use super::{Node, NodeKind, Read, TREE_LINKS_MAX, Tree, TreeError, TreePath};

// Longer targets are no paths.
const LINK_BYTES_MAX: u64 = 4096;

/// Where a path leads once every link is followed.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: TreePath,
    pub(super) node: Node,
}

impl Tree {
    /// Finds `path`, following every link on the way and at its end.
    pub(super) fn resolve(&self, path: &TreePath) -> Result<Option<Found>, TreeError> {
        // Most paths go through no link: one lookup then answers.
        match self.backend().lookup(path)? {
            Some(node) if node.kind == NodeKind::Submodule => {
                Err(TreeError::Submodule { path: path.clone() })
            }
            Some(node) if node.kind != NodeKind::Link => {
                Ok(Some(Found { path: path.clone(), node }))
            }
            _ => self.resolve_links(path),
        }
    }

    fn resolve_links(&self, path: &TreePath) -> Result<Option<Found>, TreeError> {
        let mut links = 0;
        let mut rest: Vec<String> = path.segments().map(str::to_owned).rev().collect();
        let mut at = TreePath::root();
        let mut found = self.backend().lookup(&at)?;
        while let Some(segment) = rest.pop() {
            let next = at.child(&segment);
            found = self.backend().lookup(&next)?;
            match found {
                None => {
                    self.note(|| (next.clone(), Read::Absent));
                    return Ok(None);
                }
                Some(node) if node.kind == NodeKind::Submodule => {
                    return Err(TreeError::Submodule { path: path.clone() });
                }
                Some(node) if node.kind == NodeKind::Link => {
                    links += 1;
                    let target = self.follow(&next, &node, links)?;
                    rest.extend(target.segments().map(str::to_owned).rev());
                    at = TreePath::root();
                    found = self.backend().lookup(&at)?;
                }
                Some(node) if node.kind != NodeKind::Directory && !rest.is_empty() => {
                    // A file has nothing below it; were it a directory, there might be.
                    self.note(|| (next.clone(), Read::Kind { kind: node.kind }));
                    return Ok(None);
                }
                Some(_) => at = next,
            }
        }
        Ok(found.map(|node| Found { path: at, node }))
    }

    // Returns where the link at `path` leads, as a path from the root.
    fn follow(&self, path: &TreePath, node: &Node, links: u64) -> Result<TreePath, TreeError> {
        self.note(|| (path.clone(), Read::Content { digest: node.digest }));
        let bytes = self.backend().read(path, LINK_BYTES_MAX)?;
        let target = String::from_utf8_lossy(&bytes).into_owned();
        let broken =
            |problem| TreeError::Link { path: path.clone(), target: target.clone(), problem };
        if TREE_LINKS_MAX < links {
            return Err(broken("goes through more links than TREE_LINKS_MAX allows"));
        }
        let base = path.parent().unwrap_or_default();
        base.join(&target).map_err(|_| broken("leaves the tree"))
    }
}
