//! The names that a definition asks for.

use serde_json::{Value, json};

use super::{
    super::super::{status::Problem, world::text},
    spec::label,
};

/// Complains of names that are missing.
pub(super) fn required(spec: &Value, out: &mut Vec<Problem>) {
    for name in ["plural", "singular", "kind", "listKind"] {
        if text(spec, &format!("/names/{name}")).is_empty() {
            out.push(Problem::required(format!("spec.names.{name}"), ""));
        }
    }
}

/// Checks the form of names.
pub(super) fn check(names: &Value, path: &str, out: &mut Vec<Problem>) {
    const MIXED: &str = "may have mixed case, but should otherwise match: ";
    for (name, prefix) in [("plural", ""), ("singular", ""), ("kind", MIXED), ("listKind", MIXED)] {
        let value = text(names, &format!("/{name}"));
        if !value.is_empty() {
            label(value, &format!("{path}.{name}"), prefix, out);
        }
    }
    let list = |name: &str, out: &mut Vec<Problem>| {
        let values = names.get(name).and_then(Value::as_array);
        for (index, value) in values.into_iter().flatten().enumerate() {
            label(value.as_str().unwrap_or_default(), &format!("{path}.{name}[{index}]"), "", out);
        }
    };
    list("shortNames", out);
    let (kind, list_kind) = (text(names, "/kind"), text(names, "/listKind"));
    if !kind.is_empty() && kind == list_kind {
        let detail = "kind and listKind may not be the same";
        out.push(Problem::invalid(format!("{path}.listKind"), &json!(list_kind), detail));
    }
    list("categories", out);
}
