//! One Kubernetes object, and the names it goes by.

mod id;
mod origin;
pub mod path;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use self::{
    id::{Kind, ObjectId},
    origin::Origin,
};
use crate::Digest;

/// A Kubernetes object with an API version, a kind and a name.
///
/// An object is a cheap handle: cloning it copies nothing. Two objects are equal when their
/// content is, wherever they were read from. `Debug` shows the id alone, since content may be
/// secret.
///
/// # Example
///
/// ```
/// use gitops_core::Object;
///
/// let object = Object::try_from(serde_json::json!({
///     "apiVersion": "apps/v1",
///     "kind": "Deployment",
///     "metadata": { "namespace": "shop", "name": "web" },
/// }))?;
/// assert_eq!(object.id().to_string(), "Deployment/shop/web");
/// # Ok::<(), gitops_core::InvalidObject>(())
/// ```
#[derive(Clone)]
pub struct Object {
    inner: Arc<Inner>,
}

struct Inner {
    // Invariant: `id` and `kind` were read from `value` and still match it.
    id: ObjectId,
    kind: Kind,
    value: Value,
    origin: Option<Origin>,
}

/// A value that is not a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidObject {
    /// The value is no mapping.
    #[error("an object must be a mapping, found {found}")]
    NotMapping {
        /// What the value is.
        found: &'static str,
    },
    /// A field that every object needs is missing or empty.
    #[error("the object has no {field}")]
    Missing {
        /// The path of the field.
        field: &'static str,
    },
    /// A field of every object has the wrong type.
    #[error("{field} must be {expected}, found {found}")]
    WrongType {
        /// The path of the field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
}

impl Object {
    /// Reads `value` as an object and remembers where it was written.
    ///
    /// # Errors
    ///
    /// [`InvalidObject`] when `value` is no mapping or has no apiVersion, kind or metadata.name.
    pub fn new(value: Value, origin: Option<Origin>) -> Result<Self, InvalidObject> {
        let Value::Object(map) = &value else {
            return Err(InvalidObject::NotMapping { found: type_name(&value) });
        };
        let empty = Map::new();
        let metadata = match map.get("metadata") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(metadata)) => metadata,
            Some(other) => {
                let found = type_name(other);
                return Err(InvalidObject::WrongType {
                    field: "metadata",
                    expected: "a mapping",
                    found,
                });
            }
        };
        let api_version = required(map, "apiVersion", "apiVersion")?;
        let kind = required(map, "kind", "kind")?;
        let name = required(metadata, "name", "metadata.name")?;
        let namespace = optional(metadata, "namespace", "metadata.namespace")?;
        let kind = Kind::new(api_version, kind);
        let id = ObjectId {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        Ok(Self { inner: Arc::new(Inner { id, kind, value, origin }) })
    }

    /// Returns the name this object goes by, whatever version it is written in.
    pub fn id(&self) -> &ObjectId {
        &self.inner.id
    }

    /// Returns group, version and kind.
    pub fn kind(&self) -> &Kind {
        &self.inner.kind
    }

    /// Returns the content as JSON.
    pub fn value(&self) -> &Value {
        &self.inner.value
    }

    /// Returns where the object was written, if it was read from a tree.
    pub fn origin(&self) -> Option<&Origin> {
        self.inner.origin.as_ref()
    }

    /// Returns the string at a key of `metadata.labels`.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value().get("metadata")?.get("labels")?.get(key)?.as_str()
    }

    /// Returns the string at a key of `metadata.annotations`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value().get("metadata")?.get("annotations")?.get(key)?.as_str()
    }

    /// Returns the address of the content; the origin does not count.
    pub fn digest(&self) -> Digest {
        // Keys of a map are sorted, so that equal content has one text.
        Digest::of(self.value().to_string())
    }

    /// Returns a copy with the content changed by `edit`, keeping the origin.
    ///
    /// # Errors
    ///
    /// [`InvalidObject`] when the edit took away what makes it an object.
    pub fn edited(
        &self,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Self, InvalidObject> {
        let mut value = self.value().clone();
        if let Value::Object(map) = &mut value {
            edit(map);
        }
        Self::new(value, self.origin().cloned())
    }

    /// Whether the content must never be shown: a `Secret` of the core group.
    pub fn is_secret(&self) -> bool {
        self.id().is_secret()
    }
}

impl TryFrom<Value> for Object {
    type Error = InvalidObject;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Self::new(value, None)
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.value() == other.value()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:#})", self.id())
    }
}

#[derive(Serialize, Deserialize)]
struct Saved<V> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    value: V,
}

impl Serialize for Object {
    /// Writes the whole content, secret or not.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved { origin: self.origin().cloned(), value: self.value() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<Value>::deserialize(deserializer)?;
        Self::new(saved.value, saved.origin).map_err(serde::de::Error::custom)
    }
}

fn required<'a>(
    map: &'a Map<String, Value>,
    key: &str,
    field: &'static str,
) -> Result<&'a str, InvalidObject> {
    optional(map, key, field)?.ok_or(InvalidObject::Missing { field })
}

fn optional<'a>(
    map: &'a Map<String, Value>,
    key: &str,
    field: &'static str,
) -> Result<Option<&'a str>, InvalidObject> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => {
            let found = type_name(other);
            Err(InvalidObject::WrongType { field, expected: "a string", found })
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
