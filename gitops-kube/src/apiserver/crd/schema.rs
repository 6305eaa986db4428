//! Structural schemas as types.

use std::collections::BTreeMap;

use gitops_core::schema::{
    self, Atom, Field, Key, ListType, MapType, Merge, Patch, Scalar, TypeId, Types,
};
use serde_json::Value;

/// Builds the type of a custom resource from its `openAPIV3Schema`.
pub(super) fn types(schema: &Value) -> (Types, TypeId) {
    let mut builder = Builder::new();
    let root = builder.object(schema, true);
    (builder.types, root)
}

struct Builder {
    types: Types,
    deduced: TypeId,
    string: TypeId,
    metadata: TypeId,
}

impl Builder {
    fn new() -> Self {
        let mut types = Types::default();
        let deduced = types.add_deduced();
        let string = types.add(Atom { scalar: Some(Scalar::String), ..Atom::default() });
        let metadata = schema::builtin("", "v1", "ConfigMap")
            .and_then(|kind| kind.at_key("metadata"))
            .map_or(deduced, |metadata| types.import(metadata));
        Self { types, deduced, string, metadata }
    }

    fn convert(&mut self, schema: &Value) -> TypeId {
        let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
        if is("x-kubernetes-int-or-string") {
            // Nothing tells the two apart before the schema itself does.
            return self.any();
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, is("x-kubernetes-embedded-resource")),
            Some("array") => self.array(schema),
            Some("string") => self.string,
            Some("integer") => match schema.get("format").and_then(Value::as_str) {
                Some("int32") => self.scalar(Scalar::Int32),
                _ => self.scalar(Scalar::Int64),
            },
            Some("number") => self.scalar(Scalar::Double),
            Some("boolean") => self.scalar(Scalar::Boolean),
            _ => self.deduced,
        }
    }

    /// What may be anything is one leaf, whatever it is.
    fn any(&mut self) -> TypeId {
        let items = self.scalar(Scalar::Any);
        let map = MapType { values: Some(items), atomic: true, ..MapType::default() };
        let list = ListType { items, merge: Merge::Atomic };
        self.types.add(Atom {
            scalar: Some(Scalar::IntOrString),
            map: Some(map),
            list: Some(list),
            ..Atom::default()
        })
    }

    fn scalar(&mut self, scalar: Scalar) -> TypeId {
        self.types.add(Atom { scalar: Some(scalar), ..Atom::default() })
    }

    fn object(&mut self, schema: &Value, embedded: bool) -> TypeId {
        let mut fields = BTreeMap::new();
        let required = |name: &str| {
            let list = schema.get("required").and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(name)))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let of = self.convert(schema);
            let field = field(of, required(name));
            fields.insert(name.clone(), field);
        }
        if embedded {
            for (name, of) in
                [("apiVersion", self.string), ("kind", self.string), ("metadata", self.metadata)]
            {
                let field = field(of, false);
                fields.insert(name.to_owned(), field);
            }
        }
        let preserve =
            schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        let values = match schema.get("additionalProperties") {
            Some(schema @ Value::Object(_)) => Some(self.convert(schema)),
            Some(Value::Bool(true)) => Some(self.deduced),
            _ if preserve || properties.is_none() => Some(self.deduced),
            _ => None,
        };
        let atomic = schema.get("x-kubernetes-map-type").and_then(Value::as_str) == Some("atomic");
        let map = MapType { fields, values, atomic, always: Vec::new() };
        self.types.add(Atom { map: Some(map), ..Atom::default() })
    }

    fn array(&mut self, schema: &Value) -> TypeId {
        let items_schema = schema.get("items").unwrap_or(&Value::Null);
        let items = self.convert(items_schema);
        let merge = match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => Merge::Set,
            Some("map") => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                let names = keys.into_iter().flatten().filter_map(Value::as_str);
                Merge::Map(names.map(|name| key(name, items_schema)).collect())
            }
            _ => Merge::Atomic,
        };
        let list = ListType { items, merge };
        self.types.add(Atom { list: Some(list), ..Atom::default() })
    }
}

fn field(of: TypeId, required: bool) -> Field {
    Field { of, required, pointer: true, emitted: false, patch: Patch::default() }
}

fn key(name: &str, items: &Value) -> Key {
    let default =
        items.get("properties").and_then(|properties| properties.get(name)?.get("default"));
    Key { name: name.to_owned(), default: default.cloned() }
}
