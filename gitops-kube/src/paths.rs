//! Field paths as people read them: `spec.containers[name=app].image`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A path that grows and shrinks as a value is walked.
#[derive(Debug, Default)]
pub(crate) struct FieldPath {
    text: String,
}

impl FieldPath {
    /// Steps into the field `key` and returns the mark to step back to.
    pub(crate) fn field(&mut self, key: &str) -> usize {
        let mark = self.text.len();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '$';
        if key.is_empty() || !key.chars().all(plain) {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "[{}]", Value::from(key));
        } else {
            if mark != 0 {
                self.text.push('.');
            }
            self.text.push_str(key);
        }
        mark
    }

    /// Steps into the list item with these keys.
    pub(crate) fn item(&mut self, keys: &Map<String, Value>) -> usize {
        let mark = self.text.len();
        for (at, (key, value)) in keys.iter().enumerate() {
            self.text.push(if at == 0 { '[' } else { ',' });
            self.text.push_str(key);
            self.text.push('=');
            self.scalar(value);
        }
        self.text.push(']');
        mark
    }

    /// Steps into the item `value` of a list that is a set.
    pub(crate) fn member(&mut self, value: &Value) -> usize {
        let mark = self.text.len();
        self.text.push_str("[=");
        self.scalar(value);
        self.text.push(']');
        mark
    }

    /// Steps into the list item at `index`, which is written as it stands.
    fn index(&mut self, index: &str) {
        let _ = write!(self.text, "[{index}]");
    }

    /// Steps back to `mark`.
    pub(crate) fn back(&mut self, mark: usize) {
        self.text.truncate(mark);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    fn scalar(&mut self, value: &Value) {
        match value {
            Value::String(text)
                if !text.is_empty() && !text.contains(['[', ']', ',', '=', '"', ' ']) =>
            {
                self.text.push_str(text);
            }
            other => {
                let _ = write!(self.text, "{other}");
            }
        }
    }
}

/// Rewrites a path of the server, such as `.metadata.labels.app.kubernetes.io/name`, as the path
/// of `desired` it means.
///
/// The server quotes no keys, so that only the object tells where a key ends.
pub(crate) fn from_server(text: &str, desired: &Value) -> String {
    let mut path = FieldPath::default();
    let mut at = Some(desired);
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(item) = rest.strip_prefix('[') {
            let Some((selector, after)) = selector(item) else {
                break;
            };
            at = step_into_item(&mut path, selector, at);
            rest = after;
            continue;
        }
        let named = rest.strip_prefix('.').unwrap_or(rest);
        let key = longest_key(named, at)
            .unwrap_or_else(|| &named[..named.find(['.', '[']).unwrap_or(named.len())]);
        path.field(key);
        at = at.and_then(|at| at.get(key));
        rest = &named[key.len()..];
        if key.is_empty() && rest.len() == text.len() {
            break;
        }
    }
    path.text
}

fn longest_key<'a>(named: &'a str, at: Option<&Value>) -> Option<&'a str> {
    let ends = |key: &str| {
        let after = named.strip_prefix(key)?;
        (after.is_empty() || after.starts_with(['.', '['])).then_some(key.len())
    };
    let keys = at?.as_object()?.keys();
    let len = keys.filter(|key| !key.is_empty()).filter_map(|key| ends(key)).max()?;
    Some(&named[..len])
}

// Splits `name="a]b"].image` behind the closing bracket.
fn selector(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn step_into_item<'a>(
    path: &mut FieldPath,
    selector: &str,
    at: Option<&'a Value>,
) -> Option<&'a Value> {
    if let Some(member) = selector.strip_prefix('=') {
        let value = serde_json::from_str(member).unwrap_or_else(|_| Value::from(member));
        path.member(&value);
        return None;
    }
    let Some(keys) = selector_keys(selector) else {
        path.index(selector);
        return at?.get(selector.parse::<usize>().ok()?);
    };
    path.item(&keys);
    item_with(at?.as_array()?, &keys)
}

fn selector_keys(selector: &str) -> Option<Map<String, Value>> {
    let mut keys = Map::new();
    let mut rest = selector;
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=')?;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        let parsed = values.next()?.ok()?;
        keys.insert(key.to_owned(), parsed);
        rest = value[values.byte_offset()..].trim_start_matches(',');
    }
    (!keys.is_empty()).then_some(keys)
}

/// Returns the item of `list` that has all of `keys`. A key that the item leaves out counts as
/// equal, for the server may have filled it in.
pub(crate) fn item_with<'a>(list: &'a [Value], keys: &Map<String, Value>) -> Option<&'a Value> {
    let exact = |item: &&Value| {
        keys.iter().all(|(key, value)| item.get(key).is_some_and(|own| own == value))
    };
    let open = |item: &&Value| {
        let mut own = keys.iter().filter_map(|(key, value)| Some((item.get(key)?, value)));
        item.is_object() && own.clone().next().is_some() && own.all(|(own, value)| own == value)
    };
    list.iter().find(exact).or_else(|| list.iter().find(open))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn server_paths_are_read_with_the_object_at_hand() {
        let desired = json!({
            "metadata": { "labels": { "app.kubernetes.io/name": "a", "app": "b" } },
            "spec": { "containers": [{ "name": "a]b", "image": "i" }], "ports": [{ "port": 80 }] },
        });
        let check = |text: &str, expected: &str| assert_eq!(from_server(text, &desired), expected);
        check(
            ".metadata.labels.app.kubernetes.io/name",
            r#"metadata.labels["app.kubernetes.io/name"]"#,
        );
        check(".metadata.labels.app", "metadata.labels.app");
        check(r#".spec.containers[name="a]b"].image"#, r#"spec.containers[name="a]b"].image"#);
        check(
            r#".spec.ports[port=80,protocol="TCP"].port"#,
            "spec.ports[port=80,protocol=TCP].port",
        );
        check(r#".metadata.finalizers[="x/y"]"#, "metadata.finalizers[=x/y]");
        check(".spec.list[0].a", "spec.list[0].a");
        check("", "");
        check("..", r#"[""][""]"#);
        check(".spec.broken[name=", "spec.broken");
    }
}
