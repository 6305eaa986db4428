//! The values that templates work on, with Go's types: what a function gives decides how its
//! result prints, compares and is accepted by the next one.

mod convert;
mod entries;
mod list;
mod map;
mod object;
mod sealed;
mod seen;
mod text;

use std::rc::Rc;

pub use list::{Elem, List};
pub use map::{Map, MapType};
pub use object::{CallError, GoObject, Kind, Signature, Type};
pub(in crate::helm) use sealed::Sealed;
pub use sealed::SealedMap;
pub(in crate::helm) use seen::{Seen, SeenMap, Shape};
pub use text::Text;

/// A value in a template, cheap to clone.
///
/// Maps are shared: a clone sees what `set`, `unset` and `merge` change. Lists never change. A
/// value belongs to one thread; a render makes its own.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Go's untyped nil.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer with its Go type.
    Int(i64, IntType),
    /// An unsigned integer with its Go type.
    Uint(u64, UintType),
    /// `float64`: every number from a values file, from YAML and from JSON.
    Float(f64),
    /// `string`: bytes, mostly UTF-8.
    Str(Text),
    /// A slice.
    List(Rc<List>),
    /// A map with string keys.
    Map(Rc<Map>),
    /// Anything with fields or methods of its own.
    Object(Rc<dyn GoObject>),
}

/// Which of Go's signed integer types a number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntType {
    /// `int`: literals, `len`, `int`, `until`.
    Int,
    /// `int64`: arithmetic, `int64`, numbers given with `--set`.
    Int64,
    /// `time.Duration`, in nanoseconds.
    Duration,
}

/// Which of Go's unsigned integer types a number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UintType {
    /// `uint8`: a byte of an indexed string.
    Uint8,
    /// `uint64`: parts of a semantic version.
    Uint64,
}

impl Value {
    /// A `string`.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Str(text.into())
    }

    /// An `int`.
    pub const fn int(value: i64) -> Self {
        Self::Int(value, IntType::Int)
    }

    /// An `int64`.
    pub const fn int64(value: i64) -> Self {
        Self::Int(value, IntType::Int64)
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(Elem::Any, items)))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter().map(Self::text).collect();
        Self::List(Rc::new(List::new(Elem::Str, items)))
    }

    /// A `map[string]interface {}`.
    pub fn map<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(Rc::new(Map::new(MapType::Any, entries)))
    }

    /// Any object.
    pub fn object(object: impl GoObject + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// The bytes of a `string`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The slice that this is, or that an object with a slice below it shows.
    pub fn as_list(&self) -> Option<Rc<List>> {
        match self {
            Self::List(list) => Some(Rc::clone(list)),
            Self::Object(object) => match object.view() {
                Some(Self::List(list)) => Some(list),
                _ => None,
            },
            _ => None,
        }
    }

    /// The map that this is, or that an object with a map below it shows.
    pub fn as_map(&self) -> Option<Rc<Map>> {
        match self {
            Self::Map(map) => Some(Rc::clone(map)),
            Self::Object(object) => match object.view() {
                Some(Self::Map(map)) => Some(map),
                _ => None,
            },
            _ => None,
        }
    }

    /// What Go's `reflect` calls the kind: `map`, `slice`, `string`, …
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_, IntType::Int) => Kind::Int,
            Self::Int(..) => Kind::Int64,
            Self::Uint(_, UintType::Uint8) => Kind::Uint8,
            Self::Uint(..) => Kind::Uint64,
            Self::Float(_) => Kind::Float64,
            Self::Str(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
        }
    }

    /// The name of the Go type, as `%T` prints it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, IntType::Int) => "int",
            Self::Int(_, IntType::Int64) => "int64",
            Self::Int(_, IntType::Duration) => "time.Duration",
            Self::Uint(_, UintType::Uint8) => "uint8",
            Self::Uint(_, UintType::Uint64) => "uint64",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(list) => list.elem().list_name(),
            Self::Map(map) => map.map_type().name(),
            Self::Object(object) => object.type_name(),
        }
    }

    /// Whether `if` takes it for true: not the zero of its type, not empty.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Uint(value, _) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => match object.view() {
                Some(value) => value.truth(),
                None => true,
            },
        }
    }
}
