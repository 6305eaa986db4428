//! Reading one object, or a page of them.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    kinds::Kind,
    select::Selector,
    status::{Failure, Result},
    table,
    world::{Call, World},
};

/// Answers with one object.
pub(crate) fn get(world: &World, call: &Call<'_>) -> Result<Answer> {
    let object = find(world, call)?;
    let object = in_version(&object, &call.kind);
    if table::is_asked(call.request) {
        let version = object.pointer("/metadata/resourceVersion").cloned();
        let metadata = json!({ "resourceVersion": version });
        return Ok(table::answer(call, &[object], &metadata));
    }
    Ok(Answer::Object(200, object))
}

/// Returns the stored object a request names.
pub(crate) fn find(world: &World, call: &Call<'_>) -> Result<Arc<Value>> {
    let found = world.store.get(&call.kind.resource, &call.key()).cloned();
    found.ok_or_else(|| Failure::not_found(call.about()))
}

/// Returns an object as the version of `kind` shows it.
pub(crate) fn in_version(object: &Arc<Value>, kind: &Kind) -> Arc<Value> {
    let version = kind.api_version();
    if object.get("apiVersion").and_then(Value::as_str) == Some(version.as_str()) {
        return Arc::clone(object);
    }
    let mut object = (**object).clone();
    object["apiVersion"] = version.into();
    Arc::new(object)
}

/// Reads the selectors of a request.
pub(crate) fn selector(call: &Call<'_>) -> Result<Selector> {
    let param = |name| call.request.param(name).unwrap_or_default();
    let mut selector = Selector::new(param("labelSelector"), param("fieldSelector"))?;
    selector.check(&call.kind)?;
    Ok(selector)
}

/// Answers with the objects of a collection.
pub(crate) fn list(world: &World, call: &Call<'_>) -> Result<Answer> {
    check_version(call)?;
    let selector = selector(call)?;
    let limit = limit(call)?;
    let after = match call.request.param("continue").filter(|token| !token.is_empty()) {
        Some(token) => Some(Cursor::parse(token)?),
        None => None,
    };
    let version = after.as_ref().map_or(world.store.version(), |cursor| cursor.version);
    let namespace = Some(call.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let mut found = world
        .store
        .list(&call.kind.resource, namespace)
        .filter(|(key, _)| after.as_ref().is_none_or(|cursor| cursor.key < **key))
        .filter(|(_, object)| selector.matches(object));
    let mut items = Vec::new();
    let mut last = None;
    for (key, object) in found.by_ref().take(limit.unwrap_or(usize::MAX)) {
        items.push(in_version(object, &call.kind));
        last = Some(key.clone());
    }
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".to_owned(), version.to_string().into());
    if call.kind.is_custom() {
        // Lists of untyped objects always say where they go on.
        metadata.insert("continue".to_owned(), "".into());
    }
    let remaining = found.count();
    if let (Some(key), true) = (last, 0 < remaining) {
        let cursor = Cursor { version, key };
        metadata.insert("continue".to_owned(), cursor.text().into());
        if selector.is_everything() {
            metadata.insert("remainingItemCount".to_owned(), remaining.into());
        }
    }
    if table::is_asked(call.request) {
        return Ok(table::answer(call, &items, &Value::Object(metadata)));
    }
    Ok(Answer::object(200, list_of(&call.kind, &items, &metadata)))
}

/// Builds a list.
pub(crate) fn list_of(kind: &Kind, items: &[Arc<Value>], metadata: &Map<String, Value>) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let mut item = (**item).clone();
            if let (false, Value::Object(map)) = (kind.is_custom(), &mut item) {
                map.remove("apiVersion");
                map.remove("kind");
            }
            item
        })
        .collect();
    json!({
        "apiVersion": kind.api_version(),
        "kind": format!("{}List", kind.info.kind),
        "metadata": metadata,
        "items": items,
    })
}

fn check_version(call: &Call<'_>) -> Result<()> {
    let version = call.request.param("resourceVersion").unwrap_or_default();
    if version.is_empty() || version.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(bad_version(version))
}

/// Refuses a resourceVersion that is no number.
pub(crate) fn bad_version(version: &str) -> Failure {
    Failure::bad_request(format!(
        "invalid resource version: resourceVersion: Invalid value: {version:?}: \
         strconv.ParseUint: parsing {version:?}: \
         invalid syntax"
    ))
}

fn limit(call: &Call<'_>) -> Result<Option<usize>> {
    let Some(text) = call.request.param("limit").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<i64>() {
        Ok(limit) => Ok(usize::try_from(limit).ok().filter(|limit| 0 < *limit)),
        Err(_) => {
            Err(Failure::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
        }
    }
}

/// Where the next page starts.
struct Cursor {
    version: u64,
    key: (String, String),
}

impl Cursor {
    fn text(&self) -> String {
        let (namespace, name) = &self.key;
        let text = json!({ "v": "meta.k8s.io/v1", "rv": self.version, "start": [namespace, name] });
        URL_SAFE_NO_PAD.encode(text.to_string())
    }

    fn parse(token: &str) -> Result<Self> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
            let value: Value = serde_json::from_slice(&bytes).ok()?;
            let part = |index: usize| Some(value.get("start")?.get(index)?.as_str()?.to_owned());
            Some(Self { version: value.get("rv")?.as_u64()?, key: (part(0)?, part(1)?) })
        };
        read().ok_or_else(|| Failure::bad_request("continue key is not valid: cannot be read"))
    }
}
