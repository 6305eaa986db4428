//! Objects as answers show them: as text, which is written once and sent as often as asked for, and as trees.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::{held::Held, kinds::Kind, managed::Managed};

/// How deep an object may be to be read back from its text; deeper ones are held as trees.
pub(crate) const TEXT_DEPTH_MAX: usize = 100;

/// An object as JSON text, with a line break at the end.
#[derive(Clone, Debug)]
pub(crate) struct Json {
    bytes: Bytes,
    /// Where what comes after `apiVersion` and `kind` begins.
    rest: usize,
    deep: bool,
}

impl Json {
    /// Writes an object: `apiVersion` and `kind` first.
    pub(crate) fn of(object: &Value) -> Self {
        Self::of_parts(object, &Managed::default())
    }

    /// Writes an object with its managers in its metadata.
    pub(crate) fn of_parts(object: &Value, managed: &Managed) -> Self {
        const FIRST: [&str; 2] = ["apiVersion", "kind"];
        let mut out = Vec::with_capacity(1024);
        let Value::Object(map) = object else {
            let depth = write(&mut out, object, 0);
            return Self::finish(out, 0, depth);
        };
        let mut depth = 1;
        out.push(b'{');
        for name in FIRST {
            if let Some(value) = map.get(name) {
                depth = depth.max(field(&mut out, name, value, 1));
            }
        }
        let rest = out.len();
        for (name, value) in map.iter().filter(|(name, _)| !FIRST.contains(&name.as_str())) {
            depth = depth.max(field(&mut out, name, value, 1));
            if name == "metadata" && !managed.owners.is_empty() && out.last() == Some(&b'}') {
                out.pop();
                name_of(&mut out, "managedFields");
                depth = depth.max(managed.write_text(&mut out, 2));
                out.push(b'}');
            }
        }
        out.push(b'}');
        Self::finish(out, rest, depth)
    }

    fn finish(mut out: Vec<u8>, rest: usize, depth: usize) -> Self {
        out.push(b'\n');
        Self { bytes: out.into_boxed_slice().into(), rest, deep: TEXT_DEPTH_MAX < depth }
    }

    /// Writes a list of objects after the fields that `head` has; built-in kinds are not named again in it.
    pub(crate) fn of_list(head: &Value, items: &[Self], typed: bool) -> Self {
        let length: usize = items.iter().map(|item| item.bytes.len()).sum();
        let mut out = Vec::with_capacity(length + 256);
        let head = Self::of(head);
        out.extend_from_slice(head.line().strip_suffix(b"}").unwrap_or_default());
        out.extend_from_slice(br#","items":["#);
        for (index, item) in items.iter().enumerate() {
            if 0 < index {
                out.push(b',');
            }
            if typed {
                out.extend_from_slice(item.line());
            } else {
                item.write_untyped(&mut out);
            }
        }
        out.push(b']');
        out.push(b'}');
        let deep = items.iter().any(|item| item.deep);
        Self { deep, ..Self::finish(out, 0, 0) }
    }

    /// Whether the text cannot be read back.
    pub(crate) fn is_deep(&self) -> bool {
        self.deep
    }

    /// Returns the text.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the text without the line break.
    pub(crate) fn line(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes)
    }

    /// Writes the object without `apiVersion` and `kind`, as the lists of built-in kinds have it.
    pub(crate) fn write_untyped(&self, out: &mut Vec<u8>) {
        let line = self.line();
        let rest = line.get(self.rest..).unwrap_or_default();
        if self.rest == 0 {
            out.extend_from_slice(line);
            return;
        }
        out.push(b'{');
        // What follows other fields begins with a comma.
        out.extend_from_slice(rest.strip_prefix(b",").unwrap_or(rest));
    }

    /// Whether the object is written in a version.
    pub(crate) fn is_in(&self, api_version: &str) -> bool {
        let said = self.bytes.strip_prefix(br#"{"apiVersion":""#);
        let rest = said.and_then(|said| said.strip_prefix(api_version.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"\""))
    }

    /// Reads the text.
    pub(crate) fn parse(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("what was written as JSON is read as JSON")
    }
}

/// Writes one field, and a comma where it is not the first; the answer is the depth below.
fn field(out: &mut Vec<u8>, name: &str, value: &Value, depth: usize) -> usize {
    name_of(out, name);
    write(out, value, depth)
}

/// Writes the name of a field, and a comma where it is not the first.
pub(super) fn name_of(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    string(out, name);
    out.push(b':');
}

/// Writes a value at a depth; the answer is how deep it gets.
fn write(out: &mut Vec<u8>, value: &Value, depth: usize) -> usize {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::String(text) => string(out, text),
        Value::Number(_) => serde_json::to_writer(out, value).expect("numbers are JSON"),
        Value::Array(items) => {
            let mut deepest = depth + 1;
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if 0 < index {
                    out.push(b',');
                }
                deepest = deepest.max(write(out, item, depth + 1));
            }
            out.push(b']');
            return deepest;
        }
        Value::Object(map) => {
            let mut deepest = depth + 1;
            out.push(b'{');
            for (name, value) in map {
                deepest = deepest.max(field(out, name, value, depth + 1));
            }
            out.push(b'}');
            return deepest;
        }
    }
    depth
}

pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("text is JSON");
}

/// An object for an answer.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Tree(Arc<Value>),
    Text(Json),
    Held(Arc<Held>),
}

impl Shown {
    /// Returns the whole object as a tree.
    pub(crate) fn tree(&self) -> Arc<Value> {
        match self {
            Self::Tree(tree) => Arc::clone(tree),
            Self::Text(json) => Arc::new(json.parse()),
            Self::Held(held) => Arc::new(held.whole()),
        }
    }

    /// Returns the whole object as text.
    pub(crate) fn json(&self) -> Json {
        match self {
            Self::Tree(tree) => Json::of(tree),
            Self::Text(json) => json.clone(),
            Self::Held(held) => held.json.clone(),
        }
    }

    /// Returns the object as the version of `kind` shows it.
    pub(crate) fn in_version(self, kind: &Kind) -> Self {
        let version = kind.api_version();
        let same = match &self {
            Self::Tree(tree) => tree.get("apiVersion").is_some_and(|said| *said == *version),
            Self::Text(json) => json.is_in(&version),
            Self::Held(held) => held.json.is_in(&version),
        };
        if same {
            return self;
        }
        let mut object = Arc::unwrap_or_clone(self.tree());
        object["apiVersion"] = version.into();
        Self::from(object)
    }
}

impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        Self::Tree(Arc::new(value))
    }
}

impl From<Arc<Value>> for Shown {
    fn from(tree: Arc<Value>) -> Self {
        Self::Tree(tree)
    }
}

impl From<Arc<Held>> for Shown {
    fn from(held: Arc<Held>) -> Self {
        Self::Held(held)
    }
}

impl From<Json> for Shown {
    fn from(json: Json) -> Self {
        Self::Text(json)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Json, TEXT_DEPTH_MAX};

    fn shown(value: &Value) -> String {
        String::from_utf8_lossy(Json::of(value).bytes()).into_owned()
    }

    fn untyped(value: &Value) -> String {
        let mut out = Vec::new();
        Json::of(value).write_untyped(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn an_object_says_first_what_it_is() {
        let map =
            json!({ "a": [1, {}, "\u{1}é\"", null, true, 1.5], "kind": "K", "apiVersion": "v1" });
        assert_eq!(
            shown(&map),
            "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"a\":[1,{},\"\\u0001é\\\"\",null,true,1.5]}\n"
        );
        assert_eq!(untyped(&map), "{\"a\":[1,{},\"\\u0001é\\\"\",null,true,1.5]}");
        assert_eq!(Json::of(&map).parse(), map);
        assert!(Json::of(&map).is_in("v1") && !Json::of(&map).is_in("v"));
        assert_eq!(shown(&json!({ "kind": "K" })), "{\"kind\":\"K\"}\n");
        assert_eq!(untyped(&json!({ "kind": "K", "apiVersion": "v1" })), "{}");
        assert_eq!(untyped(&json!({ "b": 1 })), "{\"b\":1}");
        assert_eq!(shown(&json!(["x"])), "[\"x\"]\n");
    }

    #[test]
    fn a_list_is_what_is_in_it() {
        let items = [json!({ "apiVersion": "v1", "kind": "K", "a": 1 }), json!({ "b": 2 })];
        let items: Vec<Json> = items.iter().map(Json::of).collect();
        let head = json!({ "apiVersion": "v1", "kind": "KList", "metadata": {} });
        let list = |items: &[Json], typed| Json::of_list(&head, items, typed).parse();
        assert_eq!(list(&items, false)["items"], json!([{ "a": 1 }, { "b": 2 }]));
        assert_eq!(list(&items, true)["items"][0]["kind"], "K");
        assert_eq!(list(&[], true)["items"], json!([]));
        assert_eq!(list(&[], true)["kind"], "KList");
    }

    #[test]
    fn what_is_deeper_than_the_limit_is_not_read_back() {
        let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({ "a": inner }));
        assert!(!Json::of(&nested(TEXT_DEPTH_MAX)).is_deep());
        assert!(Json::of(&nested(TEXT_DEPTH_MAX + 1)).is_deep());
    }
}
