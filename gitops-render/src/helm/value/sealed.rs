//! Values that nobody changes any more: charts bring them along, and every render of a chart shares
//! them. What a render looks at becomes its own, level by level.

use std::{rc::Rc, sync::Arc};

use gitops_core::yaml::Form;
use serde_json::{Map as JsonMap, Number, Value as Json};

use super::{Map, MapType, Text, Value};

/// The values that a chart brings along, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SealedMap(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    // In the order of their keys, which are different from each other.
    entries: Vec<(Text, Sealed)>,
    // Whether there is a nil here or in a map below.
    nils: bool,
}

/// A value that nobody changes any more.
#[derive(Clone, Debug)]
pub(in crate::helm) enum Sealed {
    Nil,
    Bool(bool),
    Float(f64),
    Text(Text),
    List(Arc<Vec<Sealed>>),
    Map(SealedMap),
}

impl SealedMap {
    /// Returns the values as JSON; every number is a floating one.
    pub fn to_json(&self) -> JsonMap<String, Json> {
        self.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
    }

    /// Returns what is in a map, as far as JSON has it. What is sealed there stays shared.
    pub(in crate::helm) fn of(map: &Map) -> Self {
        if let Some(sealed) = map.sealed() {
            return sealed;
        }
        let entries = map.read();
        Self::new(entries.iter().map(|(key, value)| (key.clone(), Sealed::of(value))).collect())
    }

    /// Returns the entries in the order of their keys.
    pub(in crate::helm) fn iter(&self) -> impl Iterator<Item = (&Text, &Sealed)> {
        self.0.entries.iter().map(|(key, value)| (key, value))
    }

    /// Returns the value of `key`.
    pub(in crate::helm) fn get(&self, key: &[u8]) -> Option<&Sealed> {
        let entries = &self.0.entries;
        let at = entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&entries[at].1)
    }

    pub(in crate::helm) fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether there is a nil in it, or in a map below.
    pub(in crate::helm) fn has_nils(&self) -> bool {
        self.0.nils
    }

    // Of equal keys the last one counts.
    fn new(mut entries: Vec<(Text, Sealed)>) -> Self {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, kept| later.0 == kept.0);
        }
        let nils = entries.iter().any(|(_, value)| match value {
            Sealed::Nil => true,
            Sealed::Map(map) => map.has_nils(),
            _ => false,
        });
        Self(Arc::new(Entries { entries, nils }))
    }
}

impl From<&JsonMap<String, Json>> for SealedMap {
    fn from(map: &JsonMap<String, Json>) -> Self {
        Self::new(map.iter().map(|(key, value)| (Text::from(key), Sealed::from(value))).collect())
    }
}

impl From<&Json> for Sealed {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::number(number.clone()),
            Json::String(text) => Self::Text(Text::from(text)),
            Json::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            Json::Object(map) => Self::Map(SealedMap::from(map)),
        }
    }
}

impl Sealed {
    #[expect(clippy::cast_precision_loss, reason = "Go's JSON knows floating numbers only")]
    fn of(value: &Value) -> Self {
        match value {
            Value::Nil | Value::Object(_) => Self::Nil,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value, _) => Self::Float(*value as f64),
            Value::Uint(value, _) => Self::Float(*value as f64),
            Value::Float(value) => Self::Float(*value),
            Value::Str(text) => Self::Text(text.clone()),
            Value::List(list) => Self::List(Arc::new(list.iter().map(Self::of).collect())),
            Value::Map(map) => Self::Map(SealedMap::of(map)),
        }
    }

    /// Returns a value that shares no map with anybody.
    pub(in crate::helm) fn value(&self) -> Value {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(text) => Value::Str(text.clone()),
            Self::List(items) => Value::list(items.iter().map(Self::value).collect()),
            Self::Map(map) => Value::Map(Rc::new(Map::unsealed(MapType::Any, map.clone()))),
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Nil => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Self::Text(text) => Json::from(text.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(map) => Json::Object(map.to_json()),
        }
    }
}

impl Form for Sealed {
    type Map = Vec<(Text, Self)>;

    fn null() -> Self {
        Self::Nil
    }

    fn bool(value: bool) -> Self {
        Self::Bool(value)
    }

    fn number(number: Number) -> Self {
        Self::Float(number.as_f64().unwrap_or(f64::NAN))
    }

    fn text(text: &str) -> Self {
        Self::Text(Text::from(text))
    }

    fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    fn mapping(map: <Self as Form>::Map) -> Self {
        Self::Map(SealedMap::new(map))
    }

    fn insert(map: &mut <Self as Form>::Map, key: &str, value: Self) {
        map.push((Text::from(key), value));
    }

    fn from_json(value: Json) -> Self {
        Self::from(&value)
    }
}

#[cfg(test)]
mod tests {
    use gitops_core::yaml::{Duplicates, decode_as};

    use super::*;

    fn sealed(text: &str) -> SealedMap {
        match decode_as(text.as_bytes(), Duplicates::Last) {
            Ok(Sealed::Map(map)) => map,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn later_keys_win_and_keys_are_sorted() {
        let map = sealed("b: 1\na: {c: 2, c: [3, {}]}\nb: x\n");
        let json = serde_json::json!({ "a": { "c": [3.0, {}] }, "b": "x" });
        assert_eq!(Json::Object(map.to_json()), json);
        assert_eq!(
            Json::Object(sealed("a: &x 1\nb: *x\n").to_json()),
            serde_json::json!({ "a": 1.0, "b": 1.0 })
        );
    }

    #[test]
    fn a_render_changes_its_own_values_only() {
        let map = sealed("a: {b: {c: 1}}\n");
        let (one, other) = (Sealed::Map(map.clone()).value(), Sealed::Map(map.clone()).value());
        let inner = |value: &Value| value.as_map().unwrap().get("a").unwrap().as_map().unwrap();
        inner(&one).insert("b", Value::Nil);
        assert!(matches!(inner(&one).get("b"), Some(Value::Nil)));
        assert!(matches!(inner(&other).get("b"), Some(Value::Map(_))));
        assert!(!map.has_nils());
        assert!(SealedMap::of(&one.as_map().unwrap()).has_nils());
        assert_eq!(Json::Object(map.to_json()), serde_json::json!({ "a": { "b": { "c": 1.0 } } }));
    }
}
