//! The defaults of a schema: they must be valid themselves.

use serde_json::Value;

use super::{
    super::super::status::Problem,
    super::{embedded, prune, rules, structure::Structure, value},
};

/// Checks every default of a schema.
pub(super) fn check(schema: &Structure, path: &str, out: &mut Vec<Problem>) {
    walk(schema, true, false, path, out);
}

fn walk(schema: &Structure, root: bool, in_metadata: bool, path: &str, out: &mut Vec<Problem>) {
    if let Some(default) = &schema.default {
        one(schema, default, in_metadata, &format!("{path}.default"), out);
    }
    let embedded = root || schema.embedded;
    let in_metadata = in_metadata && !embedded;
    if let Some(items) = &schema.items {
        walk(items, false, in_metadata, &format!("{path}.items"), out);
    }
    for (name, below) in &schema.properties {
        let envelope = embedded && matches!(name.as_str(), "metadata" | "apiVersion" | "kind");
        let at = format!("{path}.properties[{name}]");
        walk(below, false, in_metadata || envelope, &at, out);
    }
}

fn one(schema: &Structure, default: &Value, in_metadata: bool, path: &str, out: &mut Vec<Problem>) {
    if !in_metadata {
        let mut pruned = default.clone();
        prune::value(&mut pruned, schema);
        if pruned != *default {
            out.push(Problem::invalid(path, default, "must not have unknown fields"));
        }
        let before = out.len();
        embedded::check(default, schema, path, out);
        if out.len() != before {
            return;
        }
    }
    let found = value::check(default, schema, None, path);
    if found.is_empty() {
        out.extend(rules::check(default, schema, None, path));
    }
    out.extend(found);
}
