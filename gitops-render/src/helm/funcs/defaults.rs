//! What counts as empty, and values to take instead.

use super::super::value::{Type, Value};
use super::args::{any, flag};
use super::{Function, fixed, variadic};

const ANY: &[Type] = &[Type::Any];

pub(super) const TABLE: &[Function] = &[
    variadic("default", &[Type::Any, Type::Any], Type::Any, |_, v| {
        Ok(match v.get(1) {
            Some(given) if given.truth() => given.clone(),
            _ => any(v, 0),
        })
    }),
    fixed("empty", ANY, Type::Bool, |_, v| Ok(Value::Bool(!any(v, 0).truth()))),
    variadic("coalesce", ANY, Type::Any, |_, v| {
        Ok(v.iter().find(|value| value.truth()).cloned().unwrap_or_default())
    }),
    variadic("all", ANY, Type::Bool, |_, v| Ok(Value::Bool(v.iter().all(Value::truth)))),
    variadic("any", ANY, Type::Bool, |_, v| Ok(Value::Bool(v.iter().any(Value::truth)))),
    fixed("ternary", &[Type::Any, Type::Any, Type::Bool], Type::Any, |_, v| {
        Ok(any(v, usize::from(!flag(v, 2))))
    }),
];
