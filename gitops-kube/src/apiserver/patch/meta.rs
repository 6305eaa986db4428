//! What a strategic merge patch asks a type about its fields.

use gitops_core::schema::{Patch, Scalar, TypeRef};
use serde_json::Value;

use super::{super::managed::read::go_type as type_read, PatchError};

/// A Go type, as far as patches see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meta<'a> {
    of: TypeRef<'a>,
    pointer: bool,
}

/// How lists and mappings of a field merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct How<'a> {
    patch: &'a Patch,
    pub(super) below: Meta<'a>,
}

impl<'a> How<'a> {
    pub(super) fn merges(self) -> bool {
        self.patch.merge
    }

    /// The field that tells items apart; empty for lists of scalars.
    pub(super) fn key(self) -> &'a str {
        self.patch.key.as_deref().unwrap_or_default()
    }
}

impl<'a> Meta<'a> {
    pub(super) fn root(of: TypeRef<'a>) -> Self {
        Self { of, pointer: false }
    }

    /// Names the kind of type.
    pub(super) fn kind(self) -> &'static str {
        let atom = self.of.atom();
        match (&atom.map, &atom.list) {
            _ if self.pointer => "ptr",
            (Some(map), _) if map.fields.is_empty() && map.values.is_some() => "map",
            (Some(_), _) => "struct",
            (_, Some(_)) => "slice",
            _ => match atom.scalar {
                Some(Scalar::Boolean) => "bool",
                Some(Scalar::Int32) => "int32",
                Some(Scalar::Int64) => "int64",
                Some(Scalar::Double) => "float64",
                Some(Scalar::Bytes) => "slice",
                Some(Scalar::String) => "string",
                _ => "struct",
            },
        }
    }

    /// Looks a mapping's field up.
    pub(super) fn mapping(self, name: &str) -> Result<How<'a>, PatchError> {
        let pointee = Self { pointer: false, ..self };
        if pointee.kind() != "struct" {
            return Err(PatchError::Contradictory(format!(
                "merging an object in json but data type is not struct, instead is: {}",
                pointee.kind()
            )));
        }
        let atom = self.of.atom();
        let fields = atom.map.as_ref().map(|map| &map.fields);
        let field = fields.and_then(|fields| {
            fields.get(name).or_else(|| {
                let mut found = fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                found.next().map(|(_, field)| field)
            })
        });
        let Some(field) = field else {
            return Err(PatchError::Contradictory(format!(
                "unable to find api field in struct {} for the json field {name:?}",
                atom.name
            )));
        };
        let below = Self { of: self.of.types().at(field.of), pointer: field.pointer };
        Ok(How { patch: &field.patch, below })
    }

    /// Looks a list's field up; what is below is the type of its items.
    pub(super) fn list(self, name: &str) -> Result<How<'a>, PatchError> {
        let how = self.mapping(name)?;
        match how.below.of.items() {
            Some(items) => Ok(How { below: Self { of: items, pointer: false }, ..how }),
            None if how.below.pointer => {
                Ok(How { below: Self { pointer: false, ..how.below }, ..how })
            }
            None => Err(PatchError::Contradictory(format!(
                "expected slice or array type, but got: {}",
                self.kind()
            ))),
        }
    }
}

/// Names the Go type a JSON value is read into, as `%s` shows it.
pub(super) fn go_type(value: &Value) -> &'static str {
    if value.is_null() { "%!s(<nil>)" } else { type_read(value) }
}

/// Says why a patched object cannot be turned into its type, as the library does that goes
/// straight from one to the other.
pub(super) fn unrestored(value: &Value, of: TypeRef<'_>) -> Option<String> {
    let atom = of.atom();
    let kind = match value {
        Value::Null => return None,
        Value::Object(map) => {
            if atom.map.is_some() {
                let below = |(name, value): (&String, &Value)| unrestored(value, of.at_key(name)?);
                return map.iter().find_map(below);
            }
            "map"
        }
        Value::Array(items) => {
            if let Some(of) = of.items() {
                return items.iter().find_map(|item| unrestored(item, of));
            }
            "slice"
        }
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
    };
    if atom.scalar.is_some_and(|scalar| {
        // What has a form of its own says itself what it cannot read.
        !matches!(
            scalar,
            Scalar::String | Scalar::Boolean | Scalar::Int32 | Scalar::Int64 | Scalar::Double
        )
    }) {
        return None;
    }
    let wanted = Meta::root(of).kind();
    match wanted {
        "struct" if atom.map.is_some() => Some(format!("cannot restore struct from: {kind}")),
        "map" => Some(format!("cannot restore map from {kind}")),
        "slice" if atom.list.is_some() => Some(format!("cannot restore slice from {kind}")),
        _ if wanted == kind || matches!((wanted, kind), ("int32", "int64")) => None,
        "bool" | "int32" | "int64" | "float64" | "string" if !is_convertible(kind, wanted) => {
            Some(format!("unrecognized type: {wanted}"))
        }
        _ => Some(format!("cannot convert {} to {wanted}", go_type(value))),
    }
}

/// Whether Go could convert a value of one kind into another, though the library does not.
fn is_convertible(kind: &str, wanted: &str) -> bool {
    match kind {
        "int64" => wanted != "bool",
        "float64" => matches!(wanted, "int32" | "int64" | "float64"),
        _ => kind == wanted,
    }
}

/// Says why a value cannot be read in the words of the library that goes straight from patched
/// values to structs.
pub(super) fn restoring(cause: &str) -> String {
    if cause.starts_with("illegal base64") {
        return format!("error decoding from json: {cause}");
    }
    cause.to_owned()
}

/// Prints a patch as Go's `%v` does, once it was applied: what says which keys of a mapping to
/// retain is gone.
pub(super) fn applied_text(patch: &Value) -> String {
    fn without(value: &mut Value) {
        if let Value::Object(map) = value {
            map.remove("$retainKeys");
            map.values_mut().for_each(without);
        }
    }
    let mut patch = patch.clone();
    without(&mut patch);
    go_text(&patch)
}

/// Prints a value as Go's `%v` does.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", go_texts(items)),
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}:{}", go_text(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        scalar => scalar.to_string(),
    }
}

/// Prints items as Go's `%v` does between the brackets.
pub(super) fn go_texts(items: &[Value]) -> String {
    let items: Vec<String> = items.iter().map(go_text).collect();
    items.join(" ")
}
