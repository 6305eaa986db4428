//! Functions about types, and the text of any value.

use super::super::template::print::sprint;
use super::super::value::{Elem, Text, Type, Value};
use super::args::{any, bytes, list_bytes};
use super::equal::deep_equal;
use super::{Function, fixed};

const ANY: &[Type] = &[Type::Any];
const STR_ANY: &[Type] = &[Type::Str, Type::Any];

pub(super) const TABLE: &[Function] = &[
    fixed("typeOf", ANY, Type::Str, |_, v| Ok(Value::text(any(v, 0).type_name()))),
    fixed("typeIs", STR_ANY, Type::Bool, |_, v| {
        Ok(Value::Bool(any(v, 1).type_name().as_bytes() == bytes(v, 0)))
    }),
    fixed("typeIsLike", STR_ANY, Type::Bool, |_, v| {
        let (target, value) = (bytes(v, 0), any(v, 1));
        let name = value.type_name().as_bytes();
        Ok(Value::Bool(name == target || name.strip_prefix(b"*") == Some(target)))
    }),
    fixed("kindOf", ANY, Type::Str, |_, v| Ok(Value::text(any(v, 0).kind().name()))),
    fixed("kindIs", STR_ANY, Type::Bool, |_, v| {
        Ok(Value::Bool(any(v, 1).kind().name().as_bytes() == bytes(v, 0)))
    }),
    fixed("deepEqual", &[Type::Any, Type::Any], Type::Bool, |_, v| {
        Ok(Value::Bool(deep_equal(&v[0], &v[1])))
    }),
];

/// The text of a value: strings and bytes as they are, the rest as `%v`.
pub(super) fn to_text(value: &Value) -> Text {
    match value {
        Value::Str(text) => text.clone(),
        Value::List(list) if list.elem() == Elem::Byte => Text::from(list_bytes(list)),
        value => Text::from(sprint(value)),
    }
}
