//! Fetching what kustomizations refer to, before they are built.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{BoxError, Source, SourceError, Tree};

use super::{Missing, RemoteRepository, Remotes};
use crate::kustomize::{KustomizeRenderer, limits::KUSTOMIZE_REMOTES_MAX};

/// Says where the repositories and files that kustomizations refer to come from.
///
/// A closure from a repository to a source is one that brings no files of the web.
#[async_trait]
pub trait RemoteSources: Send + Sync {
    /// Returns the source of a repository, or nothing where it is not to be used.
    fn repository(&self, repository: &RemoteRepository) -> Option<Arc<dyn Source>>;

    /// Returns a file of the web, or nothing where it is not to be used or not there.
    ///
    /// # Errors
    ///
    /// Whatever kept it from being read.
    async fn file(&self, url: &str) -> Result<Option<Bytes>, BoxError> {
        let _ = url;
        Ok(None)
    }
}

impl<F> RemoteSources for F
where
    F: Fn(&RemoteRepository) -> Option<Arc<dyn Source>> + Send + Sync,
{
    fn repository(&self, repository: &RemoteRepository) -> Option<Arc<dyn Source>> {
        self(repository)
    }
}

/// Why something elsewhere could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The source of a repository failed.
    #[error("the kustomization needs {repository}")]
    Repository {
        /// The repository.
        repository: RemoteRepository,
        /// What the source reported.
        #[source]
        cause: SourceError,
    },
    /// A file could not be read.
    #[error("the kustomization needs {url}")]
    File {
        /// The address of the file.
        url: String,
        /// What was reported.
        #[source]
        cause: BoxError,
    },
    /// Kustomizations refer to too much elsewhere.
    #[error("more repositories and files elsewhere than KUSTOMIZE_REMOTES_MAX: {max}")]
    Limit {
        /// What is allowed.
        max: usize,
    },
}

impl RemoteError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Repository { cause, .. } => cause.is_transient(),
            Self::File { .. } => true,
            Self::Limit { .. } => false,
        }
    }
}

impl KustomizeRenderer {
    /// Fetches all that the kustomization, and what it refers to, refers to elsewhere: the current
    /// revision of each repository, and files. Give the result to
    /// [`with_remotes`](Self::with_remotes).
    ///
    /// What `sources` does not know is left out; a build that needs it fails and names the line.
    /// So does whatever else is wrong with the kustomization. Dropping the future stops the work.
    ///
    /// # Errors
    ///
    /// [`RemoteError`] when a source fails.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use gitops_core::{Source, Tree, TreePath, memory::MemorySource};
    /// # use gitops_render::{KustomizeRenderer, kustomize::RemoteRepository};
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tree = Tree::from_files([(
    ///     "kustomization.yaml",
    ///     "resources: ['https://github.com/org/base//shop?ref=v1']\n",
    /// )])?;
    /// let base: Arc<dyn Source> = Arc::new(MemorySource::new(Tree::from_files([
    ///     ("shop/kustomization.yaml", "resources: [namespace.yaml]\n"),
    ///     ("shop/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
    /// ])?));
    /// // A program would make a `GitSource` of the address and the reference.
    /// let sources = move |repository: &RemoteRepository| {
    ///     (repository.url == "https://github.com/org/base").then(|| Arc::clone(&base))
    /// };
    /// let renderer = KustomizeRenderer::new(TreePath::root());
    /// let remotes = renderer.fetch_remotes(&tree, &sources).await?;
    /// let build = renderer.with_remotes(remotes).build(&tree)?;
    /// assert_eq!(build.objects[0].0["metadata"]["name"], "shop");
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn fetch_remotes(
        &self,
        tree: &Tree,
        sources: &dyn RemoteSources,
    ) -> Result<Remotes, RemoteError> {
        let mut remotes = Remotes::default();
        let mut refused = BTreeSet::new();
        loop {
            let mut missing = self.missing(tree, remotes.clone());
            missing.retain(|missing| !refused.contains(missing));
            if missing.is_empty() {
                return Ok(remotes);
            }
            for missing in missing {
                if KUSTOMIZE_REMOTES_MAX <= remotes.len() + refused.len() {
                    return Err(RemoteError::Limit { max: KUSTOMIZE_REMOTES_MAX });
                }
                if !fetch(&missing, sources, &mut remotes).await? {
                    refused.insert(missing);
                }
            }
        }
    }
}

// Returns whether there was something to fetch.
async fn fetch(
    missing: &Missing,
    sources: &dyn RemoteSources,
    remotes: &mut Remotes,
) -> Result<bool, RemoteError> {
    match missing {
        Missing::Repository(repository) => {
            let Some(source) = sources.repository(repository) else { return Ok(false) };
            let failed = |cause| RemoteError::Repository { repository: repository.clone(), cause };
            let revision = source.resolve().await.map_err(failed)?;
            let tree = source.fetch(&revision).await.map_err(failed)?;
            remotes.repositories.insert(repository.clone(), (revision, tree));
        }
        Missing::File(url) => {
            let read = sources.file(url).await;
            let read = read.map_err(|cause| RemoteError::File { url: url.clone(), cause })?;
            let Some(content) = read else { return Ok(false) };
            remotes.add_file(url.clone(), content);
        }
    }
    Ok(true)
}
