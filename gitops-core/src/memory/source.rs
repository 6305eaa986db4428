//! A source that holds its revisions in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::{Revision, Source, SourceError, Tree, tree::TreePath};

const ORIGIN: &str = "memory";

/// A source that holds its revisions in memory.
///
/// Every commit is a revision of its own, even of a tree that was there before.
#[derive(Debug)]
pub struct MemorySource {
    // Invariant: never empty; the last one is current.
    revisions: Mutex<Vec<(Revision, Tree)>>,
}

impl MemorySource {
    /// Starts a source at `tree`.
    pub fn new(tree: Tree) -> Self {
        let revision = name(0, &tree);
        Self { revisions: Mutex::new(vec![(revision, tree)]) }
    }

    /// Makes `tree` the current revision and returns its name.
    pub fn commit(&self, tree: Tree) -> Revision {
        let mut revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        let revision = name(revisions.len(), &tree);
        revisions.push((revision.clone(), tree));
        revision
    }
}

#[async_trait]
impl Source for MemorySource {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        let (revision, _) = revisions.last().expect("a source starts with one revision");
        Ok(revision.clone())
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        // The moving name that led to a revision does not identify it.
        let found = revisions.iter().find(|(known, _)| known.id() == revision.id());
        found.map(|(_, tree)| tree.clone()).ok_or_else(|| SourceError::NotFound {
            origin: ORIGIN.to_owned(),
            revision: revision.clone(),
        })
    }
}

// A tree that cannot be read is named by its place alone: reading it tells why.
fn name(index: usize, tree: &Tree) -> Revision {
    let digest = tree.digest(&TreePath::root()).map(|digest| digest.to_hex()).unwrap_or_default();
    Revision::at("main", format!("{}-{digest:.12}", index + 1))
}
