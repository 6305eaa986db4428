//! Go's own functions: logic, indexing, length and printing.

use std::rc::Rc;

use super::super::template::print::{sprint_all, sprintf, sprintln};
use super::super::value::{Elem, Type, UintType, Value};
use super::{Answer, Builtin, Failure, Function, fixed, variadic};

const ANY: &[Type] = &[Type::Any];
const VALUES: &[Type] = &[Type::Reflect, Type::Reflect];

pub(super) const TABLE: &[Function] = &[
    Function { builtin: Some(Builtin::And), ..variadic("and", VALUES, Type::Reflect, nothing) },
    Function { builtin: Some(Builtin::Or), ..variadic("or", VALUES, Type::Reflect, nothing) },
    Function { builtin: Some(Builtin::Call), ..variadic("call", VALUES, Type::Reflect, call) },
    fixed("not", &[Type::Reflect], Type::Bool, |_, v| {
        Ok(Value::Bool(!v.first().is_some_and(Value::truth)))
    }),
    variadic("index", VALUES, Type::Reflect, |_, v| index(v)),
    fixed("len", &[Type::Reflect], Type::Int, |call, v| {
        if call.nil_interface {
            return Err("len of nil pointer".into());
        }
        length(v)
    }),
    variadic("print", ANY, Type::Str, |_, v| Ok(Value::text(sprint_all(v)))),
    variadic("println", ANY, Type::Str, |_, v| Ok(Value::text(sprintln(v)))),
    variadic("printf", &[Type::Str, Type::Any], Type::Str, |call, v| {
        let Some((format, arguments)) = v.split_first() else {
            return Ok(Value::text(""));
        };
        let text = sprintf(format.as_bytes().unwrap_or_default(), arguments);
        call.room(text.len())?;
        Ok(Value::text(text))
    }),
];

/// `and` and `or` are the evaluator's.
fn nothing(_: &mut super::Call<'_>, _: &[Value]) -> Answer {
    Ok(Value::Nil)
}

/// No value is a function.
fn call(_: &mut super::Call<'_>, values: &[Value]) -> Answer {
    match values {
        [] | [_] | [_, Value::Nil, ..] => Err("call of nil".into()),
        [name, callee, ..] => {
            let name = String::from_utf8_lossy(name.as_bytes().unwrap_or_default()).into_owned();
            Err(format!("non-function {name} of type {}", callee.type_name()).into())
        }
    }
}

fn index(values: &[Value]) -> Answer {
    let Some((first, indexes)) = values.split_first() else {
        return Err("index of untyped nil".into());
    };
    if matches!(first, Value::Nil) {
        return Err("index of untyped nil".into());
    }
    let mut item = first.clone();
    for key in indexes {
        item = index_one(&item, key)?;
    }
    Ok(item)
}

fn index_one(item: &Value, key: &Value) -> Answer {
    if matches!(item, Value::Nil) {
        return Err("index of nil pointer".into());
    }
    if let Value::Str(text) = item {
        let at = position(key, text.len())?;
        let byte = text.get(at).ok_or_else(|| out_of_range_of_reflection("string"))?;
        return Ok(Value::Uint(u64::from(*byte), UintType::Uint8));
    }
    if let Some(list) = item.as_list() {
        let at = position(key, list.len())?;
        return list.get(at).cloned().ok_or_else(|| out_of_range_of_reflection("slice"));
    }
    let Some(map) = item.as_map() else {
        return Err(format!("can't index item of type {}", pointed_to(item)).into());
    };
    match key {
        Value::Str(key) => Ok(map.get(key).unwrap_or_else(|| missing(item, map.map_type()))),
        Value::Nil => Err("value is nil; should be of type string".into()),
        key => Err(format!("value has type {}; should be string", key.type_name()).into()),
    }
}

fn missing(item: &Value, map_type: super::super::value::MapType) -> Value {
    match item {
        Value::Object(object) => object.missing(),
        _ if map_type == super::super::value::MapType::Strings => Value::text(""),
        _ => Value::Nil,
    }
}

/// The type that a pointer leads to.
fn pointed_to(value: &Value) -> &str {
    let name = value.type_name();
    name.strip_prefix('*').unwrap_or(name)
}

/// Go lets one pass the end by one, and fails later.
fn out_of_range_of_reflection(what: &str) -> Failure {
    format!("reflect: {what} index out of range").into()
}

fn position(key: &Value, most: usize) -> Result<usize, Failure> {
    let number = match key {
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => i64::try_from(*number).unwrap_or(-1),
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        key => {
            return Err(format!("cannot index slice/array with type {}", key.type_name()).into());
        }
    };
    match usize::try_from(number) {
        Ok(at) if at <= most => Ok(at),
        _ => Err(format!("index out of range: {number}").into()),
    }
}

fn length(values: &[Value]) -> Answer {
    let value = values.first().unwrap_or(&Value::Nil);
    let count = match value {
        Value::Nil => {
            return Err("reflect: call of reflect.Value.Type on zero Value".into());
        }
        Value::Str(text) => text.len(),
        _ => match (value.as_list(), value.as_map()) {
            (Some(list), _) => list.len(),
            (_, Some(map)) => map.len(),
            _ => return Err(format!("len of type {}", pointed_to(value)).into()),
        },
    };
    Ok(Value::int(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// A slice of a list, `from` up to `to`.
pub(super) fn sub_list(list: &Rc<super::super::value::List>, from: usize, to: usize) -> Value {
    let elem: Elem = list.elem();
    let items = list.get(from..to).unwrap_or_default().to_vec();
    Value::List(Rc::new(super::super::value::List::new(elem, items)))
}
