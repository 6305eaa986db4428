//! Values as they are, sealed or not: who only looks need not make them a render's own.

use super::{Map, Sealed, SealedMap, Text, Value};

/// A value that somebody looks at.
#[derive(Clone, Copy)]
pub(in crate::helm) enum Seen<'v> {
    Own(&'v Value),
    Sealed(&'v Sealed),
}

/// A map that somebody looks at.
pub(in crate::helm) enum SeenMap<'v> {
    Own(&'v Map),
    Sealed(SealedMap),
}

/// What JSON knows of a value.
pub(in crate::helm) enum Shape<'v> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'v Text),
    List,
    Map(SeenMap<'v>),
    /// What is not of JSON.
    Strange,
}

impl<'v> Seen<'v> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are floating ones")]
    pub(in crate::helm) fn shape(self) -> Shape<'v> {
        match self {
            Self::Own(value) => match value {
                Value::Nil => Shape::Null,
                Value::Bool(value) => Shape::Bool(*value),
                Value::Int(value, _) => Shape::Number(*value as f64),
                Value::Float(value) if value.is_finite() => Shape::Number(*value),
                Value::Str(text) => Shape::Text(text),
                Value::List(_) => Shape::List,
                Value::Map(map) => Shape::Map(SeenMap::of(map)),
                Value::Uint(..) | Value::Float(_) | Value::Object(_) => Shape::Strange,
            },
            Self::Sealed(value) => match value {
                Sealed::Nil => Shape::Null,
                Sealed::Bool(value) => Shape::Bool(*value),
                Sealed::Float(value) if value.is_finite() => Shape::Number(*value),
                Sealed::Float(_) => Shape::Strange,
                Sealed::Text(text) => Shape::Text(text),
                Sealed::List(_) => Shape::List,
                Sealed::Map(map) => Shape::Map(SeenMap::Sealed(map.clone())),
            },
        }
    }

    /// Returns the items of a list.
    pub(in crate::helm) fn items(self) -> impl Iterator<Item = Seen<'v>> {
        let (own, sealed): (&[Value], &[Sealed]) = match self {
            Self::Own(Value::List(list)) => (list, &[]),
            Self::Sealed(Sealed::List(items)) => (&[], items),
            _ => (&[], &[]),
        };
        own.iter().map(Seen::Own).chain(sealed.iter().map(Seen::Sealed))
    }
}

impl<'v> SeenMap<'v> {
    pub(in crate::helm) fn of(map: &'v Map) -> Self {
        map.sealed().map_or(Self::Own(map), Self::Sealed)
    }

    pub(in crate::helm) fn contains(&self, key: &str) -> bool {
        match self {
            Self::Own(map) => map.contains(key),
            Self::Sealed(map) => map.get(key.as_bytes()).is_some(),
        }
    }

    /// Whether `holds` is true of every entry.
    pub(in crate::helm) fn all(&self, mut holds: impl FnMut(&Text, Seen<'_>) -> bool) -> bool {
        match self {
            Self::Own(map) => map.read().iter().all(|(key, value)| holds(key, Seen::Own(value))),
            Self::Sealed(map) => map.iter().all(|(key, value)| holds(key, Seen::Sealed(value))),
        }
    }
}
