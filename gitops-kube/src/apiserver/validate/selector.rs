//! The rules of label selectors.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    metadata, names,
};

/// Checks a selector of labels.
pub(super) fn check(selector: &Value, path: &str, out: &mut Vec<Problem>) {
    metadata::labels(selector.get("matchLabels"), &format!("{path}.matchLabels"), out);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for (index, expression) in expressions.into_iter().flatten().enumerate() {
        check_expression(expression, &format!("{path}.matchExpressions[{index}]"), out);
    }
}

fn check_expression(expression: &Value, path: &str, out: &mut Vec<Problem>) {
    let values = expression.get("values").and_then(Value::as_array);
    let count = values.map_or(0, Vec::len);
    match text(expression, "/operator") {
        "In" | "NotIn" => {
            if count == 0 {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                out.push(Problem::required(format!("{path}.values"), detail));
            }
        }
        "Exists" | "DoesNotExist" => {
            if 0 < count {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                out.push(Problem::forbidden(format!("{path}.values"), detail));
            }
        }
        other => {
            let detail = "not a valid selector operator";
            out.push(Problem::invalid(format!("{path}.operator"), &json!(other), detail));
        }
    }
    let key = text(expression, "/key");
    for problem in names::qualified(key) {
        out.push(Problem::invalid(format!("{path}.key"), &json!(key), &problem));
    }
    for (index, value) in values.into_iter().flatten().enumerate() {
        for problem in names::label_value(value.as_str().unwrap_or_default()) {
            out.push(Problem::invalid(format!("{path}.values[{index}]"), value, &problem));
        }
    }
}
