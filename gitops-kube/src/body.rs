//! What is sent as an apply: the desired object, without what only the server may say.

use bytes::Bytes;
use gitops_core::{Object, Pin};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};
use serde_json::{Map, Value};

/// Fields of `metadata` that the server alone writes. They are no part of any desired state.
pub(crate) const SERVER_FIELDS: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// A resource version that no object ever has: the first write to a store gives 2. An apply with
/// it creates or is refused, and never changes what is there.
pub(crate) const CREATE_ONLY: &str = "1";

/// On which state of the live object an apply insists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect<'a> {
    /// On none.
    Anything,
    /// On there being no such object.
    Absent,
    /// On the one pinned.
    Pinned(&'a Pin),
}

/// Writes `desired` as the body of an apply.
pub(crate) fn apply_body(
    desired: &Object,
    namespaced: bool,
    expect: Expect<'_>,
) -> Result<Bytes, serde_json::Error> {
    let body = Body { value: desired.value(), namespaced, expect };
    serde_json::to_vec(&body).map(Bytes::from)
}

struct Body<'a> {
    value: &'a Value,
    namespaced: bool,
    expect: Expect<'a>,
}

struct Metadata<'a> {
    map: Option<&'a Map<String, Value>>,
    body: &'a Body<'a>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value.as_object().ok_or_else(|| S::Error::custom("not a mapping"))?;
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in value {
            if key != "metadata" {
                map.serialize_entry(key, value)?;
            }
        }
        let metadata = value.get("metadata").and_then(Value::as_object);
        map.serialize_entry("metadata", &Metadata { map: metadata, body: self })?;
        map.end()
    }
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.map.into_iter().flatten() {
            let kept = self.body.namespaced || key != "namespace";
            if kept && !SERVER_FIELDS.contains(&key.as_str()) {
                map.serialize_entry(key, value)?;
            }
        }
        match self.body.expect {
            Expect::Anything => {}
            Expect::Absent => map.serialize_entry("resourceVersion", CREATE_ONLY)?,
            Expect::Pinned(pin) => {
                map.serialize_entry("resourceVersion", &pin.resource_version)?;
                map.serialize_entry("uid", &pin.uid)?;
            }
        }
        map.end()
    }
}
