//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: only values of one basic kind compare.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::template::print::sprintf;
use super::super::value::{Kind, Type, Value};
use super::{Failure, Function, fixed, variadic};

const TWO: &[Type] = &[Type::Reflect, Type::Reflect];

pub(super) const TABLE: &[Function] = &[
    variadic("eq", TWO, Type::Bool, |_, v| Ok(Value::Bool(equal(v)?))),
    fixed("ne", TWO, Type::Bool, |_, v| Ok(Value::Bool(!equal(v)?))),
    fixed("lt", TWO, Type::Bool, |_, v| Ok(Value::Bool(less(v)?))),
    fixed("le", TWO, Type::Bool, |_, v| Ok(Value::Bool(less_or_equal(v)?))),
    fixed("gt", TWO, Type::Bool, |_, v| Ok(Value::Bool(!less_or_equal(v)?))),
    fixed("ge", TWO, Type::Bool, |_, v| Ok(Value::Bool(!less(v)?))),
];

/// The kinds that compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Uint,
    Float,
    Text,
}

fn basic(value: &Value) -> Option<Basic> {
    Some(match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(..) => Basic::Int,
        Value::Uint(..) => Basic::Uint,
        Value::Float(_) => Basic::Float,
        Value::Str(_) => Basic::Text,
        _ => return None,
    })
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    let (a, b) = (a.type_name(), b.type_name());
    format!("incompatible types for comparison: {a} and {b}").into()
}

/// Whether the first argument equals one of the others.
fn equal(values: &[Value]) -> Result<bool, Failure> {
    let Some((first, others)) = values.split_first() else {
        return Err("missing argument for comparison".into());
    };
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal_pair(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[allow(clippy::float_cmp, reason = "as Go compares")]
fn equal_pair(a: &Value, b: &Value) -> Result<bool, Failure> {
    Ok(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, _), Value::Int(b, _)) => a == b,
        (Value::Uint(a, _), Value::Uint(b, _)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Int(a, _), Value::Uint(b, _)) | (Value::Uint(b, _), Value::Int(a, _)) => {
            u64::try_from(*a) == Ok(*b)
        }
        (Value::Nil, Value::Nil) => true,
        _ if basic(a).is_some() || basic(b).is_some() => {
            if matches!(a, Value::Nil) || matches!(b, Value::Nil) {
                false
            } else {
                return Err(incompatible(a, b));
            }
        }
        _ => return equal_others(a, b),
    })
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    }
}

/// Maps and slices compare with nil only, objects by what they are.
fn equal_others(a: &Value, b: &Value) -> Result<bool, Failure> {
    let (kind_a, kind_b) = (a.kind(), b.kind());
    let comparable = kind_a == kind_b || kind_a == Kind::Invalid || kind_b == Kind::Invalid;
    let show = |verb: &[u8], value: &Value| {
        String::from_utf8_lossy(&sprintf(verb, std::slice::from_ref(value))).into_owned()
    };
    if !comparable {
        let (name_a, name_b) = (a.type_name(), b.type_name());
        let (a, b) = (show(b"%s", a), show(b"%v", b));
        return Err(format!("non-comparable types {a}: {name_a}, {name_b}: {b}").into());
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if !matches!(kind_b, Kind::Map | Kind::Slice) => {
            Ok(Rc::ptr_eq(a, b))
        }
        _ => Err(format!("non-comparable type {}: {}", show(b"%s", b), b.type_name()).into()),
    }
}

fn less(values: &[Value]) -> Result<bool, Failure> {
    let [a, b] = values else {
        return Err("missing argument for comparison".into());
    };
    let bad = || Failure::from("invalid type for comparison");
    let (kind_a, kind_b) = (basic(a).ok_or_else(bad)?, basic(b).ok_or_else(bad)?);
    Ok(match (a, b) {
        (Value::Int(a, _), Value::Int(b, _)) => a < b,
        (Value::Uint(a, _), Value::Uint(b, _)) => a < b,
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b) == Some(Ordering::Less),
        (Value::Str(a), Value::Str(b)) => a < b,
        (Value::Int(a, _), Value::Uint(b, _)) => u64::try_from(*a).is_ok_and(|a| a < *b) || *a < 0,
        (Value::Uint(a, _), Value::Int(b, _)) => u64::try_from(*b).is_ok_and(|b| *a < b),
        _ if kind_a == kind_b => return Err(bad()),
        _ => return Err(incompatible(a, b)),
    })
}

fn less_or_equal(values: &[Value]) -> Result<bool, Failure> {
    Ok(less(values)? || equal(values)?)
}
