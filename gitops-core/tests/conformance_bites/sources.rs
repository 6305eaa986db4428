//! Trees and sources that break one rule each.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{
    Digest, Revision, Source, SourceError, Tree, TreePath,
    conformance::{
        File,
        source::{self, rules as source_rules},
        tree::{self, rules as tree_rules},
    },
    memory::MemorySource,
    tree::{MemoryTree, Node, NodeKind, TreeBackend, TreeError},
};

use crate::conformance_memory::build;

mod bug {
    pub(super) const NONE: u8 = 0;
    pub(super) const UNSORTED: u8 = 1;
    pub(super) const FOLLOWS_LINKS: u8 = 2;
    pub(super) const READS_WITHOUT_LIMIT: u8 = 3;
    pub(super) const SALTED_DIGESTS: u8 = 4;
    pub(super) const SHALLOW_DIGESTS: u8 = 5;
    pub(super) const MOVES_ON: u8 = 6;
    pub(super) const RENAMES: u8 = 7;
    pub(super) const FINDS_EVERYTHING: u8 = 8;
    pub(super) const READS_LATE: u8 = 9;
    pub(super) const FLATTENS_LINKS: u8 = 10;
}

/// A tree with a bug.
#[derive(Debug)]
struct BentTree<const BUG: u8> {
    tree: MemoryTree,
    salt: u64,
    cut: Arc<AtomicBool>,
}

impl<const BUG: u8> BentTree<BUG> {
    fn bend(&self, path: &TreePath, mut node: Node) -> Node {
        match BUG {
            bug::SALTED_DIGESTS => {
                node.digest = Digest::of(format!("{} {}", self.salt, node.digest));
            }
            bug::SHALLOW_DIGESTS if node.kind == NodeKind::Directory => {
                let names = self.tree.list(path).unwrap();
                let names: Vec<_> = names.iter().map(|(name, _)| name.as_str()).collect();
                node.digest = Digest::of(names.join("/"));
            }
            bug::FLATTENS_LINKS if node.kind == NodeKind::Link => node.kind = NodeKind::File,
            _ => {}
        }
        node
    }

    // A path through the link of the sample.
    fn follow(path: &TreePath) -> TreePath {
        match path.as_str().strip_prefix("folder/") {
            Some(rest) if BUG == bug::FOLLOWS_LINKS => TreePath::new(&format!("a/{rest}")).unwrap(),
            _ => path.clone(),
        }
    }
}

impl<const BUG: u8> TreeBackend for BentTree<BUG> {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        let path = Self::follow(path);
        Ok(self.tree.lookup(&path)?.map(|node| self.bend(&path, node)))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        let mut names = self.tree.list(path)?;
        for (name, node) in &mut names {
            *node = self.bend(&path.join(name).unwrap(), *node);
        }
        if BUG == bug::UNSORTED {
            names.reverse();
        }
        Ok(names)
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(TreeError::Unavailable { path: path.clone(), cause: "cut".into() });
        }
        let bytes_max = if BUG == bug::READS_WITHOUT_LIMIT { u64::MAX } else { bytes_max };
        self.tree.read(&Self::follow(path), bytes_max)
    }
}

/// A place, and the source that follows it, with a bug.
struct Place<const BUG: u8> {
    source: Mutex<Option<Arc<BentSource<BUG>>>>,
    published: AtomicU64,
    cut: Arc<AtomicBool>,
}

impl<const BUG: u8> Place<BUG> {
    fn new() -> Self {
        Self { source: Mutex::default(), published: AtomicU64::new(0), cut: Arc::default() }
    }

    fn make(&self, files: &[(&str, File<'_>)]) -> BentTree<BUG> {
        let salt = self.published.fetch_add(1, Ordering::Relaxed);
        BentTree { tree: build(files), salt, cut: Arc::clone(&self.cut) }
    }
}

#[async_trait]
impl<const BUG: u8> tree::Harness for Place<BUG> {
    async fn start() -> Self {
        Self::new()
    }

    async fn backend(&self, files: &[(&str, File<'_>)]) -> Arc<dyn TreeBackend> {
        Arc::new(self.make(files))
    }
}

#[async_trait]
impl<const BUG: u8> source::Harness for Place<BUG> {
    async fn start() -> Self {
        Self::new()
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let tree = Tree::new(Arc::new(self.make(files)));
        let mut source = self.source.lock().unwrap();
        match source.as_ref() {
            Some(source) => drop(source.0.commit(tree)),
            None => {
                *source = Some(Arc::new(BentSource(MemorySource::new(tree), AtomicU64::new(0))));
            }
        }
    }

    fn source(&self) -> Arc<dyn Source> {
        Arc::clone(self.source.lock().unwrap().as_ref().unwrap()) as _
    }

    fn unknown(&self) -> Revision {
        Revision::at("main", "77-000000000000")
    }

    async fn cut(&self) {
        self.cut.store(BUG == bug::READS_LATE, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct BentSource<const BUG: u8>(MemorySource, AtomicU64);

#[async_trait]
impl<const BUG: u8> Source for BentSource<BUG> {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let revision = self.0.resolve().await?;
        if BUG != bug::RENAMES {
            return Ok(revision);
        }
        let asked = self.1.fetch_add(1, Ordering::Relaxed);
        Ok(Revision::at("main", format!("{}+{asked}", revision.id())))
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let (id, _) = revision.id().split_once('+').unwrap_or((revision.id(), ""));
        let found = self.0.fetch(&Revision::at("main", id)).await;
        let current = self.0.fetch(&self.0.resolve().await?).await;
        match BUG {
            bug::MOVES_ON if found.is_ok() => current,
            bug::FINDS_EVERYTHING if found.is_err() => current,
            _ => found,
        }
    }
}

mod trees {
    use super::*;

    crate::bites! { tree_rules(Place):
        NONE => [],
        UNSORTED => ["t3_listings_agree_with_lookup"],
        FOLLOWS_LINKS => ["t4_links_are_not_followed"],
        READS_WITHOUT_LIMIT => ["t5_reads_are_limited"],
        SALTED_DIGESTS => ["t2_equal_content_equal_digest"],
        SHALLOW_DIGESTS => ["t2_directories_cover_all_below"],
    }
}

mod places {
    use super::*;

    crate::bites! { source_rules(Place):
        NONE => [],
        MOVES_ON => ["s1_fetch_repeats"],
        RENAMES => ["s5_revisions_follow_content"],
        FINDS_EVERYTHING => ["s3_unknown_is_not_found"],
        READS_LATE => ["s4_trees_are_complete"],
        SALTED_DIGESTS => ["s6_digests_compare"],
        FLATTENS_LINKS => [
            "s2_resolved_is_fetchable",
            "s4_trees_are_complete",
            "s7_links_are_followed_inside",
            "s7_links_stay_inside",
        ],
    }
}
