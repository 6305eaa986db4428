//! What goes wrong below the source, and how the source says it.

use gitops_core::{BoxError, Revision, SourceError};

use super::transport::TransportError;

/// Why a repository could not answer; the place is added at the boundary.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// There is no such thing at the server.
    #[error("there is no such revision")]
    NoRevision,
    #[error("there is no {reference}")]
    NoReference { reference: String, hint: String },
    #[error("{0}")]
    Invalid(String),
    #[error("the credentials were refused")]
    Denied(#[source] BoxError),
    #[error("more than {max}")]
    Limit { limit: &'static str, max: u64 },
    #[error("{0}")]
    Unavailable(String, #[source] BoxError),
}

pub(super) type Outcome<T> = Result<T, Problem>;

pub(super) fn invalid(problem: impl Into<String>) -> Problem {
    Problem::Invalid(problem.into())
}

impl Problem {
    /// Gives a body that was too long the name of its limit.
    pub(super) fn of_transport(err: TransportError, limit: &'static str) -> Self {
        match err {
            TransportError::TooLarge { max } => Self::Limit { limit, max },
            TransportError::Unavailable(cause) => {
                Self::Unavailable("the connection failed".to_owned(), cause)
            }
        }
    }

    /// Says the same as an error of the source at `origin`.
    pub(super) fn at(self, origin: &str, revision: Option<&Revision>) -> SourceError {
        let origin = origin.to_owned();
        match self {
            Self::NoRevision => match revision.cloned() {
                Some(revision) => SourceError::NotFound { origin, revision },
                None => SourceError::Unavailable { origin, cause: Box::new(self) },
            },
            Self::NoReference { reference, hint } => {
                SourceError::NoReference { origin, reference, hint }
            }
            Self::Invalid(problem) => SourceError::Invalid { origin, problem },
            Self::Denied(cause) => SourceError::Denied { origin, cause },
            Self::Limit { limit, max } => SourceError::Limit { origin, limit, max },
            Self::Unavailable(..) => SourceError::Unavailable { origin, cause: Box::new(self) },
        }
    }
}
