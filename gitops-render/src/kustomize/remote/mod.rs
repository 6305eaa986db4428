//! Repositories and files elsewhere that kustomizations refer to.

mod fetch;
mod url;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use bytes::Bytes;
use gitops_core::{Digest, Revision, Tree, TreePath};

pub use self::fetch::{RemoteError, RemoteSources};
pub(in crate::kustomize) use self::url::{RemoteUrl, is_web};

/// A repository at one reference, as kustomizations refer to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteRepository {
    /// The address that `git clone` takes, such as `https://github.com/org/repo`.
    pub url: String,
    /// The branch, tag or commit; empty where the kustomization leaves it to the repository.
    pub reference: String,
}

impl fmt::Display for RemoteRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if self.reference.is_empty() { Ok(()) } else { write!(f, "?ref={}", self.reference) }
    }
}

/// What was fetched for kustomizations that refer to other repositories, at fixed revisions.
///
/// It is a value: a render that is given it is again a function of its input, and other content
/// is another fingerprint.
#[derive(Clone, Debug, Default)]
pub struct Remotes {
    repositories: BTreeMap<RemoteRepository, (Revision, Tree)>,
    files: BTreeMap<String, (Digest, Bytes)>,
}

impl Remotes {
    /// Returns the same with the content of a repository.
    #[must_use]
    pub fn with_repository(
        mut self,
        repository: RemoteRepository,
        revision: Revision,
        tree: Tree,
    ) -> Self {
        self.repositories.insert(repository, (revision, tree));
        self
    }

    /// Returns the same with a file of the web.
    #[must_use]
    pub fn with_file(mut self, url: impl Into<String>, content: impl Into<Bytes>) -> Self {
        self.add_file(url.into(), content.into());
        self
    }

    /// Returns at which revision each repository is used.
    pub fn revisions(&self) -> impl Iterator<Item = (&RemoteRepository, &Revision)> {
        self.repositories.iter().map(|(repository, (revision, _))| (repository, revision))
    }

    fn add_file(&mut self, url: String, content: Bytes) {
        self.files.insert(url, (Digest::of(&content), content));
    }

    fn len(&self) -> usize {
        self.repositories.len() + self.files.len()
    }

    /// Returns the address of the whole content.
    pub(in crate::kustomize) fn digest(&self) -> Digest {
        let repositories = self.repositories.iter().map(|(repository, (_, tree))| {
            // A tree that cannot be read fails when it is rendered.
            format!("{repository} {:?}", tree.digest(&TreePath::root()))
        });
        let files = self.files.iter().map(|(url, (digest, _))| format!("{url} {digest}"));
        let parts: Vec<String> = repositories.chain(files).collect();
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

/// Something elsewhere that a build would need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::kustomize) enum Missing {
    Repository(RemoteRepository),
    File(String),
}

/// What is there for one build, and what it missed.
#[derive(Debug, Default)]
pub(in crate::kustomize) struct Elsewhere {
    pub(in crate::kustomize) remotes: Remotes,
    pub(in crate::kustomize) missing: RefCell<BTreeSet<Missing>>,
}

impl Elsewhere {
    /// Returns the files of a repository.
    pub(in crate::kustomize) fn repository(&self, repository: &RemoteRepository) -> Option<Tree> {
        let found = self.remotes.repositories.get(repository).map(|(_, tree)| tree.clone());
        if found.is_none() {
            self.missing.borrow_mut().insert(Missing::Repository(repository.clone()));
        }
        found
    }

    /// Returns a file of the web.
    pub(in crate::kustomize) fn file(&self, url: &str) -> Option<Bytes> {
        let found = self.remotes.files.get(url).map(|(_, content)| content.clone());
        if found.is_none() {
            self.missing.borrow_mut().insert(Missing::File(url.to_owned()));
        }
        found
    }
}
