//! A resource while it is changed: scalars keep type and quotes, mappings keep their order.

use serde_json::{Map as JsonMap, Value};

use super::{
    problem::{Outcome, problem},
    scalar::{Scalar, Tag, resolve},
};

/// One value of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Mapping),
}

/// A mapping. A key may be there twice until the resource is printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mapping {
    pub(super) entries: Vec<(String, Node)>,
    /// Keys that would read as something else without their quotes.
    pub(super) quoted: Vec<String>,
    /// Whether it was written within `{}`, and is printed so while it is built.
    pub(super) flow: bool,
}

impl Mapping {
    /// Returns a mapping whose keys are written without quotes.
    pub(super) fn of(entries: Vec<(String, Node)>) -> Self {
        Self { entries, ..Self::default() }
    }

    /// Whether a key is no string once it is printed.
    fn is_odd(&self, key: &String) -> bool {
        resolve(key).0 != Tag::Str && !self.quoted.contains(key)
    }

    /// Returns the first value at a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the first value at a key, to change it.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Takes the first value at a key away.
    pub(super) fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Sets a key; the quotes of the value that was there stay. Null takes the key away.
    pub(super) fn set(&mut self, key: &str, mut value: Node) {
        if value.is_null() {
            self.remove(key);
            return;
        }
        if let Some(old) = self.get_mut(key) {
            if let Node::Scalar(scalar) = &mut value {
                scalar.quoted = old.is_quoted();
            }
            *old = value;
            return;
        }
        if let Node::Scalar(scalar) = &mut value
            && scalar.tag == Tag::None
            && !scalar.text.is_empty()
            && resolve(&scalar.text).0 != Tag::Str
        {
            scalar.quoted = true;
        }
        self.entries.push((key.to_owned(), value));
    }
}

impl Node {
    /// Returns a string.
    pub(super) fn string(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::string(text))
    }

    /// Returns a value that is whatever it looks like.
    pub(super) fn untyped(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::untyped(text))
    }

    /// Returns an empty mapping.
    pub(super) fn map() -> Self {
        Self::Map(Mapping::default())
    }

    /// Returns the text of a scalar, and nothing for any other value.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Scalar(scalar) => &scalar.text,
            Self::List(_) | Self::Map(_) => "",
        }
    }

    /// Returns the text of a scalar that is not null.
    pub(super) fn known_text(&self) -> &str {
        if self.is_null() { "" } else { self.text() }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar { tag: Tag::Null, .. }))
    }

    pub(super) fn is_quoted(&self) -> bool {
        matches!(self, Self::Scalar(Scalar { quoted: true, .. }))
    }

    /// Whether there is nothing in it: null, `{}` or `[]`.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.tag == Tag::Null,
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.entries.is_empty(),
        }
    }

    pub(super) fn as_map(&self) -> Option<&Mapping> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    pub(super) fn as_map_mut(&mut self) -> Option<&mut Mapping> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns the first value at a key of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Returns the value below mappings.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the mapping below mappings, made where there is none.
    pub(super) fn make_map(&mut self, path: &[&str]) -> Option<&mut Mapping> {
        let mut map = self.as_map_mut()?;
        for key in path {
            if map.get(key).is_none_or(Self::is_null) {
                map.remove(key);
                map.entries.push(((*key).to_owned(), Self::map()));
            }
            map = map.get_mut(key)?.as_map_mut()?;
        }
        Some(map)
    }

    /// Returns what kind of value it is, for messages.
    pub(super) fn shape(&self) -> &'static str {
        match self {
            Self::Scalar(scalar) if scalar.tag == Tag::Null => "null",
            Self::Scalar(_) => "a scalar",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }

    /// Returns the JSON that the printed value means.
    pub(super) fn to_value(&self) -> Outcome<Value> {
        // At the top any scalar may be a key.
        self.value(true, false)
    }

    fn value(&self, is_top: bool, flow: bool) -> Outcome<Value> {
        match self {
            Self::Scalar(scalar) => {
                if !flow {
                    scalar.check_block()?;
                }
                scalar.to_value()
            }
            Self::List(items) => Ok(Value::Array(
                items.iter().map(|item| item.value(false, flow)).collect::<Outcome<Vec<_>>>()?,
            )),
            Self::Map(map) => {
                let flow = flow || map.flow;
                let mut json = JsonMap::new();
                for (key, value) in &map.entries {
                    let value =
                        value.value(false, flow).map_err(|err| err.within(|| key.clone()))?;
                    if !is_top && map.is_odd(key) {
                        return Err(problem(format!("key {key} must be a string: quote it")));
                    }
                    if json.insert(key.clone(), value).is_some() {
                        return Err(problem(format!("mapping key {key:?} is defined twice")));
                    }
                }
                Ok(Value::Object(json))
            }
        }
    }

    /// Returns the value that the types of the scalars say, whatever is quoted.
    pub(super) fn decoded(&self) -> Outcome<Value> {
        Ok(match self {
            Self::Scalar(scalar) => scalar.decoded()?,
            Self::List(items) => {
                Value::Array(items.iter().map(Self::decoded).collect::<Outcome<_>>()?)
            }
            Self::Map(map) => {
                let entries = map.entries.iter();
                let entries = entries.map(|(key, value)| Ok((key.clone(), value.decoded()?)));
                Value::Object(entries.collect::<Outcome<_>>()?)
            }
        })
    }

    /// Returns the value that JSON means after it went through Go's decoder, in which every number
    /// is a float.
    pub(super) fn from_floats(value: &Value) -> Self {
        Self::from_json(value, &|number| {
            let float = number.as_f64().unwrap_or_default();
            gitops_core::yaml::number::yaml_float(float)
        })
    }

    fn from_json(value: &Value, number: &impl Fn(&serde_json::Number) -> String) -> Self {
        match value {
            Value::Null => Self::Scalar(Scalar::of(Tag::Null, "null")),
            Value::Bool(value) => Self::Scalar(Scalar::of(Tag::Bool, value.to_string())),
            Value::Number(found) => {
                let text = number(found);
                Self::Scalar(Scalar::of(resolve(&text).0, text))
            }
            Value::String(text) => Self::string(text.clone()),
            Value::Array(items) => {
                Self::List(items.iter().map(|item| Self::from_json(item, number)).collect())
            }
            Value::Object(map) => {
                let entry =
                    |(key, value): (&String, &Value)| (key.clone(), Self::from_json(value, number));
                let odd = map.keys().filter(|key| resolve(key).0 != Tag::Str);
                let quoted = odd.cloned().collect();
                Self::Map(Mapping { entries: map.iter().map(entry).collect(), quoted, flow: false })
            }
        }
    }
}
