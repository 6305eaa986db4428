//! The types of an `OpenAPI` document, as far as patches need them.

use std::collections::HashMap;

use gitops_core::schema::{Atom, Field, Key, ListType, MapType, Merge, Patch, TypeId, Types};
use serde_json::{Map, Value};

use super::{
    patch::Schema,
    problem::{Outcome, problem},
};

/// How deep one definition may be nested.
const OPENAPI_DEPTH_MAX: usize = 64;

/// Reads the definitions of an `OpenAPI` document.
pub(super) fn read(document: &Value) -> Outcome<Schema> {
    let empty = Map::new();
    let definitions = match document.get("definitions") {
        None | Some(Value::Null) if document.is_object() => &empty,
        Some(Value::Object(map)) => map,
        _ => return Err(problem("the OpenAPI document has no definitions")),
    };
    let mut types = Types::default();
    let named: HashMap<&str, TypeId> =
        definitions.keys().map(|name| (name.as_str(), types.reserve())).collect();
    let mut reader = Reader { types, named };
    let mut kinds = HashMap::new();
    for (name, definition) in definitions {
        let id = reader.named[name.as_str()];
        let atom = reader.atom(definition, 0);
        reader.types.set(id, atom);
        let list = definition.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
        for kind in list.into_iter().flatten() {
            let text = |key: &str| kind.get(key).and_then(Value::as_str).unwrap_or_default();
            let api_version = match text("group") {
                "" => text("version").to_owned(),
                group => format!("{group}/{}", text("version")),
            };
            kinds.insert((api_version, text("kind").to_owned()), id);
        }
    }
    Ok(Schema::Custom { types: reader.types, kinds })
}

struct Reader<'a> {
    types: Types,
    named: HashMap<&'a str, TypeId>,
}

impl Reader<'_> {
    fn atom(&mut self, schema: &Value, depth: usize) -> Atom {
        let mut atom = Atom::default();
        if OPENAPI_DEPTH_MAX < depth {
            return atom;
        }
        if let Some(items) = schema.get("items") {
            let items = self.of(items, depth);
            atom.list = Some(ListType { items, merge: keys(schema) });
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        let values = schema.get("additionalProperties").filter(|found| found.is_object());
        if fields.is_some() || values.is_some() {
            let mut map = MapType::default();
            for (name, schema) in fields.into_iter().flatten() {
                let field = Field {
                    of: self.of(schema, depth),
                    required: false,
                    pointer: false,
                    emitted: false,
                    patch: patch(schema),
                };
                map.fields.insert(name.clone(), field);
            }
            map.values = values.map(|schema| self.of(schema, depth));
            atom.map = Some(map);
        }
        atom
    }

    fn of(&mut self, schema: &Value, depth: usize) -> TypeId {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/definitions/"));
        if let Some(id) = name.and_then(|name| self.named.get(name)) {
            return *id;
        }
        let atom = self.atom(schema, depth + 1);
        self.types.add(atom)
    }
}

fn keys(schema: &Value) -> Merge {
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    let Some(keys) = keys else { return Merge::Atomic };
    let names = keys.iter().filter_map(Value::as_str);
    Merge::Map(names.map(|name| Key { name: name.to_owned(), default: None }).collect())
}

fn patch(schema: &Value) -> Patch {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let strategy = text("x-kubernetes-patch-strategy").unwrap_or_default();
    Patch {
        merge: strategy.split(',').any(|word| word == "merge"),
        retain_keys: strategy.split(',').any(|word| word == "retainKeys"),
        key: text("x-kubernetes-patch-merge-key").map(str::to_owned),
    }
}
