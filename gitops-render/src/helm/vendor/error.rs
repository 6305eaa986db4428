//! Why the charts that a chart needs could not be brought.

use gitops_core::{SourceError, tree::TreeError};

use crate::helm::HelmError;

/// Why the charts that a chart needs could not be brought.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// The chart, or one of its tree that it needs, is wrong.
    #[error("the chart cannot be read")]
    Chart(#[source] HelmError),
    /// A chart that is needed cannot be had as it is asked for.
    #[error("{path}: dependency {name:?}: {problem}")]
    Dependency {
        /// The file that asks for it.
        path: String,
        /// The name of the chart that is needed.
        name: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The lock is not of what the chart asks for.
    #[error(
        "{path} is out of sync with what the chart asks for: update it with 'helm dependency \
         update', or write what `Dependencies::lock` gives"
    )]
    OutOfSync {
        /// The lock.
        path: String,
    },
    /// The place where a chart is published did not bring it.
    #[error("{path}: dependency {name:?} cannot be brought")]
    Source {
        /// The file that asks for it.
        path: String,
        /// The name of the chart that is needed.
        name: String,
        /// What the source reported.
        #[source]
        cause: SourceError,
    },
    /// The packages cannot be laid into the tree.
    #[error("the packages cannot be laid into charts/")]
    Tree(#[source] TreeError),
    /// A limit was reached.
    #[error("{path} passes {limit}: at most {max} are allowed")]
    Limit {
        /// The file that reached it.
        path: String,
        /// The name of the limit.
        limit: &'static str,
        /// What is allowed.
        max: u64,
    },
}

impl DependencyError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Source { cause, .. } => cause.is_transient(),
            Self::Tree(cause) | Self::Chart(HelmError::Tree { cause, .. }) => cause.is_transient(),
            Self::Chart(_)
            | Self::Dependency { .. }
            | Self::OutOfSync { .. }
            | Self::Limit { .. } => false,
        }
    }
}
