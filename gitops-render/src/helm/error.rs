//! Why a chart could not be rendered.

use gitops_core::{
    Origin, RenderError,
    tree::{TreeError, TreePath},
};

/// Why a chart could not be rendered. The text is Helm's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HelmError {
    /// The chart, its values or the options are wrong: nothing was rendered.
    #[error("{message}")]
    Chart {
        /// The file or folder to look at.
        path: String,
        /// The line to look at, counted from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A template or what it wrote is wrong.
    #[error("{message}")]
    Template {
        /// The template, from the root of the chart.
        path: String,
        /// The line to look at, counted from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A path of the tree could not be read.
    #[error("cannot read {path}")]
    Tree {
        /// The path.
        path: String,
        /// What the tree reported.
        #[source]
        cause: TreeError,
    },
    /// A limit was reached.
    #[error("{path} passes {limit}: at most {max} are allowed")]
    Limit {
        /// The file or folder that is too large.
        path: String,
        /// The name of the limit.
        limit: &'static str,
        /// What is allowed.
        max: u64,
    },
}

impl HelmError {
    pub(in crate::helm) fn chart(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Chart { path: path.into(), line: 1, message: message.into() }
    }

    pub(in crate::helm) fn tree(path: &TreePath, cause: TreeError) -> Self {
        Self::Tree { path: path.to_string(), cause }
    }

    /// Says within what the problem was met.
    pub(in crate::helm) fn within(mut self, context: &str) -> Self {
        if let Self::Chart { message, .. } = &mut self {
            *message = format!("{context}: {message}");
        }
        self
    }
}

impl From<HelmError> for RenderError {
    fn from(err: HelmError) -> Self {
        match err {
            HelmError::Chart { path, line, message }
            | HelmError::Template { path, line, message } => {
                Self::Invalid { at: Origin { path, line }, problem: message }
            }
            HelmError::Tree { path, cause } => Self::Tree { path, line: None, cause },
            HelmError::Limit { path, limit, max } => {
                Self::Limit { at: Origin { path, line: 1 }, limit, max }
            }
        }
    }
}
