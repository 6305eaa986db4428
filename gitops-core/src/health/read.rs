//! The fields of an object, read as kstatus reads them.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::Profile;
use crate::Object;

/// The object, the rules and the time that health is a function of.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) object: &'a Object,
    pub(super) profile: Profile,
    pub(super) now: Timestamp,
}

/// One entry of `status.conditions`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// A field has a type that no server gives it.
#[derive(Clone, Debug)]
pub(super) struct WrongType {
    path: String,
    expected: &'static str,
}

pub(super) type Reading<T> = Result<T, WrongType>;

impl<'a> Seen<'a> {
    pub(super) fn is_strict(self) -> bool {
        match self.profile {
            Profile::Strict => true,
            Profile::Kstatus => false,
        }
    }

    /// Returns the value at a path such as `spec.replicas`.
    pub(super) fn get(self, path: &str) -> Option<&'a Value> {
        path.split('.').try_fold(self.object.value(), |value, key| value.get(key))
    }

    /// Returns the integer at `path`; another type counts as missing.
    pub(super) fn int(self, path: &str, default: i64) -> i64 {
        self.get(path).and_then(Value::as_i64).unwrap_or(default)
    }

    /// Returns the string at `path`; another type counts as missing.
    pub(super) fn text(self, path: &str, default: &'a str) -> &'a str {
        self.get(path).and_then(Value::as_str).unwrap_or(default)
    }

    /// Returns the integer at `path`, where a null is no integer and no absence either.
    pub(super) fn exact_int(self, path: &str) -> Reading<Option<i64>> {
        self.parents(path)?;
        match self.get(path) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(path, "an integer")),
        }
    }

    /// Returns the string at `path`, where a null is no string and no absence either.
    pub(super) fn exact_text(self, path: &str) -> Reading<Option<&'a str>> {
        self.parents(path)?;
        match self.get(path) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| wrong(path, "a string")),
        }
    }

    /// Returns the conditions, in the order in which they are listed.
    pub(super) fn conditions(self) -> Reading<Vec<Condition<'a>>> {
        self.parents("status.conditions")?;
        conditions(self.get("status.conditions").unwrap_or(&Value::Null), "status.conditions")
    }

    /// Returns the first condition of this kind.
    pub(super) fn condition(self, kind: &str) -> Reading<Option<Condition<'a>>> {
        Ok(self.conditions()?.into_iter().find(|condition| condition.kind == kind))
    }

    /// Returns how many seconds ago the object was created, if the server says when.
    pub(super) fn age_seconds(self) -> Option<i64> {
        let created: Timestamp = self.text("metadata.creationTimestamp", "").parse().ok()?;
        Some(self.now.duration_since(created).as_secs())
    }

    // What a path goes through has to be mappings, or not there.
    fn parents(self, path: &str) -> Reading<()> {
        for (end, _) in path.match_indices('.') {
            match self.get(&path[..end]) {
                None | Some(Value::Object(_) | Value::Null) => {}
                Some(_) => return Err(wrong(&path[..end], "a mapping")),
            }
        }
        Ok(())
    }
}

/// Reads a list of conditions; null is an empty one.
pub(super) fn conditions<'a>(value: &'a Value, path: &str) -> Reading<Vec<Condition<'a>>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().map(|item| condition(item, path)).collect(),
        _ => Err(wrong(path, "a list")),
    }
}

fn condition<'a>(item: &'a Value, path: &str) -> Reading<Condition<'a>> {
    let text = |key: &str| match item.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(wrong(&format!("{path}[].{key}"), "a string")),
    };
    match item {
        Value::Null => Ok(Condition::default()),
        Value::Object(_) => Ok(Condition {
            kind: text("type")?,
            status: text("status")?,
            reason: text("reason")?,
            message: text("message")?,
        }),
        _ => Err(wrong(&format!("{path}[]"), "a mapping")),
    }
}

pub(super) fn wrong(path: &str, expected: &'static str) -> WrongType {
    WrongType { path: path.to_owned(), expected }
}

impl Condition<'_> {
    pub(super) fn is(&self, kind: &str, status: &str) -> bool {
        self.kind == kind && self.status == status
    }

    /// Returns the message, or the reason where there is none.
    pub(super) fn why(&self) -> &str {
        if self.message.is_empty() { self.reason } else { self.message }
    }
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not {}", self.path, self.expected)
    }
}
