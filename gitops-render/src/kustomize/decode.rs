//! From JSON to the parts of a kustomization, as Go's JSON decoder does it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// How values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Unknown fields are errors and no value is converted.
    Strict,
    /// Unknown fields are errors; numbers and booleans become strings where strings are asked for.
    Config,
    /// Unknown fields are ignored; values are converted as for `Config`.
    Lenient,
}

/// A field that is not what it must be.
#[derive(Debug)]
pub(super) struct FieldError {
    /// Where it is, as a JSON pointer.
    pub(super) pointer: String,
    /// What is wrong with it.
    pub(super) text: String,
}

/// The way to a field while it is decoded.
#[derive(Debug)]
pub(super) struct At {
    pub(super) mode: Mode,
    pub(super) pointer: String,
}

impl At {
    fn within<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let result = read(self);
        self.pointer.truncate(length);
        result
    }

    fn wrong<T>(&self, expected: &str, found: &Value) -> Result<T, FieldError> {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        let field = field_name(&self.pointer);
        let text = format!("{field} must be {expected}, found {found}");
        Err(FieldError { pointer: self.pointer.clone(), text })
    }

    /// Calls `read` with the fixed spelling of every field that `names` has.
    pub(super) fn fields(
        &mut self,
        value: &Value,
        names: &[&'static str],
        mut read: impl FnMut(&mut Self, &'static str, &Value) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        let Value::Object(map) = value else { return self.wrong("a mapping", value) };
        for (key, value) in map {
            let exact = names.iter().find(|name| **name == key.as_str());
            let known = exact.or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case(key)));
            match known {
                Some(name) => self.within(key, |at| read(at, name, value))?,
                None if self.mode == Mode::Lenient => {}
                None => {
                    return Err(FieldError {
                        pointer: format!("{}/{key}", self.pointer),
                        text: format!("unknown field {key:?}"),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Returns the name of the field at a pointer, such as `patches[0].target`.
pub(super) fn field_name(pointer: &str) -> String {
    let mut name = String::new();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() {
            name.push('[');
            name.push_str(&step);
            name.push(']');
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&step);
        }
    }
    if name.is_empty() { "the document".to_owned() } else { name }
}

/// A part of a kustomization.
pub(super) trait Decode: Default {
    /// Reads a value that is not null.
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError>;
}

/// Reads a value; null is the empty one.
pub(super) fn decode<T: Decode>(value: &Value, at: &mut At) -> Result<T, FieldError> {
    if value.is_null() { Ok(T::default()) } else { T::decode(value, at) }
}

/// Reads a whole document.
pub(super) fn decode_root<T: Decode>(value: &Value, mode: Mode) -> Result<T, FieldError> {
    decode(value, &mut At { mode, pointer: String::new() })
}

impl Decode for String {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) if at.mode != Mode::Strict => Ok(number.to_string()),
            Value::Bool(value) if at.mode != Mode::Strict => Ok(value.to_string()),
            other => at.wrong("a string", other),
        }
    }
}

impl Decode for bool {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        value.as_bool().map_or_else(|| at.wrong("true or false", value), Ok)
    }
}

impl Decode for i64 {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        value.as_i64().map_or_else(|| at.wrong("an integer", value), Ok)
    }
}

impl Decode for Value {
    fn decode(value: &Value, _: &mut At) -> Result<Self, FieldError> {
        Ok(value.clone())
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        let Value::Array(items) = value else { return at.wrong("a list", value) };
        let mut list = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.push(at.within(&index.to_string(), |at| decode(item, at))?);
        }
        Ok(list)
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        let Value::Object(map) = value else { return at.wrong("a mapping", value) };
        let mut found = Self::new();
        for (key, value) in map {
            found.insert(key.clone(), at.within(key, |at| decode(value, at))?);
        }
        Ok(found)
    }
}

impl Decode for Map<String, Value> {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        value.as_object().cloned().map_or_else(|| at.wrong("a mapping", value), Ok)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Value, at: &mut At) -> Result<Self, FieldError> {
        T::decode(value, at).map(Some)
    }
}

/// Defines a struct with the name that each field has in YAML.
macro_rules! record {
    ($(
        $(#[$doc:meta])*
        struct $name:ident {
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal,)*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq)]
            #[allow(clippy::struct_field_names, reason = "the names are those of the files")]
            pub(in crate::kustomize) struct $name {
                $($(#[$field_doc])* pub(in crate::kustomize) $field: $type,)*
            }

            impl $crate::kustomize::decode::Decode for $name {
                fn decode(
                    value: &serde_json::Value,
                    at: &mut $crate::kustomize::decode::At,
                ) -> Result<Self, $crate::kustomize::decode::FieldError> {
                    let mut record = Self::default();
                    at.fields(value, &[$($key),*], |at, name, value| {
                        match name {
                            $($key => {
                                record.$field = $crate::kustomize::decode::decode(value, at)?;
                            })*
                            _ => {}
                        }
                        Ok(())
                    })?;
                    Ok(record)
                }
            }
        )*
    };
}
pub(super) use record;
