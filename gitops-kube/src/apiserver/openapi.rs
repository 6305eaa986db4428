//! The `OpenAPI` documents: enough for clients to see what patches understand.

use serde_json::{Map, Value, json};

use super::kinds::{Kind, Kinds};

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
    for kind in found {
        paths.insert(object_path(path, kind), object_operations(kind));
    }
    Some(json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": "v1.36.2" },
        "paths": paths,
        "components": { "schemas": {} },
    }))
}

fn object_path(root: &str, kind: &Kind) -> String {
    let plural = &kind.info.plural;
    if kind.info.namespaced {
        format!("/{root}/namespaces/{{namespace}}/{plural}/{{name}}")
    } else {
        format!("/{root}/{plural}/{{name}}")
    }
}

fn object_operations(kind: &Kind) -> Value {
    let info = &kind.info;
    let parameter = |name: &str| {
        let schema = json!({ "type": "string", "uniqueItems": true });
        json!({ "name": name, "in": "query", "schema": schema })
    };
    json!({
        "patch": {
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {
                "group": info.group, "version": info.version, "kind": info.kind,
            },
            "parameters": [
                parameter("dryRun"),
                parameter("fieldManager"),
                parameter("fieldValidation"),
                parameter("force"),
            ],
            "responses": {},
        },
    })
}
