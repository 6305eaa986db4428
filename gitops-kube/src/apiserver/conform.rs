//! Making a value what the server would hold: no unknown fields, no nulls, always-there structs.

use gitops_core::schema::{Scalar, TypeRef};
use serde_json::{Map, Value};

use super::kinds::Kind;

/// Fields that the kind does not have.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    fields: Vec<String>,
}

impl Unknown {
    pub(crate) fn into_fields(self) -> Vec<String> {
        self.fields
    }
}

/// Brings `value` into the form in which the server holds objects of `kind`.
///
/// # Errors
///
/// The words in which a decoder complains of a value of the wrong type.
pub(crate) fn conform(kind: &Kind, value: &mut Value, unknown: &mut Unknown) -> Result<(), String> {
    if kind.is_custom() {
        return prune(value, kind.of(), "", unknown);
    }
    decode(value, kind.of(), ("", ""), unknown)
}

/// Custom objects keep nulls and empty values, but lose what the schema does not name.
fn prune(
    value: &mut Value,
    of: TypeRef<'_>,
    path: &str,
    unknown: &mut Unknown,
) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            if of.atom().map.is_none() {
                return Ok(());
            }
            let names: Vec<String> = map.keys().cloned().collect();
            for name in names {
                let at = join(path, &name);
                match of.at_key(&name) {
                    Some(of) if at == "metadata" => {
                        if let Some(value) = map.get_mut(&name) {
                            decode(value, of, (&at, &at), unknown)?;
                        }
                    }
                    Some(of) => {
                        if let Some(value) = map.get_mut(&name) {
                            prune(value, of, &at, unknown)?;
                        }
                    }
                    None => {
                        unknown.fields.push(at);
                        map.remove(&name);
                    }
                }
            }
        }
        Value::Array(items) => {
            let Some(of) = of.items() else { return Ok(()) };
            for (index, item) in items.iter_mut().enumerate() {
                prune(item, of, &format!("{path}[{index}]"), unknown)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Built-in objects pass through typed structs. `path` is the JSON path and the path in the
/// decoder's words, which starts at the nearest struct's name.
fn decode(
    value: &mut Value,
    of: TypeRef<'_>,
    (path, words): (&str, &str),
    unknown: &mut Unknown,
) -> Result<(), String> {
    let atom = of.atom();
    if atom.map.is_some() && (atom.list.is_some() || atom.scalar.is_some()) {
        return Ok(());
    }
    match (&mut *value, &atom.map, &atom.list) {
        (Value::Object(map), Some(kind), _) => {
            decode_map(map, of, (path, words), unknown)?;
            for (name, field) in &kind.fields {
                if field.always && !map.contains_key(name) {
                    let mut empty = Value::Object(Map::new());
                    decode(&mut empty, of.types().at(field.of), (path, words), unknown)?;
                    map.insert(name.clone(), empty);
                }
            }
            Ok(())
        }
        (Value::Array(items), _, Some(_)) => {
            let Some(of) = of.items() else { return Ok(()) };
            for (index, item) in items.iter_mut().enumerate() {
                decode(item, of, (&format!("{path}[{index}]"), words), unknown)?;
            }
            Ok(())
        }
        _ => match atom.scalar {
            Some(scalar) if fits(value, scalar) => Ok(()),
            _ => Err(mismatch(value, of, words)),
        },
    }
}

fn decode_map(
    map: &mut Map<String, Value>,
    of: TypeRef<'_>,
    (path, words): (&str, &str),
    unknown: &mut Unknown,
) -> Result<(), String> {
    let names: Vec<String> = map.keys().cloned().collect();
    let struct_name = of.atom().name.as_str();
    for name in names {
        let Some(value) = map.get_mut(&name) else { continue };
        let at = join(path, &name);
        let words = match (words, struct_name) {
            ("", "") => name.clone(),
            (_, "") => words.to_owned(),
            (words, _) => join(words.split_once('.').map_or(words, |_| words), &name),
        };
        match of.at_key(&name) {
            None => {
                unknown.fields.push(at);
                map.remove(&name);
            }
            Some(_) if value.is_null() && of.field(&name).is_some() => {
                map.remove(&name);
            }
            Some(_) if value.is_null() => {
                *value = zero(of.at_key(&name));
            }
            Some(of) => decode(value, of, (&at, &words), unknown)?,
        }
    }
    Ok(())
}

/// What a null becomes as the value of a map.
fn zero(of: Option<TypeRef<'_>>) -> Value {
    match of.and_then(|of| of.atom().scalar) {
        Some(Scalar::String | Scalar::Bytes) => "".into(),
        Some(Scalar::Quantity) => "0".into(),
        Some(Scalar::Boolean) => false.into(),
        Some(Scalar::Int32 | Scalar::Int64) => 0.into(),
        _ => Value::Null,
    }
}

fn fits(value: &Value, scalar: Scalar) -> bool {
    match scalar {
        Scalar::String | Scalar::Bytes | Scalar::Time | Scalar::MicroTime => value.is_string(),
        Scalar::Int32 => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Scalar::Int64 => value.is_i64(),
        Scalar::Double => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::Quantity => value.is_string() || value.is_number(),
        Scalar::IntOrString => value.is_string() || value.is_i64(),
        _ => true,
    }
}

fn mismatch(value: &Value, of: TypeRef<'_>, words: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go struct field {words} of type {}", go_name(of))
}

fn go_name(of: TypeRef<'_>) -> String {
    let atom = of.atom();
    if let Some(scalar) = atom.scalar {
        return match scalar {
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Double => "float64",
            Scalar::Boolean => "bool",
            Scalar::Bytes => "[]uint8",
            _ => "string",
        }
        .to_owned();
    }
    if let Some(items) = of.items() {
        return format!("[]{}", go_name(items));
    }
    match &atom.map {
        Some(map) if map.fields.is_empty() => match map.values {
            Some(values) => format!("map[string]{}", go_name(of.types().at(values))),
            None => "struct".to_owned(),
        },
        _ => format!("v1.{}", atom.name),
    }
}
