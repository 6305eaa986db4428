//! What goes wrong below the trait, and how the trait says it.

use gitops_core::{BoxError, Revision, SourceError};

/// Why Git could not answer; the place is added at the boundary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    #[error("there is no such commit")]
    NoCommit,
    #[error("there is no {reference}")]
    NoReference { reference: String, hint: String },
    #[error("{problem}")]
    Invalid { problem: String },
    #[error("the credentials were refused")]
    Denied(#[source] BoxError),
    #[error("more than {max}")]
    Limit { limit: &'static str, max: u64 },
    #[error("{0}")]
    Unavailable(&'static str, #[source] BoxError),
    #[error("the object database is damaged")]
    Damaged(#[source] BoxError),
    #[error("what the server sent cannot be used")]
    BadPack(#[source] BoxError),
    #[error("the work was stopped")]
    Stopped,
    #[error("no answer within {seconds} seconds")]
    TimedOut { seconds: u64 },
}

impl GitError {
    pub(crate) fn invalid(problem: impl Into<String>) -> Self {
        Self::Invalid { problem: problem.into() }
    }

    /// Says the same as an error of the source at `origin`.
    pub(crate) fn at(self, origin: &str, revision: Option<&Revision>) -> SourceError {
        let origin = origin.to_owned();
        match self {
            Self::NoCommit => match revision.cloned() {
                Some(revision) => SourceError::NotFound { origin, revision },
                None => SourceError::Unavailable { origin, cause: Box::new(self) },
            },
            Self::NoReference { reference, hint } => {
                SourceError::NoReference { origin, reference, hint }
            }
            Self::Invalid { problem } => SourceError::Invalid { origin, problem },
            Self::Denied(cause) => SourceError::Denied { origin, cause },
            Self::Limit { limit, max } => SourceError::Limit { origin, limit, max },
            Self::Unavailable(..)
            | Self::Damaged(_)
            | Self::BadPack(_)
            | Self::Stopped
            | Self::TimedOut { .. } => SourceError::Unavailable { origin, cause: Box::new(self) },
        }
    }
}
