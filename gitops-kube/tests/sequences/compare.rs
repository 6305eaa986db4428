//! Answers in a form in which those of two servers can be compared.

use serde_json::{Map, Value};

/// What one server drew, in the order in which it was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    uids: Vec<String>,
    versions: Vec<String>,
}

impl Seen {
    /// Replaces what servers draw, and times, by marks.
    pub(crate) fn plain(&mut self, value: &Value, namespace: &str) -> Value {
        let mut value = value.clone();
        self.walk(&mut value);
        let mut text = value.to_string().replace(namespace, "{ns}");
        for (at, uid) in self.uids.iter().enumerate() {
            text = text.replace(uid, &format!("<uid:{at}>"));
        }
        serde_json::from_str(&text).unwrap()
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => {
                if items
                    .iter()
                    .any(|item| item.get("reason") == Some(&"FieldManagerConflict".into()))
                {
                    items.sort_by_key(Value::to_string);
                }
                for item in items {
                    self.walk(item);
                }
            }
            Value::Object(map) => self.walk_map(map),
            // What of a body does not fit its type is listed in random order, and not always whole.
            Value::String(text) if text.starts_with("failed to create typed patch object") => {
                let end = text.find("): ").unwrap_or(text.len());
                text.truncate(end);
            }
            // A message that shows a whole object shows what its server drew.
            Value::String(text) if text.contains("\\\"resourceVersion\\\":") => {
                let end = text.find('{').unwrap_or(text.len());
                text.truncate(end);
            }
            _ => {}
        }
    }

    fn walk_map(&mut self, map: &mut Map<String, Value>) {
        if let Some(Value::Array(entries)) = map.get_mut("managedFields") {
            let part = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("").to_owned();
            entries.sort_by_key(|entry| {
                ["manager", "operation", "subresource", "apiVersion"].map(|name| part(entry, name))
            });
        }
        for (name, value) in map.iter_mut() {
            match (name.as_str(), &*value) {
                ("uid", Value::String(uid)) if uid.len() == 36 => {
                    mark(&mut self.uids, uid);
                }
                ("resourceVersion", Value::String(version)) => {
                    *value = format!("<rv:{}>", mark(&mut self.versions, version)).into();
                }
                ("creationTimestamp" | "deletionTimestamp" | "time", Value::String(_)) => {
                    *value = "<time>".into();
                }
                ("clusterIP", Value::String(_)) => *value = "<ip>".into(),
                ("clusterIPs", Value::Array(_)) => *value = "<ips>".into(),
                ("nodePort", Value::Number(_)) => *value = "<port>".into(),
                _ => self.walk(value),
            }
        }
    }
}

fn mark(seen: &mut Vec<String>, text: &str) -> usize {
    seen.iter().position(|known| known == text).unwrap_or_else(|| {
        seen.push(text.to_owned());
        seen.len() - 1
    })
}
