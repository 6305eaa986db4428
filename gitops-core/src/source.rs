//! Where the desired state is written down.

use std::fmt;

use async_trait::async_trait;

use crate::{BoxError, Revision, Tree};

/// A place that holds the desired state under revisions.
///
/// # Contract
///
/// - **S1** `fetch` of one revision gives equal trees, however often it is called and whatever
///   the source has moved on to.
/// - **S2** `resolve` gives a revision that `fetch` accepts.
/// - **S3** `fetch` of a revision the source never had is [`SourceError::NotFound`].
/// - **S4** A fetched tree is complete: whatever it lists can be read without asking the source
///   again. A source that cannot bring everything fails.
/// - **S5** After new content is published, `resolve` names another revision; as long as nothing
///   is published, it names the same one.
/// - **S6** Trees of one source have comparable digests: what is unchanged between two revisions
///   has the same digest in both.
/// - **S7** Links are links in the tree; a path through one stays inside the tree or is an error.
///
/// `gitops_core::conformance` has one test for each rule.
///
/// # Cancellation
///
/// Dropping a returned future stops the work. An implementation that moved the work to a thread
/// stops that thread too, and leaves nothing behind that a later call would trip over.
///
/// # Example
///
/// ```
/// # use gitops_core::{Source, Tree, memory::MemorySource, tree::TreePath};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let source = MemorySource::new(Tree::from_files([("app.yaml", "kind: Namespace")])?);
/// let revision = source.resolve().await?;
/// let tree = source.fetch(&revision).await?;
/// assert_eq!(tree.read(&TreePath::new("app.yaml")?)?, "kind: Namespace");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// Asks which revision is current, without moving its content.
    ///
    /// # Errors
    ///
    /// [`SourceError::NoReference`] when the branch, tag or range leads nowhere, and any other
    /// [`SourceError`].
    async fn resolve(&self) -> Result<Revision, SourceError>;

    /// Brings the files of `revision`.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotFound`] when the source has no such revision, and any other
    /// [`SourceError`].
    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError>;
}

/// Why a source could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source has no such revision.
    #[error("{origin} has no revision {revision}")]
    NotFound {
        /// Where the source is, without credentials.
        origin: String,
        /// The revision asked for.
        revision: Revision,
    },
    /// The branch, tag, range or commit that the source follows leads nowhere.
    #[error("{origin} has no {reference}; {hint}")]
    NoReference {
        /// Where the source is, without credentials.
        origin: String,
        /// What was asked for, such as `branch "mian"`.
        reference: String,
        /// What to do, such as `it has the branches main and next`.
        hint: String,
    },
    /// The source, or what is configured for it, is not usable as it is.
    #[error("{origin} cannot be used as a source: {problem}")]
    Invalid {
        /// Where the source is, without credentials.
        origin: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The source refused the credentials.
    #[error("{origin} refused the credentials")]
    Denied {
        /// Where the source is, without credentials.
        origin: String,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
    /// A limit was reached.
    #[error("{origin} passes {limit}: more than {max}")]
    Limit {
        /// Where the source is, without credentials.
        origin: String,
        /// The name of the limit.
        limit: &'static str,
        /// What is allowed.
        max: u64,
    },
    /// The source did not answer, or not in time.
    #[error("{origin} did not answer")]
    Unavailable {
        /// Where the source is, without credentials.
        origin: String,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl SourceError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::NotFound { .. }
            | Self::NoReference { .. }
            | Self::Invalid { .. }
            | Self::Denied { .. }
            | Self::Limit { .. } => false,
        }
    }
}
