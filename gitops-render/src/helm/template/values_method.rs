//! The methods of `common.Values`, the type of `.Values` itself.

use std::rc::Rc;

use super::failure::Failure;
use super::print::quote::quote_cut;
use crate::helm::funcs::yaml_text;
use crate::helm::value::{Map, MapType, Signature, Type, Value};

/// The signature of a method of that name.
pub(super) fn signature(name: &[u8]) -> Option<Signature> {
    let (params, result): (&'static [Type], _) = match name {
        b"AsMap" => (&[], Type::Map),
        b"YAML" => (&[], Type::Str),
        b"Table" => (&[Type::Str], Type::Map),
        b"PathValue" => (&[Type::Str], Type::Any),
        _ => return None,
    };
    Some(Signature { params, variadic: false, result })
}

/// Calls it.
pub(super) fn call(map: &Rc<Map>, name: &[u8], values: &[Value]) -> Result<Value, Failure> {
    let path = values.first().and_then(Value::as_bytes).unwrap_or_default();
    match name {
        b"YAML" => Ok(Value::text(yaml_text(&Value::Map(Rc::clone(map)))?)),
        b"Table" => {
            let section = table(map, path)?;
            Ok(Value::Map(Rc::new(section.retyped(MapType::Values))))
        }
        b"PathValue" => path_value(map, path),
        _ => Ok(Value::Map(Rc::new(map.retyped(MapType::Any)))),
    }
}

/// The section at a path with dots.
fn table(map: &Rc<Map>, path: &[u8]) -> Result<Rc<Map>, Failure> {
    let mut section = Rc::clone(map);
    for part in path.split(|byte| *byte == b'.') {
        section = match section.get(part) {
            Some(Value::Map(found)) => found,
            _ => return Err(format!("{} is not a table", quote_cut(part, None)).into()),
        };
    }
    Ok(section)
}

/// The value, no section, at a path with dots.
fn path_value(map: &Rc<Map>, path: &[u8]) -> Result<Value, Failure> {
    let (section, key) = match path.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => (table(map, &path[..dot]).ok(), &path[dot + 1..]),
        None => (Some(Rc::clone(map)), path),
    };
    match section.and_then(|section| section.get(key)) {
        Some(Value::Map(_)) | None => {
            Err(format!("{} is not a value", quote_cut(key, None)).into())
        }
        Some(value) => Ok(value),
    }
}
