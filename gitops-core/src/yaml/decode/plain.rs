//! Documents as JSON values directly: keys are strings, numbers are finite.

use serde_json::{Map, Number, Value};

use super::{Shape, shown};
use crate::yaml::{number, resolve::Scalar};

impl Shape for Value {
    type Map = Map<String, Self>;

    fn scalar(scalar: Scalar<'_>) -> Option<Self> {
        Some(match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::from(value),
            Scalar::Uint(value) => Self::from(value),
            Scalar::Float(value) => Self::Number(as_json(value)?),
            Scalar::Timestamp(text) | Scalar::Str(text) => Self::from(text),
        })
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn mapping(map: Self::Map) -> Self {
        Self::Object(map)
    }

    fn is_collection(&self) -> bool {
        // The wider shape shows what the key is.
        false
    }

    fn has(map: &Self::Map, key: &Self) -> Option<bool> {
        Some(map.contains_key(key.as_str()?))
    }

    fn insert(map: &mut Self::Map, key: Self, value: Self) -> Option<()> {
        let Self::String(key) = key else { return None };
        map.insert(key, value);
        Some(())
    }

    fn show(&self) -> String {
        shown(self.as_str().unwrap_or_default())
    }
}

/// Returns `value` as JSON has it: what prints without point and exponent is an integer.
pub(in crate::yaml) fn as_json(value: f64) -> Option<Number> {
    let text = number::json_float(value);
    let whole = value != 0.0 || value.is_sign_positive();
    if whole && let Ok(int) = text.parse::<i64>() {
        return Some(Number::from(int));
    }
    if let Ok(int) = text.parse::<u64>() {
        return Some(Number::from(int));
    }
    Number::from_f64(value)
}
