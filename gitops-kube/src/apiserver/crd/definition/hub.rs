//! A definition as the server looks at it: what all versions share stands once, above them.

use serde_json::{Map, Value};

use super::super::super::world::text;

/// What versions may share, by the names that messages give it.
pub(super) const SHARED: [(&str, &str); 4] = [
    ("subresources", "subresources"),
    ("schema", "validation"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
    ("selectableFields", "selectableFields"),
];

/// A definition, what its versions share lifted out of them.
#[derive(Debug)]
pub(super) struct Hub {
    /// The `spec` as written.
    pub(super) spec: Value,
    /// What all versions share.
    pub(super) shared: Map<String, Value>,
    /// The versions without what they share.
    pub(super) versions: Vec<Value>,
}

impl Hub {
    /// Looks at a definition.
    pub(super) fn of(definition: &Value) -> Self {
        let spec = definition.get("spec").cloned().unwrap_or_default();
        let list = spec.get("versions").and_then(Value::as_array);
        let mut versions: Vec<Value> = list.cloned().unwrap_or_default();
        let mut shared = Map::new();
        for (field, name) in SHARED {
            let first = versions.first().and_then(|version| version.get(field)).cloned();
            if versions.iter().any(|version| version.get(field) != first.as_ref()) {
                continue;
            }
            if let Some(value) = first {
                shared.insert(name.to_owned(), value);
            }
            for version in versions.iter_mut().filter_map(Value::as_object_mut) {
                version.remove(field);
            }
        }
        Self { spec, shared, versions }
    }

    /// Returns the schema that a version has, its own or the shared one.
    pub(super) fn schema(&self, version: &str) -> Option<&Value> {
        let own = self.versions.iter().find(|other| text(other, "/name") == version);
        own.and_then(|own| own.pointer("/schema/openAPIV3Schema"))
            .or_else(|| self.shared.get("validation")?.get("openAPIV3Schema"))
    }

    /// Whether a version has a status of its own, or any has when none is named.
    pub(super) fn has_status(&self, version: Option<&str>) -> bool {
        let with = |value: &Value| value.get("status").is_some_and(|status| !status.is_null());
        if self.shared.get("subresources").is_some_and(with) {
            return true;
        }
        let mut own = self
            .versions
            .iter()
            .filter(|other| version.is_none_or(|version| text(other, "/name") == version));
        own.any(|own| own.get("subresources").is_some_and(with))
    }
}
