//! The steps of field paths, in the form that `fieldsV1` has.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::{Map, Value};

/// How long the text of a step may be to be put together in place, in bytes.
pub(super) const SHORT: usize = 64;

/// Writes the step of a field, which is short as a rule: that saves an allocation.
pub(super) fn short_field<'s>(place: &'s mut [u8; SHORT], name: &str) -> Option<&'s str> {
    let place = place.get_mut(..name.len() + 2)?;
    place[..2].copy_from_slice(b"f:");
    place[2..].copy_from_slice(name.as_bytes());
    std::str::from_utf8(place).ok()
}

/// One step of a path: `f:name`, `k:{keys}`, `v:value` or `i:index`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Element(Arc<str>);

impl Element {
    pub(crate) fn field(name: &str) -> Self {
        let mut short = [0; SHORT];
        match short_field(&mut short, name) {
            Some(text) => Self(text.into()),
            None => Self(["f:", name].concat().into()),
        }
    }

    /// Returns the steps of a path of names.
    pub(super) fn fields(path: &[impl AsRef<str>]) -> Vec<Self> {
        path.iter().map(|name| Self::field(name.as_ref())).collect()
    }

    pub(crate) fn key(keys: &BTreeMap<&str, &Value>) -> Self {
        let mut text = b"k:".to_vec();
        serde_json::to_writer(&mut text, keys).expect("keys are text");
        Self(String::from_utf8_lossy(&text).into())
    }

    pub(crate) fn value(value: &Value) -> Self {
        Self(format!("v:{value}").into())
    }

    /// Reads the form used in `fieldsV1`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self(text.into())),
            "k" => {
                let keys: BTreeMap<&str, Value> = serde_json::from_str(rest).ok()?;
                Some(Self::key(&keys.iter().map(|(name, value)| (*name, value)).collect()))
            }
            "v" => Some(Self::value(&serde_json::from_str(rest).ok()?)),
            "i" => rest.parse::<u64>().ok().map(|_| Self(text.into())),
            _ => None,
        }
    }

    /// Returns the numbers in the keys or the value, if there are any.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        let (kind, text) = self.0.split_once(':')?;
        let numbers: Vec<f64> = match kind {
            "k" => {
                let keys: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
                keys.values().filter_map(Value::as_f64).collect()
            }
            "v" => serde_json::from_str(text)
                .ok()
                .and_then(|value: Value| value.as_f64())
                .into_iter()
                .collect(),
            _ => Vec::new(),
        };
        (!numbers.is_empty()).then_some(numbers)
    }

    /// Returns the form used in `fieldsV1`.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the name when this is a field.
    pub(crate) fn field_name(&self) -> Option<&str> {
        self.0.strip_prefix("f:")
    }

    pub(crate) fn is_key(&self) -> bool {
        self.0.starts_with("k:")
    }
}

impl std::borrow::Borrow<str> for Element {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at(2) {
            ("f:", name) => write!(f, ".{name}"),
            ("k:", keys) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let text: Vec<String> =
                    keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(f, "[{}]", text.join(","))
            }
            ("v:", value) => write!(f, "[={value}]"),
            (_, index) => write!(f, "[{index}]"),
        }
    }
}
