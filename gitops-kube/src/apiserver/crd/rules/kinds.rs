//! The types that expressions have, and those that schemas give.

use std::fmt;

use super::super::structure::{Structure, Values};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Known only when asked.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Duration,
    Type,
    List(Box<Kind>),
    Map(Box<Kind>, Box<Kind>),
    Optional(Box<Kind>),
    /// An object with fields.
    Object(Box<Fields>),
}

/// The fields of an object.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Structure,
    /// Whether the object has a version, a kind and metadata.
    pub(crate) rooted: bool,
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.schema.properties.keys().eq(other.schema.properties.keys())
    }
}

impl Kind {
    /// Returns the type of values of a schema; nothing when expressions do not see them.
    pub(crate) fn of(schema: &Structure, rooted: bool) -> Option<Self> {
        if schema.int_or_string {
            return Some(Self::Dyn);
        }
        let rooted = rooted || schema.embedded;
        Some(match (schema.kind.as_str(), schema.format.as_str()) {
            ("object", _) => match &schema.values {
                Values::Of(of) => Self::Map(Box::new(Self::Text), Box::new(Self::of(of, false)?)),
                Values::Allowed(true) if schema.properties.is_empty() => {
                    Self::Map(Box::new(Self::Text), Box::new(Self::Dyn))
                }
                _ => Self::Object(Box::new(Fields { schema: schema.clone(), rooted })),
            },
            ("array", _) => Self::List(Box::new(Self::of(schema.items.as_deref()?, false)?)),
            ("string", "date" | "date-time") => Self::Time,
            ("string", "duration") => Self::Duration,
            ("string", "byte") => Self::Bytes,
            ("string", _) => Self::Text,
            ("integer", _) => Self::Int,
            ("number", _) => Self::Double,
            ("boolean", _) => Self::Bool,
            _ => return None,
        })
    }

    /// Returns the type of a field of an object.
    pub(crate) fn field(&self, name: &str) -> Option<Self> {
        let Self::Object(fields) = self else { return None };
        for (known, schema) in &fields.schema.properties {
            let meta = fields.rooted && known == "metadata";
            if !meta && super::escape(known).as_deref() == Some(name) {
                return Self::of(schema, false);
            }
        }
        if !fields.rooted {
            return None;
        }
        match name {
            "apiVersion" | "kind" => Some(Self::Text),
            "metadata" => {
                let text = Structure { kind: "string".to_owned(), ..Structure::default() };
                let properties =
                    ["name", "generateName"].map(|name| (name.to_owned(), text.clone()));
                let schema = Structure {
                    kind: "object".to_owned(),
                    properties: properties.into_iter().collect(),
                    ..Structure::default()
                };
                Some(Self::Object(Box::new(Fields { schema, rooted: false })))
            }
            _ => None,
        }
    }

    /// Whether a value of one type can stand where the other is wanted.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, _)
            | (_, Self::Dyn)
            | (Self::Null, Self::Object(_) | Self::Time | Self::Duration | Self::Optional(_))
            | (Self::Object(_) | Self::Time | Self::Duration | Self::Optional(_), Self::Null) => {
                true
            }
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => a.fits(b),
            (Self::Map(a, x), Self::Map(b, y)) => a.fits(b) && x.fits(y),
            (a, b) => a == b,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => out.write_str("dyn"),
            Self::Null => out.write_str("null"),
            Self::Bool => out.write_str("bool"),
            Self::Int => out.write_str("int"),
            Self::Uint => out.write_str("uint"),
            Self::Double => out.write_str("double"),
            Self::Text => out.write_str("string"),
            Self::Bytes => out.write_str("bytes"),
            Self::Time => out.write_str("google.protobuf.Timestamp"),
            Self::Duration => out.write_str("google.protobuf.Duration"),
            Self::Type => out.write_str("type"),
            Self::List(of) => write!(out, "list({of})"),
            Self::Map(key, of) => write!(out, "map({key}, {of})"),
            Self::Optional(of) => write!(out, "optional_type({of})"),
            Self::Object(_) => out.write_str("object"),
        }
    }
}
