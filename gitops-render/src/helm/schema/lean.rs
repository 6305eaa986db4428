//! JSON that is read once, looked at and forgotten: texts are those of the file where they can be.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value of JSON.
#[derive(Debug)]
pub(super) enum Lean<'t> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'t, str>),
    List(Vec<Lean<'t>>),
    Map(LeanMap<'t>),
}

/// A map of JSON, in the order of its keys.
#[derive(Debug)]
pub(super) struct LeanMap<'t>(Vec<(Cow<'t, str>, Lean<'t>)>);

impl<'t> LeanMap<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&Lean<'t>> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Lean<'t>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }
}

impl<'t> Lean<'t> {
    pub(super) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    pub(super) fn as_map(&self) -> Option<&LeanMap<'t>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns what a JSON pointer leads to through maps.
    pub(super) fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let steps = pointer.strip_prefix('/')?.split('/');
        steps
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .try_fold(self, |value, step| value.as_map()?.get(&step))
    }
}

impl<'de> Deserialize<'de> for Lean<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LeanVisitor)
    }
}

/// A key of a map.
struct Key<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct LeanVisitor;

impl<'de> Visitor<'de> for LeanVisitor {
    type Value = Lean<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lean::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Lean::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "limits are compared as floating numbers")]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Lean::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "limits are compared as floating numbers")]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Lean::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Lean::Number(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Lean::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Lean::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Lean::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(Cow<'_, str>, Lean<'_>)> = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            entries.push((key, value));
        }
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            // Of equal keys the last one counts.
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, kept| later.0 == kept.0);
        }
        Ok(Lean::Map(LeanMap(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_is() {
        let text = r##"{"b": [1, -2.5, null, true, "x\n"], "a": {"c/d": "e"}, "b": [2], "f": {}}"##;
        let lean: Lean<'_> = serde_json::from_str(text).unwrap();
        let map = lean.as_map().unwrap();
        assert_eq!(map.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b", "f"]);
        assert_eq!(map.get("b").and_then(Lean::as_list).map(<[_]>::len), Some(1));
        assert_eq!(lean.pointer("/a/c~1d").and_then(Lean::as_str), Some("e"));
        assert!(lean.pointer("/a/x").is_none() && lean.pointer("").is_some());
        assert!(serde_json::from_str::<Lean<'_>>("{").is_err());
    }
}
