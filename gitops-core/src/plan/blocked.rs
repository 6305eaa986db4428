//! What stands in the way of a plan.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{After, Conflict, DiffError, ObjectId, Origin, Owner, error::chain};

/// Something that cannot be done before somebody decides or mends something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blocked {
    /// The object, or `None` when the whole plan is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ObjectId>,
    /// Where the object is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What stands in the way.
    pub because: Blocker,
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Blocker {
    /// Other managers own fields that the object sets.
    Conflict {
        /// Which fields, and whose.
        conflicts: Vec<Conflict>,
    },
    /// The live object belongs to another delivery, or to none where none may be adopted.
    Owned {
        /// The other delivery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
    /// A field differs that cannot be changed.
    Immutable {
        /// What the server says.
        message: String,
    },
    /// The server would not accept the object.
    Invalid {
        /// What the server says.
        message: String,
    },
    /// The server does not allow it.
    Denied {
        /// What the server says.
        message: String,
    },
    /// What the object needs is not there, and the plan does not create it.
    Missing {
        /// What is missing.
        missing: After,
    },
    /// The namespace of the object is being deleted.
    Terminating {
        /// The namespace.
        namespace: String,
    },
    /// The desired state is empty, but objects belong to the delivery.
    EmptyRender {
        /// How many would be deleted.
        deletions: usize,
    },
    /// More objects would be deleted than the budget allows.
    Budget {
        /// How many would be deleted.
        deletions: usize,
        /// How many may be.
        allowed: usize,
    },
    /// Every object of a kind whose deletion takes others along would be deleted.
    Cascade {
        /// The kind.
        kind: String,
        /// How many would be deleted.
        deletions: usize,
    },
}

impl Blocked {
    /// Whether approving the plan by its digest lifts this.
    pub fn can_be_approved(&self) -> bool {
        matches!(
            self.because,
            Blocker::EmptyRender { .. } | Blocker::Budget { .. } | Blocker::Cascade { .. }
        )
    }
}

impl Blocker {
    /// Whether the desired state, or our permission, is wrong, so that no decision can help.
    pub fn is_error(&self) -> bool {
        match self {
            Self::Invalid { .. } | Self::Denied { .. } | Self::Missing { .. } => true,
            Self::Conflict { .. }
            | Self::Owned { .. }
            | Self::Immutable { .. }
            | Self::Terminating { .. }
            | Self::EmptyRender { .. }
            | Self::Budget { .. }
            | Self::Cascade { .. } => false,
        }
    }

    /// Reads what a differ refused for good. A passing fault is given back.
    pub(super) fn from_diff(err: DiffError) -> Result<Self, DiffError> {
        let message = |cause: &crate::BoxError| chain(cause.as_ref());
        Ok(match err {
            DiffError::Conflict { conflicts, .. } => Self::Conflict { conflicts },
            DiffError::Invalid { cause, .. } => Self::Invalid { message: message(&cause) },
            DiffError::Immutable { cause, .. } => Self::Immutable { message: message(&cause) },
            DiffError::Denied { cause, .. } => Self::Denied { message: message(&cause) },
            passing @ (DiffError::Unavailable { .. } | DiffError::Discovery { .. }) => {
                return Err(passing);
            }
        })
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if let Some(id) = &self.id {
            write!(f, "{id}: ")?;
        }
        self.because.fmt(f)
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { conflicts } => f.write_str(&Conflict::list(conflicts)),
            Self::Owned { owner: Some(owner) } => {
                write!(f, "belongs to another delivery, {owner}; take it out of one of the two")
            }
            Self::Owned { owner: None } => {
                f.write_str("is there already and belongs to nobody; allow its adoption")
            }
            Self::Immutable { message } => write!(
                f,
                "differs in a field that cannot be changed ({message}); delete it first, or \
                 annotate it with kustomize.toolkit.fluxcd.io/force: Enabled"
            ),
            Self::Invalid { message } => write!(f, "is not valid: {message}"),
            Self::Denied { message } => write!(f, "the server does not allow it: {message}"),
            Self::Missing { missing: After::Namespace(name) } => {
                write!(
                    f,
                    "namespace {name} does not exist; create it, or add it to the desired state"
                )
            }
            Self::Missing { missing: After::Kind { group, kind } } => {
                let group = if group.is_empty() { "the core group" } else { group };
                write!(
                    f,
                    "the server has no kind {kind} in {group}; install its custom resource \
                     definition, or add it to the desired state"
                )
            }
            Self::Terminating { namespace } => {
                write!(f, "namespace {namespace} is being deleted; run again once it is gone")
            }
            Self::EmptyRender { deletions } => write!(
                f,
                "the desired state is empty, which would delete all {deletions} objects; approve \
                 the plan by its digest if that is meant"
            ),
            Self::Budget { deletions, allowed } => write!(
                f,
                "{deletions} objects would be deleted where {allowed} may be; approve the plan by \
                 its digest if that is meant"
            ),
            Self::Cascade { kind, deletions } => write!(
                f,
                "all {deletions} objects of kind {kind} would be deleted, and with them what they \
                 hold; approve the plan by its digest if that is meant"
            ),
        }
    }
}
