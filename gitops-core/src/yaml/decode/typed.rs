//! Documents as go-yaml has them: keys of any type, numbers that JSON does not have.

use serde_json::{Map, Value};

use super::{Shape, gosyntax, plain::as_json};
use crate::yaml::{YamlError, number, resolve::Scalar};

/// A value as go-yaml has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(String),
    List(Vec<Typed>),
    // Keys are different from each other.
    Mapping(Vec<(Typed, Typed)>),
}

impl Shape for Typed {
    type Map = Vec<(Self, Self)>;

    fn scalar(scalar: Scalar<'_>) -> Option<Self> {
        Some(match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Uint(value) => Self::Uint(value),
            Scalar::Float(value) => Self::Float(value),
            Scalar::Timestamp(text) | Scalar::Str(text) => Self::Str(text.to_owned()),
        })
    }

    fn list(items: Vec<Self>) -> Self {
        Self::List(items)
    }

    fn mapping(map: Self::Map) -> Self {
        Self::Mapping(map)
    }

    fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Mapping(_))
    }

    fn has(map: &Self::Map, key: &Self) -> Option<bool> {
        Some(map.iter().any(|(known, _)| known == key))
    }

    fn insert(map: &mut Self::Map, key: Self, value: Self) -> Option<()> {
        match map.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => map.push((key, value)),
        }
        Some(())
    }

    fn show(&self) -> String {
        gosyntax::show(self)
    }
}

impl Typed {
    /// Returns the value as JSON.
    pub(super) fn into_json(self) -> Result<Value, YamlError> {
        let mut strange = None;
        let value = self.convert(&mut strange)?;
        let Some(number) = strange else { return Ok(value) };
        Err(YamlError::bare(None, format!("json: unsupported value: {number}")))
    }

    // Notes the first number that JSON does not have: keys that cannot be are named before it.
    fn convert(self, strange: &mut Option<String>) -> Result<Value, YamlError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::from(value),
            Self::Uint(value) => Value::from(value),
            Self::Str(text) => Value::String(text),
            Self::Float(value) => {
                if let Some(number) = as_json(value) {
                    return Ok(Value::Number(number));
                }
                strange.get_or_insert_with(|| number::json_float(value));
                Value::Null
            }
            Self::List(items) => {
                let items = items.into_iter().map(|item| item.convert(strange));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Self::Mapping(entries) => {
                let mut named = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    named.push((key.name(&value)?, value));
                }
                // JSON is printed in the order of keys.
                named.sort_by(|a, b| a.0.cmp(&b.0));
                let mut map = Map::new();
                for (name, value) in named {
                    map.insert(name, value.convert(strange)?);
                }
                Value::Object(map)
            }
        })
    }

    // Returns the key of a mapping as text.
    fn name(self, value: &Self) -> Result<String, YamlError> {
        let kind = match &self {
            Self::Str(text) => return Ok(text.clone()),
            Self::Int(value) => return Ok(value.to_string()),
            Self::Bool(value) => return Ok(value.to_string()),
            Self::Float(value) => {
                let text = number::key_float(*value);
                let special = [("+Inf", ".inf"), ("-Inf", "-.inf"), ("NaN", ".nan")];
                let known = special.iter().find(|(go, _)| *go == text);
                return Ok(known.map_or(text, |(_, yaml)| (*yaml).to_owned()));
            }
            Self::Uint(_) => "uint64",
            Self::Null | Self::List(_) | Self::Mapping(_) => "%!s(<nil>)",
        };
        let key = if self == Self::Null { "<nil>".to_owned() } else { gosyntax::show(&self) };
        let value = if *value == Self::Null { "<nil>".to_owned() } else { gosyntax::show(value) };
        let problem = format!("unsupported map key of type: {kind}, key: {key}, value: {value}");
        Err(YamlError::bare(None, problem))
    }
}
