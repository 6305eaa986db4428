//! `Status` answers: why a request was refused, in the server's own words.

use serde_json::{Map, Value, json};

/// A refused request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
    /// Metadata of the answer, where it has any.
    pub(crate) metadata: Option<Value>,
}

/// The outcome of one step of a request.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Which resource, and which object of it, a failure speaks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) group: &'a str,
    /// The plural of the resource, or the kind where an object is invalid.
    pub(crate) resource: &'a str,
    pub(crate) name: &'a str,
}

impl About<'_> {
    fn qualified(&self) -> String {
        match self.group {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        for (key, text) in [("group", self.group), ("kind", self.resource), ("name", self.name)] {
            if !text.is_empty() {
                details.insert(key.to_owned(), text.into());
            }
        }
        details
    }
}

impl Failure {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, metadata: None }
    }

    fn about(code: u16, reason: &'static str, message: String, about: About<'_>) -> Self {
        let details = Some(Value::Object(about.details()));
        Self { code, reason, message, details, metadata: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An error inside the server: it has no reason.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    pub(crate) fn not_found(about: About<'_>) -> Self {
        let message = format!("{} \"{}\" not found", about.qualified(), about.name);
        Self::about(404, "NotFound", message, about)
    }

    /// No such path.
    pub(crate) fn no_resource() -> Self {
        let mut failure =
            Self::new(404, "NotFound", "the server could not find the requested resource");
        failure.details = Some(json!({}));
        failure
    }

    pub(crate) fn method_not_allowed() -> Self {
        let mut failure = Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        );
        failure.details = Some(json!({}));
        failure
    }

    pub(crate) fn already_exists(about: About<'_>) -> Self {
        let message = format!("{} \"{}\" already exists", about.qualified(), about.name);
        Self::about(409, "AlreadyExists", message, about)
    }

    pub(crate) fn conflict(about: About<'_>, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": {why}",
            about.qualified(),
            about.name
        );
        Self::about(409, "Conflict", message, about)
    }

    /// The object was written since the request's resourceVersion.
    pub(crate) fn modified(about: About<'_>) -> Self {
        Self::conflict(
            about,
            "the object has been modified; please apply your changes to the latest version and \
             try again",
        )
    }

    pub(crate) fn forbidden(about: About<'_>, why: &str) -> Self {
        let message = match about.name {
            "" => format!("{} is forbidden: {why}", about.qualified()),
            name => format!("{} \"{name}\" is forbidden: {why}", about.qualified()),
        };
        Self::about(403, "Forbidden", message, about)
    }

    /// A body that none of the accepted types fits.
    pub(crate) fn unsupported_type(accepted: &str) -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 {accepted}"
            ),
        )
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The patch does not fit the object.
    pub(crate) fn unprocessable() -> Self {
        let mut failure = Self::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        );
        failure.details = Some(json!({}));
        failure
    }

    /// The object breaks rules; `about.resource` is the kind here.
    pub(crate) fn invalid(about: About<'_>, problems: &[Problem]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for text in problems.iter().map(Problem::text) {
            // What is said twice is said once, though both causes stand below.
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let list = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{}\" is invalid: {list}", about.qualified(), about.name);
        let mut failure = Self::about(422, "Invalid", message, about);
        let causes: Vec<Value> = problems.iter().map(Problem::cause).collect();
        if let Some(Value::Object(details)) = &mut failure.details {
            details.insert("causes".to_owned(), Value::Array(causes));
        }
        failure
    }

    /// The answer's body.
    pub(crate) fn to_value(&self) -> Value {
        let mut body = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata.clone().unwrap_or_else(|| json!({})),
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        });
        if let Value::Object(map) = &mut body {
            if !self.reason.is_empty() {
                map.insert("reason".to_owned(), self.reason.into());
            }
            if let Some(details) = &self.details {
                map.insert("details".to_owned(), details.clone());
            }
        }
        body
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) reason: &'static str,
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Problem {
    fn new(reason: &'static str, field: impl Into<String>, message: String) -> Self {
        Self { reason, field: field.into(), message }
    }

    /// A problem whose message is written already.
    pub(crate) fn said(reason: &'static str, field: impl Into<String>, message: String) -> Self {
        Self::new(reason, field, message)
    }

    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueRequired", field, with_detail("Required value", detail))
    }

    pub(crate) fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        let message = with_detail(&format!("Invalid value: {}", shown(value)), detail);
        Self::new("FieldValueInvalid", field, message)
    }

    /// A value that is too large to be shown.
    pub(crate) fn invalid_unshown(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, with_detail("Invalid value", detail))
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueForbidden", field, with_detail("Forbidden", detail))
    }

    pub(crate) fn not_found(field: impl Into<String>, value: &Value) -> Self {
        Self::new("FieldValueNotFound", field, format!("Not found: {}", shown(value)))
    }

    pub(crate) fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {}", shown(value)))
    }

    pub(crate) fn not_supported(field: impl Into<String>, value: &Value, valid: &[&str]) -> Self {
        let valid: Vec<String> = valid.iter().map(|text| quoted(text)).collect();
        let detail = match valid.as_slice() {
            [] => String::new(),
            valid => format!("supported values: {}", valid.join(", ")),
        };
        let message = with_detail(&format!("Unsupported value: {}", shown(value)), &detail);
        Self::new("FieldValueNotSupported", field, message)
    }

    pub(crate) fn type_invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        let message = with_detail(&format!("Invalid value: {}", shown(value)), detail);
        Self::new("FieldValueTypeInvalid", field, message)
    }

    pub(crate) fn too_many(field: impl Into<String>, found: usize, max: u64) -> Self {
        let noun = if max == 1 { "item" } else { "items" };
        let message = format!("Too many: {found}: must have at most {max} {noun}");
        Self::new("FieldValueTooMany", field, message)
    }

    pub(crate) fn too_long(field: impl Into<String>, max: usize) -> Self {
        let noun = if max == 1 { "byte" } else { "bytes" };
        let message = format!("Too long: may not be more than {max} {noun}");
        Self::new("FieldValueTooLong", field, message)
    }

    /// Whether this keeps rules in an expression language from being asked.
    pub(crate) fn blocks_rules(&self) -> bool {
        matches!(
            self.reason,
            "FieldValueNotSupported"
                | "FieldValueRequired"
                | "FieldValueTooLong"
                | "FieldValueTooMany"
                | "FieldValueTypeInvalid"
        )
    }

    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }

    fn cause(&self) -> Value {
        json!({ "reason": self.reason, "message": self.message, "field": self.field })
    }
}

fn with_detail(head: &str, detail: &str) -> String {
    if detail.is_empty() { head.to_owned() } else { format!("{head}: {detail}") }
}

/// Writes a value as messages show it: simple values as Go prints them, others as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(number) => number_text(number),
        other => {
            let text = other.to_string();
            text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
        }
    }
}

/// Writes a number as Go prints it.
pub(crate) fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// Writes a float as Go's `%v` does: large and small ones with an exponent of two digits.
pub(crate) fn float_text(float: f64) -> String {
    let size = float.abs();
    if float == 0.0 || (1e-4..1e21).contains(&size) {
        return format!("{float}");
    }
    let text = format!("{float:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Quotes a text as Go does.
pub(crate) fn quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            '\u{80}'..='\u{a0}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{feff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_go_shows_them() {
        for (value, text) in [
            (json!("a\"b\n\u{1}"), r#""a\"b\n\x01""#),
            (json!(1e21), "1e+21"),
            (json!(0.000_01), "1e-05"),
            (json!(1.5), "1.5"),
            (json!({"a": "<b>"}), r#"{"a":"\u003cb\u003e"}"#),
            (Value::Null, "null"),
        ] {
            assert_eq!(shown(&value), text);
        }
    }
}
