//! What is live, and what would change.

use std::fmt;

use async_trait::async_trait;

use crate::{BoxError, Change, Conflict, Kind, Object, ObjectId, Pin};

/// Reads the live side: everything a plan needs to know, and nothing that writes.
///
/// # Contract
///
/// - **D1** No method changes anything.
/// - **D2** Right after a change is applied, `diff` of the same object is [`Change::Unchanged`].
/// - **D3** An object whose kind or namespace is not there yet is [`Change::Create`] with `after`
///   set, not an error.
/// - **D4** A field that somebody else changed is an [`Change::Update`] that names its path, the
///   live and the desired value, and the field manager that holds it.
/// - **D5** What applying would refuse, `diff` refuses with the error of the same name. A conflict
///   names every path and manager; it is none when `takes` names all of them, and the change then
///   names what it takes.
/// - **D6** `live` is [`Live::Absent`] only when the server said so. An answer that was lost, late
///   or refused is [`Live::Unknown`] or an error, never absence.
/// - **D7** Fields that the desired object does not mention and we never set are no difference.
/// - **D8** The values of secrets are marked sensitive.
/// - **D9** `scope` is [`Scope::Unknown`] for a kind the server does not serve.
///
/// # Cancellation
///
/// Every method may be dropped at any point.
#[async_trait]
pub trait Differ: fmt::Debug + Send + Sync {
    /// Says whether objects of `kind` live in a namespace.
    ///
    /// # Errors
    ///
    /// [`DiffError::Unavailable`] when the server does not answer.
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError>;

    /// Says what applying `desired` would do, if the fields in `takes` may be taken over from their
    /// managers.
    ///
    /// # Errors
    ///
    /// [`DiffError::Conflict`], [`DiffError::Invalid`], [`DiffError::Immutable`] or
    /// [`DiffError::Denied`] when applying would be refused, and any other [`DiffError`].
    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError>;

    /// Returns the live object.
    ///
    /// # Errors
    ///
    /// [`DiffError::Denied`] when reading is not allowed. That the server did not answer is
    /// [`Live::Unknown`], not an error.
    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError>;
}

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In namespaces.
    Namespaced,
    /// Cluster-wide.
    Cluster,
    /// The server does not know the kind.
    Unknown,
}

/// What is known of a live object. Unknown is not absent.
#[derive(Clone, Debug)]
pub enum Live {
    /// It is there.
    Present(LiveObject),
    /// The server said that it is not there.
    Absent,
    /// The server did not say.
    Unknown {
        /// Why it is not known.
        reason: String,
    },
}

/// An object as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveObject {
    /// The content, without managed fields.
    pub object: Object,
    /// Which state of it this is.
    pub pin: Pin,
    /// Whether it is on its way out: deleted, and held by a finalizer.
    pub deleting: bool,
}

/// Why an object could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// Another manager owns fields that the desired object sets.
    #[error("{id}: {}", Conflict::list(conflicts))]
    Conflict {
        /// The object.
        id: ObjectId,
        /// Which fields, and whose.
        conflicts: Vec<Conflict>,
    },
    /// The server would not accept the object.
    #[error("{id} is not valid")]
    Invalid {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// A field differs that cannot be changed.
    #[error(
        "{id} differs in a field that cannot be changed: delete it first, or annotate it with \
         kustomize.toolkit.fluxcd.io/force: Enabled to have it replaced"
    )]
    Immutable {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// The server does not allow us to look or to write.
    #[error("{id}: the server does not allow it")]
    Denied {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// The server did not answer.
    #[error("cannot compare {id}: the server did not answer")]
    Unavailable {
        /// The object.
        id: ObjectId,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
    /// The server did not answer what kinds it has.
    #[error("cannot find out about {kind}: the server did not answer")]
    Discovery {
        /// The kind asked for.
        kind: Kind,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl DiffError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Discovery { .. } => true,
            Self::Conflict { .. }
            | Self::Invalid { .. }
            | Self::Immutable { .. }
            | Self::Denied { .. } => false,
        }
    }
}
