//! The kinds that a definition brings, and the conditions it shows.

use std::sync::Arc;

use gitops_core::schema::{Resource, Subresource};
use serde_json::{Value, json};

use super::{
    super::kinds::{Custom, Kind},
    schema::types,
    structure::Structure,
};

/// Returns the kinds a definition brings, one for each served version.
pub(crate) fn kinds_of(definition: &Value) -> Vec<Kind> {
    let Some(spec) = definition.get("spec") else { return Vec::new() };
    let versions = spec.get("versions").and_then(Value::as_array);
    versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("served") == Some(&Value::Bool(true)))
        .map(|version| kind(definition, spec, version))
        .collect()
}

fn kind(definition: &Value, spec: &Value, version: &Value) -> Kind {
    let text = |value: &Value, path: &str| {
        value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let list = |path: &str| -> Vec<String> {
        let list = definition.pointer(path).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    let some = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let kind = text(definition, "/status/acceptedNames/kind");
    let subresources = version.get("subresources");
    let with = |name: &str| subresources.and_then(|all| all.get(name)).filter(|v| !v.is_null());
    let mut subs = Vec::new();
    for (name, kind) in [("status", kind.as_str()), ("scale", "Scale")] {
        if with(name).is_some() {
            let verbs = some(&["get", "patch", "update"]);
            subs.push(Subresource { name: name.to_owned(), kind: kind.to_owned(), verbs });
        }
    }
    let singular = match text(definition, "/status/acceptedNames/singular") {
        empty if empty.is_empty() => kind.to_lowercase(),
        singular => singular,
    };
    let info = Resource {
        group: text(spec, "/group"),
        version: text(version, "/name"),
        kind,
        plural: text(definition, "/status/acceptedNames/plural"),
        singular,
        namespaced: text(spec, "/scope") == "Namespaced",
        short_names: list("/status/acceptedNames/shortNames"),
        categories: list("/status/acceptedNames/categories"),
        subresources: subs,
        verbs: some(&verbs),
    };
    let schema = version.pointer("/schema/openAPIV3Schema").cloned().unwrap_or_else(|| json!({}));
    let (types, root) = types(&schema);
    let columns = version.get("additionalPrinterColumns").and_then(Value::as_array);
    let custom = Custom {
        definition: text(definition, "/metadata/name"),
        structure: Arc::new(Structure::read(&schema)),
        storage: storage(spec, version),
        schema,
        scale: with("scale").cloned(),
        selectable: selectable(version),
        columns: columns.cloned().unwrap_or_default(),
        webhook: webhook(spec),
        deprecation: (version.get("deprecated") == Some(&Value::Bool(true)))
            .then(|| text(version, "/deprecationWarning")),
    };
    Kind::custom(info, types, root, custom)
}

/// Returns the fields that objects of a version can be selected by.
fn selectable(version: &Value) -> Vec<String> {
    let fields = version.get("selectableFields").and_then(Value::as_array);
    let paths = fields.into_iter().flatten().filter_map(|field| field.get("jsonPath")?.as_str());
    paths.map(|path| path.trim_start_matches('.').to_owned()).collect()
}

/// Returns the version that objects are stored in, when a webhook would convert the others.
fn webhook(spec: &Value) -> Option<String> {
    if spec.pointer("/conversion/strategy").and_then(Value::as_str) != Some("Webhook") {
        return None;
    }
    let mut versions = spec.get("versions").and_then(Value::as_array)?.iter();
    let stored = versions.find(|other| other.get("storage") == Some(&Value::Bool(true)))?;
    stored.get("name")?.as_str().map(str::to_owned)
}

/// Returns the schema of the version that objects are stored in, when it is another one.
fn storage(spec: &Value, version: &Value) -> Option<Arc<Structure>> {
    let mut versions = spec.get("versions").and_then(Value::as_array)?.iter();
    let stored = versions.find(|other| other.get("storage") == Some(&Value::Bool(true)))?;
    if stored.get("name") == version.get("name") {
        return None;
    }
    stored.pointer("/schema/openAPIV3Schema").map(|schema| Arc::new(Structure::read(schema)))
}
