//! How functions take their arguments out of a list that fits their signature.

use std::rc::Rc;

use super::super::template::Failure;
use super::super::value::{List, Map, Text, Value};

/// The bytes of a `string` argument.
pub(super) fn bytes(values: &[Value], at: usize) -> &[u8] {
    values.get(at).and_then(Value::as_bytes).unwrap_or_default()
}

/// A `string` argument as UTF-8.
pub(super) fn string(values: &[Value], at: usize) -> String {
    match values.get(at) {
        Some(Value::Str(text)) => text.to_str().into_owned(),
        _ => String::new(),
    }
}

/// A `string` argument, shared.
pub(super) fn text(values: &[Value], at: usize) -> Text {
    match values.get(at) {
        Some(Value::Str(text)) => text.clone(),
        _ => Text::default(),
    }
}

/// An `int` argument.
pub(super) fn int(values: &[Value], at: usize) -> i64 {
    match values.get(at) {
        Some(Value::Int(number, _)) => *number,
        _ => 0,
    }
}

/// A `bool` argument.
pub(super) fn flag(values: &[Value], at: usize) -> bool {
    matches!(values.get(at), Some(Value::Bool(true)))
}

/// An argument of any type.
pub(super) fn any(values: &[Value], at: usize) -> Value {
    values.get(at).cloned().unwrap_or_default()
}

/// A `map[string]interface {}` argument.
pub(super) fn map(values: &[Value], at: usize) -> Rc<Map> {
    values
        .get(at)
        .and_then(Value::as_map)
        .unwrap_or_else(|| Rc::new(Map::nil(super::super::value::MapType::Any)))
}

/// A list argument, or Go's words for a value that is none.
pub(super) fn list(value: &Value, what: &str) -> Result<Rc<List>, Failure> {
    if matches!(value, Value::Nil) {
        return Err(nil_dereference());
    }
    match value.as_list() {
        Some(list) => Ok(list),
        None => Err(format!("{what} {}", value.kind().name()).into()),
    }
}

/// What Go says where a function asks for the type of nil.
pub(super) fn nil_dereference() -> Failure {
    "runtime error: invalid memory address or nil pointer dereference".into()
}

/// The bytes of a `[]uint8`.
pub(crate) fn list_bytes(list: &List) -> Vec<u8> {
    let byte = |value: &Value| match value {
        Value::Uint(number, _) => u8::try_from(*number).unwrap_or(u8::MAX),
        _ => 0,
    };
    list.iter().map(byte).collect()
}
