//! Columns and subresources: paths into objects.

use serde_json::{Value, json};

use super::super::super::{status::Problem, world::text};

const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const FORMATS: [&str; 8] =
    ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/// Checks a column.
pub(super) fn check(column: &Value, path: &str, out: &mut Vec<Problem>) {
    if text(column, "/name").is_empty() {
        out.push(Problem::required(format!("{path}.name"), ""));
    }
    let must = format!("must be one of {}", TYPES.join(","));
    match text(column, "/type") {
        "" => out.push(Problem::required(format!("{path}.type"), &must)),
        kind if !TYPES.contains(&kind) => {
            out.push(Problem::invalid(format!("{path}.type"), &json!(kind), &must));
        }
        _ => {}
    }
    let format = text(column, "/format");
    if !format.is_empty() && !FORMATS.contains(&format) {
        let must = format!("must be one of {}", FORMATS.join(","));
        out.push(Problem::invalid(format!("{path}.format"), &json!(format), &must));
    }
    match text(column, "/jsonPath") {
        "" => out.push(Problem::required(format!("{path}.JSONPath"), "")),
        at => simple(at, &format!("{path}.JSONPath"), out),
    }
}

fn simple(value: &str, path: &str, out: &mut Vec<Problem>) {
    if !value.starts_with('.') {
        let detail = "must be a simple json path starting with .";
        out.push(Problem::invalid(path, &json!(value), detail));
    }
}

/// Checks the subresources of a version.
pub(super) fn subresources(subresources: &Value, path: &str, out: &mut Vec<Problem>) {
    let Some(scale) = subresources.get("scale").filter(|scale| scale.is_object()) else { return };
    for (name, under) in [("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")] {
        let at = format!("{path}.scale.{name}");
        let value = text(scale, &format!("/{name}"));
        if value.is_empty() {
            out.push(Problem::required(at, ""));
        } else if !value.starts_with('.') {
            simple(value, &at, out);
        } else if !value.starts_with(under) {
            let detail = format!("should be a json path under {}", under.trim_end_matches('.'));
            out.push(Problem::invalid(at, &json!(value), &detail));
        }
    }
    let value = text(scale, "/labelSelectorPath");
    let at = format!("{path}.scale.labelSelectorPath");
    if !value.is_empty() && !value.starts_with('.') {
        simple(value, &at, out);
    } else if !value.is_empty() && !value.starts_with(".spec.") && !value.starts_with(".status.") {
        let detail = "should be a json path under either .spec or .status";
        out.push(Problem::invalid(at, &json!(value), detail));
    }
}
