//! How a change is made.

use std::fmt;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BoxError, Change, Conflict, ObjectId};

/// Makes one change: everything that writes the live side.
///
/// # Contract
///
/// - **A1** Applying one change twice ends where applying it once does.
/// - **A2** A change is made whole or not at all.
/// - **A3** Fields that another manager owns stay as they are, or the call is
///   [`ApplyError::Conflict`]; nothing is forced but what the change says it takes.
/// - **A4** Deleting what is not there is [`Outcome::Unchanged`].
/// - **A5** A change whose pin has moved does nothing and is [`ApplyError::Stale`]: above all, an
///   object that was deleted and made anew by somebody else is not deleted.
/// - **A6** Fields that we set before and the desired object no longer sets are removed, unless
///   another manager owns them too.
/// - **A7** An object whose kind or namespace is missing is [`ApplyError::Missing`].
/// - **A8** A deleted object that a finalizer holds is [`Outcome::Terminating`].
///
/// # Cancellation
///
/// A dropped future may have made its change. By A1 and A5 the next run repairs what is left.
#[async_trait]
pub trait Applier: fmt::Debug + Send + Sync {
    /// Makes `change`.
    ///
    /// # Errors
    ///
    /// Any [`ApplyError`].
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError>;
}

/// What a change turned out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The object is new.
    Created,
    /// The object was changed.
    Updated,
    /// The object was deleted and made anew.
    Replaced,
    /// The object is gone.
    Deleted,
    /// The object is deleted, but a finalizer still holds it.
    Terminating,
    /// Nothing was to do.
    Unchanged,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Another manager owns fields that the desired object sets.
    #[error("{id}: {}", Conflict::list(conflicts))]
    Conflict {
        /// The object.
        id: ObjectId,
        /// Which fields, and whose.
        conflicts: Vec<Conflict>,
    },
    /// The live object is not the one that the change was computed from.
    #[error("{id} has changed since it was compared")]
    Stale {
        /// The object.
        id: ObjectId,
    },
    /// The kind or the namespace is not there.
    #[error("{id} cannot be: its kind or namespace is missing")]
    Missing {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// The server does not accept the object.
    #[error("{id} is not valid")]
    Invalid {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// The server does not allow it.
    #[error("{id}: the server does not allow it")]
    Denied {
        /// The object.
        id: ObjectId,
        /// What the server says.
        #[source]
        cause: BoxError,
    },
    /// The server did not answer. The change may have been made.
    #[error("cannot apply {id}: the server did not answer")]
    Unavailable {
        /// The object.
        id: ObjectId,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl ApplyError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            // Stale wants another comparison and Missing another object first.
            Self::Stale { .. }
            | Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Invalid { .. }
            | Self::Denied { .. } => false,
        }
    }

    /// Returns the object that was to change.
    pub fn id(&self) -> &ObjectId {
        match self {
            Self::Conflict { id, .. }
            | Self::Stale { id }
            | Self::Missing { id, .. }
            | Self::Invalid { id, .. }
            | Self::Denied { id, .. }
            | Self::Unavailable { id, .. } => id,
        }
    }
}
