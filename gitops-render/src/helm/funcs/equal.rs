//! Deep equality: the same types and the same content.

use std::rc::Rc;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::value::Value;

/// Go's `reflect.DeepEqual`.
pub(super) fn deep_equal(a: &Value, b: &Value) -> bool {
    equal(a, b, 0)
}

#[allow(clippy::float_cmp, reason = "as Go compares")]
fn equal(a: &Value, b: &Value, depth: usize) -> bool {
    if depth > VALUE_DEPTH_MAX {
        return false;
    }
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a, kind_a), Value::Int(b, kind_b)) => a == b && kind_a == kind_b,
        (Value::Uint(a, kind_a), Value::Uint(b, kind_b)) => a == b && kind_a == kind_b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.elem() == b.elem()
                && a.is_nil() == b.is_nil()
                && a.len() == b.len()
                && (Rc::ptr_eq(a, b) || a.iter().zip(b.iter()).all(|(a, b)| equal(a, b, depth + 1)))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.map_type() == b.map_type()
                && a.is_nil() == b.is_nil()
                && a.len() == b.len()
                && (a.is_same(b)
                    || a.entries().iter().all(|(key, value)| {
                        b.get(key).is_some_and(|other| equal(value, &other, depth + 1))
                    }))
        }
        (Value::Object(a), Value::Object(b)) => {
            if Rc::ptr_eq(a, b) {
                return true;
            }
            if a.type_name() != b.type_name() {
                return false;
            }
            match (a.view(), b.view()) {
                (Some(a), Some(b)) => equal(&a, &b, depth + 1),
                _ => a
                    .fields()
                    .iter()
                    .zip(b.fields().iter())
                    .all(|((name, a), (other, b))| name == other && equal(a, b, depth + 1)),
            }
        }
        _ => false,
    }
}
