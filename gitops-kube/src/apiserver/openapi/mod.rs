//! The `OpenAPI` documents: what kinds there are, of what fields, and what patches understand.

pub(crate) mod binary;
mod definitions;

use serde_json::{Map, Value, json};

use self::definitions::{definitions, older};
use super::kinds::{Kind, Kinds};

/// Types that every document of resources has.
const ALWAYS: [&str; 5] = [
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
    "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent",
];
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";
/// What a custom kind's own fields are called by everybody.
const TYPE_META: [(&str, &str); 2] = [
    (
        "apiVersion",
        "APIVersion defines the versioned schema of this representation of an object. Servers \
         should convert recognized schemas to the latest internal value, and may reject \
         unrecognized values. More info: \
         https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
    ),
    (
        "kind",
        "Kind is a string value representing the REST resource this object represents. Servers may \
         infer this from the endpoint the client submits requests to. Cannot be updated. In \
         CamelCase. More info: \
         https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
    ),
];

/// Returns the whole name of the type of a built-in kind.
pub(crate) fn type_name(api_version: &str, kind: &str) -> Option<String> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let index = definitions().of_kind(group, version, kind)?;
    definitions().all.get(index).map(|definition| definition.name.to_owned())
}

/// Lists the documents, one for each group and version.
pub(crate) fn index(kinds: &Kinds) -> Value {
    let mut paths = Map::new();
    for (group, versions) in kinds.groups() {
        for version in versions {
            let path = root(group, version);
            let url = format!("/openapi/v3/{path}");
            paths.insert(path, json!({ "serverRelativeURL": url }));
        }
    }
    json!({ "paths": paths })
}

fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// Returns the document at a path such as `apis/apps/v1`.
pub(crate) fn document(kinds: &Kinds, path: &str) -> Option<Value> {
    let (group, version) = match path.split('/').collect::<Vec<_>>()[..] {
        ["api", version] => ("", version),
        ["apis", group, version] => (group, version),
        _ => return None,
    };
    let found = kinds.of_version(group, version);
    if found.is_empty() {
        return None;
    }
    let mut paths = Map::new();
    for kind in &found {
        paths.insert(collection_path(path, kind), collection_operations(kind));
        paths.insert(object_path(path, kind), object_operations(kind));
    }
    Some(json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": "v1.36.2" },
        "paths": paths,
        "components": {
            "schemas": schemas(found.iter().map(|kind| &***kind)),
            "securitySchemes": {
                "BearerToken": {
                    "type": "apiKey",
                    "description": "Bearer Token authentication",
                    "name": "authorization",
                    "in": "header",
                },
            },
        },
    }))
}

/// Returns the one document that older clients read.
pub(crate) fn whole(kinds: &Kinds) -> Value {
    let all: Vec<&Kind> = kinds
        .groups()
        .iter()
        .flat_map(|(group, versions)| versions.iter().map(move |version| (group, version)))
        .flat_map(|(group, version)| kinds.of_version(group, version))
        .map(|kind| &**kind)
        .collect();
    let mut found = schemas(all.iter().copied());
    for definition in &definitions().all {
        found.entry(definition.name.to_owned()).or_insert_with(|| definition.schema.clone());
    }
    let found: Map<String, Value> =
        found.iter().map(|(name, schema)| (name.clone(), older(schema))).collect();
    let version = json!({ "get": {
        "description": "get the version information for this server",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "schemes": ["https"],
        "tags": ["version"],
        "operationId": "getCodeVersion",
        "responses": {
            "200": {
                "description": "OK",
                "schema": { "$ref": "#/definitions/io.k8s.apimachinery.pkg.version.Info" },
            },
            "401": { "description": "Unauthorized" },
        },
    }});
    let mut paths = Map::new();
    paths.insert("/version/".to_owned(), version);
    for kind in all {
        let root = root(kind.group(), &kind.info.version);
        paths.insert(object_path(&root, kind), object_operations(kind));
    }
    json!({
        "swagger": "2.0",
        "info": { "title": "Kubernetes", "version": "1.36" },
        "paths": paths,
        "definitions": found,
        "securityDefinitions": {
            "BearerToken": {
                "description": "Bearer Token authentication",
                "type": "apiKey",
                "name": "authorization",
                "in": "header",
            },
        },
        "security": [{ "BearerToken": [] }],
    })
}

/// Returns the schemas of kinds and of everything they refer to.
fn schemas<'k>(kinds: impl Iterator<Item = &'k Kind>) -> Map<String, Value> {
    let all = definitions();
    let mut start: Vec<usize> = ALWAYS.iter().filter_map(|name| all.named(name)).collect();
    let mut custom = Vec::new();
    for kind in kinds {
        if kind.is_custom() {
            start.extend(
                ["ObjectMeta", "ListMeta"]
                    .map(|name| format!("{META}{name}"))
                    .iter()
                    .filter_map(|name| all.named(name)),
            );
            custom.push(kind);
            continue;
        }
        let (group, version, name) = (kind.group(), &kind.info.version, &kind.info.kind);
        start.extend(all.of_kind(group, version, name));
        start.extend(all.of_kind(group, version, &format!("{name}List")));
        for sub in &kind.info.subresources {
            let places =
                [(group, version.as_str()), ("autoscaling", "v1"), ("policy", "v1")].into_iter();
            start.extend(
                places.filter_map(|(group, version)| all.of_kind(group, version, &sub.kind)),
            );
        }
    }
    let mut out = all.closure(start);
    for kind in custom {
        let (name, list) = (custom_name(kind), custom_name(kind) + "List");
        out.insert(list, custom_list(kind, &name));
        out.insert(name, custom_schema(kind));
    }
    out
}

/// Names the type of a custom kind as the server does: the group reversed.
fn custom_name(kind: &Kind) -> String {
    let group: Vec<&str> = kind.group().rsplit('.').collect();
    format!("{}.{}.{}", group.join("."), kind.info.version, kind.info.kind)
}

fn of_kind(kind: &Kind, name: &str) -> Value {
    json!([{ "group": kind.group(), "kind": name, "version": kind.info.version }])
}

fn type_meta(fields: &mut Value) {
    for (name, description) in TYPE_META {
        fields[name] = json!({ "description": description, "type": "string" });
    }
}

fn custom_schema(kind: &Kind) -> Value {
    let mut schema = kind.custom.as_ref().map(|custom| custom.schema.clone()).unwrap_or_default();
    if !schema.is_object() {
        schema = json!({});
    }
    schema["type"] = "object".into();
    schema["x-kubernetes-group-version-kind"] = of_kind(kind, &kind.info.kind);
    if !schema.get("properties").is_some_and(Value::is_object) {
        schema["properties"] = json!({});
    }
    type_meta(&mut schema["properties"]);
    schema["properties"]["metadata"] = json!({
        "description": "Standard object's metadata. More info: \
            https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        "allOf": [{ "$ref": format!("#/components/schemas/{META}ObjectMeta") }],
    });
    schema
}

fn custom_list(kind: &Kind, name: &str) -> Value {
    let list = format!("{}List", kind.info.kind);
    let mut schema = json!({
        "description": format!("{list} is a list of {}", kind.info.kind),
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {
                "description": format!(
                    "List of {}. More info: \
                     https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md",
                    kind.info.plural
                ),
                "type": "array",
                "items": { "allOf": [{ "$ref": format!("#/components/schemas/{name}") }] },
            },
            "metadata": {
                "description": "Standard list metadata. More info: \
                    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
                "allOf": [{ "$ref": format!("#/components/schemas/{META}ListMeta") }],
            },
        },
        "x-kubernetes-group-version-kind": of_kind(kind, &list),
    });
    type_meta(&mut schema["properties"]);
    schema
}

fn collection_path(root: &str, kind: &Kind) -> String {
    let plural = &kind.info.plural;
    if kind.info.namespaced {
        format!("/{root}/namespaces/{{namespace}}/{plural}")
    } else {
        format!("/{root}/{plural}")
    }
}

fn object_path(root: &str, kind: &Kind) -> String {
    format!("{}/{{name}}", collection_path(root, kind))
}

fn operation(kind: &Kind, action: &str, parameters: &[&str]) -> Value {
    let info = &kind.info;
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|name| {
            let schema = json!({ "type": "string", "uniqueItems": true });
            json!({ "name": name, "in": "query", "schema": schema })
        })
        .collect();
    json!({
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {
            "group": info.group, "version": info.version, "kind": info.kind,
        },
        "parameters": parameters,
        "responses": {},
    })
}

fn collection_operations(kind: &Kind) -> Value {
    let writes = ["dryRun", "fieldManager", "fieldValidation"];
    json!({
        "get": operation(kind, "list", &["labelSelector", "fieldSelector", "limit", "continue"]),
        "post": operation(kind, "post", &writes),
    })
}

fn object_operations(kind: &Kind) -> Value {
    let writes = ["dryRun", "fieldManager", "fieldValidation", "force"];
    json!({
        "get": operation(kind, "get", &[]),
        "put": operation(kind, "put", &writes[..3]),
        "patch": operation(kind, "patch", &writes),
    })
}
