//! How files become objects.

use std::fmt;

use async_trait::async_trait;

use crate::{BoxError, Digest, InvalidObject, Object, ObjectId, Origin, Tree, tree::TreeError};

/// Turns a tree of files into objects.
///
/// A renderer value *is* its configuration: path, values, release name, capabilities.
///
/// # Contract
///
/// - **R1** Equal trees give equal objects in equal order.
/// - **R2** No two objects share an id: the second one is [`RenderError::Duplicate`], which names
///   both places.
/// - **R3** A render either gives every object or fails: no partial lists.
/// - **R4** Everything that decides the result is read through the tree or is part of the
///   fingerprint: a tree that answers every read the same gives the same objects.
/// - **R5** An error about a file names the file, and the line where there is one.
/// - **R6** Equal configurations have equal fingerprints; what can change the output changes the
///   fingerprint.
///
/// # Cancellation
///
/// Rendering is computing: a dropped future may go on for a moment, but changes nothing.
#[async_trait]
pub trait Renderer: fmt::Debug + Send + Sync {
    /// Renders every object that `tree` describes.
    ///
    /// # Errors
    ///
    /// [`RenderError::Invalid`] when the tree is at fault, with the file and line to look at, and
    /// any other [`RenderError`].
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError>;

    /// Returns the address of everything but the tree that decides the result: the options and
    /// the version of the renderer.
    fn fingerprint(&self) -> Digest;
}

/// Why a tree could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A file of the tree is wrong.
    #[error("{at}: {problem}")]
    Invalid {
        /// The file and line to look at.
        at: Origin,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A document of the tree is no Kubernetes object.
    #[error("{at}: {hint}")]
    NotObject {
        /// The file and line to look at.
        at: Origin,
        /// What to do.
        hint: String,
        /// What is missing.
        #[source]
        cause: InvalidObject,
    },
    /// Two places describe one object.
    #[error("{id} is defined twice, in {first} and in {second}: remove one of them")]
    Duplicate {
        /// The object.
        id: ObjectId,
        /// Where it is defined first.
        first: Origin,
        /// Where it is defined again.
        second: Origin,
    },
    /// The directory or chart that is to be rendered is not in the tree.
    #[error("there is no {path} at this revision; {hint}")]
    NoPath {
        /// The path that was to be rendered.
        path: String,
        /// What to do, such as `the root holds apps and infra`.
        hint: String,
    },
    /// A path of the tree could not be read.
    #[error("cannot read {path}{}", line.map(|line| format!(", which line {line} asks for")).unwrap_or_default())]
    Tree {
        /// The path that was to be read.
        path: String,
        /// The line that asks for it, where a file does.
        line: Option<u32>,
        /// What the tree reported.
        #[source]
        cause: TreeError,
    },
    /// A limit was reached.
    #[error("{at} passes {limit}: at most {max} are allowed")]
    Limit {
        /// The file and line that reached it.
        at: Origin,
        /// The name of the limit.
        limit: &'static str,
        /// What is allowed.
        max: u64,
    },
    /// The renderer itself could not work, such as an external program that is missing.
    #[error("the renderer could not work")]
    Unavailable {
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl RenderError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Tree { cause, .. } => cause.is_transient(),
            Self::Invalid { .. }
            | Self::NotObject { .. }
            | Self::Duplicate { .. }
            | Self::NoPath { .. }
            | Self::Limit { .. } => false,
        }
    }
}
