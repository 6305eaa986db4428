//! Who owns which fields, as `metadata.managedFields` tells.

use serde_json::{Map, Value};

/// The fields of one manager, or of one part of an object, in the server's notation: `f:` before
/// fields, `k:` before the keys of list items, `v:` before members of sets.
pub(crate) type Fields = Map<String, Value>;

/// How many items of one list are told apart; a longer list is compared as one value.
pub const LIST_ITEMS_MAX: usize = 1_000;

/// One entry of the managed fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) manager: &'a str,
    pub(crate) applied: bool,
    pub(crate) api_version: &'a str,
    pub(crate) fields: &'a Fields,
}

/// Returns the entries of `object`.
pub(crate) fn entries(object: &Value) -> Vec<Entry<'_>> {
    let list = object.get("metadata").and_then(|metadata| metadata.get("managedFields"));
    let read = |entry| Entry::read(entry);
    list.and_then(Value::as_array).into_iter().flatten().filter_map(read).collect()
}

/// Returns what `manager` owns because it applied it, and in which version; `None` when it never
/// did.
pub(crate) fn applied_by<'a>(object: &'a Value, manager: &str) -> Option<Entry<'a>> {
    entries(object).into_iter().find(|entry| entry.applied && entry.manager == manager)
}

impl<'a> Entry<'a> {
    fn read(entry: &'a Value) -> Option<Self> {
        let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let subresource = text("subresource");
        Some(Self {
            manager: text("manager"),
            applied: text("operation") == "Apply" && subresource.is_empty(),
            api_version: text("apiVersion"),
            fields: entry.get("fieldsV1")?.as_object()?,
        })
    }
}

/// How the items of a list are told apart.
#[derive(Debug, PartialEq)]
pub(crate) enum ListShape {
    /// By these keys.
    Keyed(Vec<String>),
    /// By their value: the list is a set.
    Set,
    /// Not at all: the list is one value.
    Atomic,
}

/// Returns the shape of the list whose ownership is `nodes`.
pub(crate) fn list_shape<'a>(nodes: impl Iterator<Item = &'a Fields>) -> ListShape {
    for name in nodes.flat_map(Map::keys) {
        if let Some(keys) = item_keys(name) {
            return ListShape::Keyed(keys.into_iter().map(|(key, _)| key).collect());
        }
        if name.starts_with("v:") {
            return ListShape::Set;
        }
    }
    ListShape::Atomic
}

/// Reads `k:{"name":"app"}`.
pub(crate) fn item_keys(name: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(name.strip_prefix("k:")?).ok()
}

/// Reads `v:"a"`.
pub(crate) fn set_member(name: &str) -> Option<Value> {
    serde_json::from_str(name.strip_prefix("v:")?).ok()
}

/// Returns how many parts `fields` has; none means that what is here is owned whole.
pub(crate) fn parts(fields: &Fields) -> usize {
    fields.len() - usize::from(fields.contains_key("."))
}

/// Returns the part of `fields` below the field `key`.
pub(crate) fn field<'a>(fields: &'a Fields, key: &str) -> Option<&'a Fields> {
    fields.get(&format!("f:{key}"))?.as_object()
}

/// Returns the part of `fields` below the list item with `keys`.
pub(crate) fn item<'a>(fields: &'a Fields, keys: &Map<String, Value>) -> Option<&'a Fields> {
    // As the server writes it, unless it escapes what need not be escaped.
    let text = serde_json::to_string(keys).ok()?;
    if let Some(found) = fields.get(&format!("k:{text}")) {
        return found.as_object();
    }
    let found = fields.iter().find(|(name, _)| item_keys(name).as_ref() == Some(keys));
    found?.1.as_object()
}

/// Returns the part of `fields` below the member `value` of a set.
pub(crate) fn member<'a>(fields: &'a Fields, value: &Value) -> Option<&'a Fields> {
    if let Some(found) = fields.get(&format!("v:{value}")) {
        return found.as_object();
    }
    let is = |name: &str| set_member(name).as_ref() == Some(value);
    fields.iter().find(|(name, _)| is(name))?.1.as_object()
}
