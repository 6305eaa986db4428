//! Why a tree could not answer.

use super::TreePath;
use crate::BoxError;

/// Why a tree could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// There is nothing at this path.
    #[error("{path} does not exist")]
    NotFound {
        /// The path asked for.
        path: TreePath,
    },
    /// The path is a directory where a file was asked for, or the reverse.
    #[error("{path} is not a {expected}")]
    WrongKind {
        /// The path asked for.
        path: TreePath,
        /// What was asked for: `file` or `directory`.
        expected: &'static str,
    },
    /// The path leads out of the tree.
    #[error("path {path:?}, relative to {base}, leaves the tree")]
    Leaves {
        /// The path as written.
        path: String,
        /// The directory it was relative to.
        base: TreePath,
    },
    /// A symbolic link leads out of the tree, or round in a circle.
    #[error("symbolic link {path} -> {target} {problem}")]
    Link {
        /// The link.
        path: TreePath,
        /// Where it points.
        target: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The path is a submodule: its content is in another repository.
    #[error(
        "{path} is a submodule, whose files are not part of this repository: \
         make the other repository a source of its own, or copy its files here"
    )]
    Submodule {
        /// The submodule, or a path within it.
        path: TreePath,
    },
    /// What is stored at the path cannot be part of a tree.
    #[error("{path} {problem}")]
    Invalid {
        /// The file or directory.
        path: TreePath,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A limit was reached.
    #[error("{path} passes {limit}: {found} where at most {max} are allowed")]
    Limit {
        /// The file or directory.
        path: TreePath,
        /// The name of the limit, such as `TREE_FILE_BYTES_MAX`.
        limit: &'static str,
        /// What was found.
        found: u64,
        /// What is allowed.
        max: u64,
    },
    /// The store behind the tree did not answer.
    #[error("cannot read {path}")]
    Unavailable {
        /// The path asked for.
        path: TreePath,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl TreeError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::NotFound { .. }
            | Self::WrongKind { .. }
            | Self::Leaves { .. }
            | Self::Link { .. }
            | Self::Submodule { .. }
            | Self::Invalid { .. }
            | Self::Limit { .. } => false,
        }
    }
}
