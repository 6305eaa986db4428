//! Links, followed inside the tree.

use super::{Node, NodeKind, Read, TREE_LINK_BYTES_MAX, TREE_LINKS_MAX, Tree, TreeError, TreePath};

/// Where a path leads once every link is followed.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: TreePath,
    pub(super) node: Node,
}

// A link and its target, for the error when it leads nowhere.
struct Followed {
    path: TreePath,
    target: String,
}

impl Tree {
    /// Finds `path`, following every link on the way and at its end.
    pub(super) fn resolve(&self, path: &TreePath) -> Result<Option<Found>, TreeError> {
        // Most paths go through no link: one lookup then answers.
        match self.backend().lookup(path)? {
            Some(node) if !matches!(node.kind, NodeKind::Link | NodeKind::Submodule) => {
                Ok(Some(Found { path: path.clone(), node }))
            }
            _ => self.resolve_links(path),
        }
    }

    fn resolve_links(&self, path: &TreePath) -> Result<Option<Found>, TreeError> {
        let mut links = 0;
        let mut last: Option<Followed> = None;
        let mut rest: Vec<String> = path.segments().map(str::to_owned).rev().collect();
        // No link is on the way to it, so that `..` is its parent.
        let mut at = TreePath::root();
        let mut found = self.backend().lookup(&at)?;
        while let Some(segment) = rest.pop() {
            match (segment.as_str(), &last) {
                ("" | ".", _) => continue,
                // Only the targets of links have this segment.
                ("..", Some(link)) => {
                    at = at.parent().ok_or_else(|| link.broken("leaves the tree"))?;
                    found = self.backend().lookup(&at)?;
                    continue;
                }
                _ => {}
            }
            let next = at.child(&segment);
            found = self.backend().lookup(&next)?;
            match found {
                None => {
                    self.note(|| (next.clone(), Read::Absent));
                    return Ok(None);
                }
                Some(node) if node.kind == NodeKind::Submodule => {
                    self.note(|| (next.clone(), Read::Kind { kind: node.kind }));
                    return Err(TreeError::Submodule { path: path.clone() });
                }
                Some(node) if node.kind == NodeKind::Link => {
                    links += 1;
                    let link = self.follow(&next, &node, links)?;
                    rest.extend(link.target.split('/').map(str::to_owned).rev());
                    last = Some(link);
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

    // Reads the link at `path`, whose target is relative to the directory that holds it.
    fn follow(&self, path: &TreePath, node: &Node, links: u64) -> Result<Followed, TreeError> {
        self.note(|| (path.clone(), Read::Link { digest: node.digest }));
        let bytes = self.backend().read(path, TREE_LINK_BYTES_MAX).map_err(|err| match err {
            TreeError::Limit { path, found, max, .. } => {
                TreeError::Limit { path, limit: "TREE_LINK_BYTES_MAX", found, max }
            }
            other => other,
        })?;
        let target = String::from_utf8_lossy(&bytes).into_owned();
        let link = Followed { path: path.clone(), target };
        if TREE_LINKS_MAX < links {
            return Err(link.broken("goes through more links than TREE_LINKS_MAX allows"));
        }
        if link.target.starts_with('/') {
            return Err(link.broken("leaves the tree"));
        }
        Ok(link)
    }
}

impl Followed {
    fn broken(&self, problem: &'static str) -> TreeError {
        TreeError::Link { path: self.path.clone(), target: self.target.clone(), problem }
    }
}
