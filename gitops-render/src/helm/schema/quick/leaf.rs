//! What can be told of one value without another schema.

use super::super::lean::Lean;
use crate::helm::value::{Seen, Shape};

/// What is known about a value and a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Met,
    /// It is of the wrong type, or none of the values that are allowed.
    Missed,
    /// Only a whole check can tell.
    Open,
}

pub(super) fn open_if(open: bool) -> Verdict {
    if open { Verdict::Open } else { Verdict::Met }
}

/// Whether a value of this kind is of one of these types.
pub(super) fn is_of_type(types: &Lean<'_>, kind: &str) -> Verdict {
    const KINDS: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];
    let types = match types {
        Lean::List(types) => types.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_known = |name: &Lean<'_>| name.as_str().is_some_and(|name| KINDS.contains(&name));
    if types.is_empty() || !types.iter().all(is_known) {
        return Verdict::Open;
    }
    let fits = |name: &str| name == kind || (name == "number" && kind == "integer");
    match types.iter().filter_map(Lean::as_str).any(fits) {
        true => Verdict::Met,
        false => Verdict::Missed,
    }
}

/// Whether a value that is no collection and no number is one of these.
pub(super) fn is_one_of(wanted: &[Lean<'_>], shape: &Shape<'_>) -> Verdict {
    let is = |wanted: &Lean<'_>| match (wanted, shape) {
        (Lean::Null, Shape::Null) => true,
        (Lean::Bool(wanted), Shape::Bool(value)) => wanted == value,
        (Lean::Text(wanted), Shape::Text(text)) => wanted.as_bytes() == &***text,
        _ => false,
    };
    if wanted.iter().any(is) {
        return Verdict::Met;
    }
    match shape {
        Shape::Null | Shape::Bool(_) | Shape::Text(_) => Verdict::Missed,
        _ => Verdict::Open,
    }
}

/// Whether a list is one of texts, each another one.
pub(super) fn are_different(list: Seen<'_>) -> bool {
    let text = |item: Seen<'_>| match item.shape() {
        Shape::Text(text) => Some(text.clone()),
        _ => None,
    };
    let Some(mut texts) = list.items().map(text).collect::<Option<Vec<_>>>() else { return false };
    texts.sort();
    texts.is_sorted_by(|a, b| a < b)
}
