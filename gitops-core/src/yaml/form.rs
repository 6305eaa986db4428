//! What documents are read into.

use serde_json::{Map, Number, Value};

/// A value that a document can be read into without a detour.
///
/// What is built is what [`from_json`](Self::from_json) would make of the JSON that the document
/// means: readers use either.
pub trait Form: Sized {
    /// A mapping while it is read.
    type Map: Default;

    /// Nothing.
    fn null() -> Self;
    /// A boolean.
    fn bool(value: bool) -> Self;
    /// A number, an integer wherever JSON has no way to tell.
    fn number(number: Number) -> Self;
    /// A string.
    fn text(text: &str) -> Self;
    /// A list.
    fn list(items: Vec<Self>) -> Self;
    /// A mapping that is complete.
    fn mapping(map: Self::Map) -> Self;
    /// Sets a key. What was set before does not count any more.
    fn insert(map: &mut Self::Map, key: &str, value: Self);
    /// The same value as JSON has it.
    fn from_json(value: Value) -> Self;
}

impl Form for Value {
    type Map = Map<String, Self>;

    fn null() -> Self {
        Self::Null
    }

    fn bool(value: bool) -> Self {
        Self::Bool(value)
    }

    fn number(number: Number) -> Self {
        Self::Number(number)
    }

    fn text(text: &str) -> Self {
        Self::String(text.to_owned())
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn mapping(map: Self::Map) -> Self {
        Self::Object(map)
    }

    fn insert(map: &mut Self::Map, key: &str, value: Self) {
        map.insert(key.to_owned(), value);
    }

    fn from_json(value: Value) -> Self {
        value
    }
}

/// Nothing: what is read into it is only checked.
pub(super) struct Checked;

impl Form for Checked {
    type Map = ();

    fn null() -> Self {
        Self
    }

    fn bool(_: bool) -> Self {
        Self
    }

    fn number(_: Number) -> Self {
        Self
    }

    fn text(_: &str) -> Self {
        Self
    }

    fn list(_: Vec<Self>) -> Self {
        Self
    }

    fn mapping((): ()) -> Self {
        Self
    }

    fn insert((): &mut (), _: &str, _: Self) {}

    fn from_json(_: Value) -> Self {
        Self
    }
}
