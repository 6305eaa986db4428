//! Paths that must lead to a field of a schema.

use serde_json::{Value, json};

use super::super::super::{status::Problem, world::text};

/// How many fields of a version may be selected by.
pub(crate) const SELECTABLE_FIELDS_MAX: usize = 8;

/// Checks the fields by which objects may be selected.
pub(super) fn selectable(fields: &[Value], schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let mut seen: Vec<String> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{path}[{index}].jsonPath");
        let json_path = text(field, "/jsonPath");
        if json_path.is_empty() {
            out.push(Problem::required(at, ""));
            continue;
        }
        let (found, schema) = match find(json_path, schema, false) {
            Ok(found) => found,
            Err(cause) => {
                let detail = format!("is an invalid path: {cause}");
                out.push(Problem::invalid(at, &json!(json_path), &detail));
                continue;
            }
        };
        if found == "metadata" || found.starts_with("metadata.") {
            let detail = "must not point to fields in metadata";
            out.push(Problem::invalid(&at, &json!(json_path), detail));
        }
        if !matches!(text(schema, "/type"), "string" | "boolean" | "integer") {
            let detail = "must point to a field of type string, boolean or integer. Enum string \
                          fields and strings with formats are allowed.";
            out.push(Problem::invalid(&at, &json!(json_path), detail));
        }
        if seen.contains(&found) {
            out.push(Problem::duplicate(&at, &json!(json_path)));
        } else {
            seen.push(found);
        }
    }
    if SELECTABLE_FIELDS_MAX < seen.len() {
        out.push(Problem::too_many(path, seen.len(), SELECTABLE_FIELDS_MAX as u64));
    }
}

/// Follows a path of fields and keys into a schema.
///
/// # Errors
///
/// Why the path leads nowhere.
pub(crate) fn find<'s>(
    path: &str,
    schema: &'s Value,
    arrays: bool,
) -> Result<(String, &'s Value), String> {
    let mut at = schema;
    let mut out = String::new();
    let mut tokens = tokens(path).into_iter();
    while let Some(token) = tokens.next() {
        let key;
        match token.as_str() {
            "[" if !arrays => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let token = tokens.next().ok_or("unexpected end of JSON path")?;
                let inner = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let inner = inner.filter(|_| 2 <= token.len());
                key = inner
                    .ok_or_else(|| format!("expected single quoted string but got {token}"))?
                    .replace("\\'", "'")
                    .replace("\\\\", "\\");
                at = step(at, &key, &mut out)?;
                match tokens.next() {
                    None => return Err("unexpected end of JSON path".to_owned()),
                    Some(token) if token != "]" => {
                        return Err(format!("expected ] but got {token}"));
                    }
                    Some(_) => {}
                }
            }
            "." => {
                key = tokens.next().ok_or("unexpected end of JSON path")?;
                at = step(at, &key, &mut out)?;
            }
            other => return Err(format!("expected [ or . but got: {other}")),
        }
    }
    Ok((out, at))
}

fn step<'s>(schema: &'s Value, name: &str, out: &mut String) -> Result<&'s Value, String> {
    let nowhere = || "does not refer to a valid field".to_owned();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(name);
        return properties.get(name).ok_or_else(nowhere);
    }
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    out.push('[');
    out.push_str(name);
    out.push(']');
    values.ok_or_else(nowhere)
}

/// Splits a path at its dots and brackets, which are tokens themselves.
fn tokens(path: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut within = false;
    let mut before = ' ';
    for c in path.chars() {
        if within {
            word.push(c);
            if c == '\'' && before != '\\' {
                within = false;
                out.push(std::mem::take(&mut word));
            }
        } else if matches!(c, '.' | '[' | ']') {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            out.push(c.to_string());
        } else {
            within = c == '\'' && word.is_empty();
            word.push(c);
        }
        before = c;
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}
