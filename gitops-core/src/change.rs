//! One step from the live state to the desired state.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Conflict, Digest, Object, ObjectId};

/// One step towards the desired state.
///
/// A change pins what was seen when it was computed: an applier refuses it as stale when the live
/// object has moved since. `Serialize` writes the whole content, secret or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum Change {
    /// The object is missing.
    Create {
        /// What to create.
        desired: Object,
        /// Why the outcome is only known after other changes, if so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<After>,
    },
    /// The object is there and differs.
    Update {
        /// What it should be.
        desired: Object,
        /// The live object that was compared.
        live: Pin,
        /// What differs.
        fields: Vec<FieldChange>,
        /// The fields that are taken over from other managers; all others stay theirs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        takes: Vec<Conflict>,
    },
    /// The object is there and differs in what cannot be changed: it is deleted and made anew.
    Replace {
        /// What it should be.
        desired: Object,
        /// The live object that was compared.
        live: Pin,
        /// What differs.
        fields: Vec<FieldChange>,
        /// Why it cannot be changed in place.
        because: String,
    },
    /// The object should go.
    Delete {
        /// The object.
        id: ObjectId,
        /// The live object that was seen.
        live: Pin,
    },
    /// Nothing to do.
    Unchanged {
        /// The object.
        id: ObjectId,
        /// The live object that was compared.
        live: Pin,
    },
}

/// What has to be there before an object can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// The server does not know the kind yet.
    Kind {
        /// The API group.
        group: String,
        /// The kind.
        kind: String,
    },
    /// The namespace does not exist yet, or is on its way out.
    Namespace(String),
}

/// The state of a live object that a change was computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pin {
    /// The identity: an object that was deleted and made anew has another one.
    pub uid: String,
    /// The state: every write gives another one.
    pub resource_version: String,
}

/// One path that differs between the live and the desired object.
///
/// `Debug` masks the values where they are secret; `Serialize` writes them, for a saved plan has
/// to hold them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The path, with list items by key: `spec.containers[name=app].image`.
    pub path: String,
    /// The live value, `None` when there is none.
    pub before: Option<Value>,
    /// The value after the change, `None` when there is none.
    pub after: Option<Value>,
    /// The field managers, other than ours, that hold the live field.
    pub held_by: Vec<String>,
    /// Whether our manager holds the live field.
    pub ours: bool,
    /// Whether the desired object itself says the new value; otherwise the server added it.
    pub desired: bool,
    /// Whether the values must not be shown.
    pub sensitive: bool,
}

/// Why a field differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The desired state changed.
    Git,
    /// Somebody changed the live state.
    Drift {
        /// Who: the field managers, where the server says.
        managers: Vec<String>,
    },
    /// The server filled it in.
    Server,
}

impl Change {
    /// Returns the object the change is about.
    pub fn id(&self) -> &ObjectId {
        match self {
            Self::Create { desired, .. }
            | Self::Update { desired, .. }
            | Self::Replace { desired, .. } => desired.id(),
            Self::Delete { id, .. } | Self::Unchanged { id, .. } => id,
        }
    }

    /// Returns what the object should be, where the change says so.
    pub fn desired(&self) -> Option<&Object> {
        match self {
            Self::Create { desired, .. }
            | Self::Update { desired, .. }
            | Self::Replace { desired, .. } => Some(desired),
            Self::Delete { .. } | Self::Unchanged { .. } => None,
        }
    }

    /// Returns the live object the change was computed from; `None` for one that was absent.
    pub fn pin(&self) -> Option<&Pin> {
        match self {
            Self::Create { .. } => None,
            Self::Update { live, .. }
            | Self::Replace { live, .. }
            | Self::Delete { live, .. }
            | Self::Unchanged { live, .. } => Some(live),
        }
    }

    /// Returns the paths that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match self {
            Self::Update { fields, .. } | Self::Replace { fields, .. } => fields,
            Self::Create { .. } | Self::Delete { .. } | Self::Unchanged { .. } => &[],
        }
    }

    /// Returns the fields that are taken over from other managers.
    pub fn takes(&self) -> &[Conflict] {
        match self {
            Self::Update { takes, .. } => takes,
            Self::Create { .. }
            | Self::Replace { .. }
            | Self::Delete { .. }
            | Self::Unchanged { .. } => &[],
        }
    }

    /// Returns the address of what the change does, whatever state it was computed from: two
    /// changes with equal effects leave the same object behind.
    pub fn effect(&self) -> Digest {
        let mut parts = vec![self.verb().to_owned(), format!("{:#}", self.id())];
        if let Some(desired) = self.desired() {
            parts.push(desired.digest().to_string());
        }
        for field in self.fields() {
            // The values themselves go in, masked or not: a digest shows nothing.
            let value =
                |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
            parts.extend([field.path.clone(), value(&field.before), value(&field.after)]);
        }
        if let (Self::Delete { .. } | Self::Replace { .. }, Some(pin)) = (self, self.pin()) {
            parts.push(pin.uid.clone());
        }
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }

    /// Returns the name of the action: create, update, replace, delete or unchanged.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Update { .. } => "update",
            Self::Replace { .. } => "replace",
            Self::Delete { .. } => "delete",
            Self::Unchanged { .. } => "unchanged",
        }
    }
}

impl fmt::Debug for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FieldChange");
        shown.field("path", &self.path);
        if self.sensitive {
            shown.field("values", &"masked");
        } else {
            shown.field("before", &self.before).field("after", &self.after);
        }
        shown.field("held_by", &self.held_by).field("ours", &self.ours).finish_non_exhaustive()
    }
}
