//! What a Go value with fields and methods of its own looks like to a template.

use std::any::Any;
use std::fmt;

use super::Value;

/// Go's `reflect.Kind`, as `kindOf` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Untyped nil.
    Invalid,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint8`.
    Uint8,
    /// `uint64`.
    Uint64,
    /// `float64`.
    Float64,
    /// `map`.
    Map,
    /// A pointer.
    Ptr,
    /// `slice`.
    Slice,
    /// `string`.
    String,
    /// `struct`.
    Struct,
}

impl Kind {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::Map => "map",
            Self::Ptr => "ptr",
            Self::Slice => "slice",
            Self::String => "string",
            Self::Struct => "struct",
        }
    }
}

/// The static Go type of a parameter or a result: it decides which arguments are accepted and what
/// an error says about the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `reflect.Value`: anything, as it is.
    Reflect,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint32`.
    Uint32,
    /// `float64`.
    Float64,
    /// `string`.
    Str,
    /// `[]interface {}`.
    List,
    /// `map[string]interface {}`.
    Map,
    /// A named type of an object, such as `time.Time`.
    Named(&'static str),
}

/// The parameters and the result of a function or method.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The parameters; of a variadic one the last is the type of each further argument.
    pub params: &'static [Type],
    /// Whether the last parameter may come any number of times.
    pub variadic: bool,
    /// The result.
    pub result: Type,
}

/// Why a function or method refused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CallError(pub String);

impl CallError {
    /// A refusal with a text, as Go's function words it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A Go value with fields and methods of its own, such as `.Files` or a semantic version.
pub trait GoObject: fmt::Debug + Any {
    /// The name of the type, as `%T` prints it.
    fn type_name(&self) -> &str;

    /// The kind, [`Kind::Struct`] or [`Kind::Ptr`] unless there is a [`view`](Self::view).
    fn kind(&self) -> Kind {
        match self.view() {
            Some(value) => value.kind(),
            None => Kind::Struct,
        }
    }

    /// The fields in their order; those whose name begins with a small letter are printed, but
    /// neither found by a template nor part of JSON.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The entries of its JSON object, in their order.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let exported = |field: &(&str, Value)| field.0.starts_with(char::is_uppercase);
        self.fields().into_iter().filter(exported).collect()
    }

    /// The value of a field.
    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// The signature of a method.
    fn method(&self, name: &str) -> Option<Signature> {
        let _ = name;
        None
    }

    /// Calls a method; the arguments fit its signature.
    ///
    /// # Errors
    /// What the method refuses, or that there is none of that name.
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        let _ = args;
        Err(CallError(format!("no method {name}")))
    }

    /// The list, map or text that the type is made of, for `range`, `index`, `len` and printing.
    fn view(&self) -> Option<Value> {
        None
    }

    /// Of one with a map below it, the value of a key that the map lacks.
    fn missing(&self) -> Value {
        Value::Nil
    }

    /// What its `String` or `Error` method gives, for printing; without one its
    /// [`view`](Self::view) or its fields are printed.
    fn print(&self) -> Option<Vec<u8>> {
        None
    }

    /// What its `GoString` method gives, for `%#v`.
    fn go_syntax(&self) -> Option<Vec<u8>> {
        None
    }

    /// What `{{ . }}` prints: also finds a `String` method that only pointers to it have.
    fn print_in_place(&self) -> Option<Vec<u8>> {
        self.print()
    }

    /// What an `interface {}` holds of it, where that is another one: the copy of a struct has no
    /// methods that only pointers to it have.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// What `deepCopy` gives, where that is another one: fields with small letters stay empty.
    fn deep_copied(&self) -> Option<Value> {
        None
    }

    /// What it is in JSON and YAML, where that is neither its [`view`](Self::view) nor its fields.
    fn to_json(&self) -> Option<Value> {
        None
    }
}
