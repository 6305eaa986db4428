//! Reading a collection: a page of it, at some version.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    held::Held,
    kinds::Kind,
    params::ListOptions,
    read::selector,
    shown::{Json, Shown},
    status::{Failure, Result},
    store::Key,
    syntax::json_problem,
    world::{Call, World, text},
};

/// Answers with the objects of a collection.
pub(crate) fn list(world: &World, call: &Call<'_>) -> Result<Answer> {
    let selector = selector(call)?;
    let options = ListOptions::of(call.request)?;
    let place = Place::of(world, &options)?;
    let namespace = Some(call.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let past = past(world, call, &place)?;
    let objects: Box<dyn Iterator<Item = (&Key, &Arc<Held>)>> = match &past {
        Some(objects) => Box::new(objects.iter()),
        None => Box::new(world.store.held_list(&call.kind.resource, namespace)),
    };
    let mut found = objects
        .filter(|(key, _)| place.after.as_ref().is_none_or(|start| start <= *key))
        .filter(|(_, held)| selector.is_everything() || selector.matches(&world.store.tree(held)));
    let mut items = Vec::new();
    let mut last = None;
    for (key, held) in found.by_ref().take(options.limit.unwrap_or(usize::MAX)) {
        items.push(Shown::from(Arc::clone(held)).in_version(&call.kind));
        last = Some(key);
    }
    let version = place.version.unwrap_or(world.store.version());
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".to_owned(), version.to_string().into());
    if call.kind.is_custom() {
        // Lists of untyped objects always say where they go on.
        metadata.insert("continue".to_owned(), "".into());
    }
    let remaining = found.count();
    if let (Some(key), true) = (last, 0 < remaining) {
        let token = token(&call.kind, i64::try_from(version).unwrap_or(i64::MAX), key);
        metadata.insert("continue".to_owned(), token.into());
        if selector.is_everything() {
            metadata.insert("remainingItemCount".to_owned(), remaining.into());
        }
    }
    Ok(Answer::Object(200, list_of(&call.kind, &items, &metadata)))
}

/// Builds a list.
pub(crate) fn list_of(kind: &Kind, items: &[Shown], metadata: &Map<String, Value>) -> Shown {
    let mut list = json!({
        "apiVersion": kind.api_version(),
        "kind": format!("{}List", kind.info.kind),
        "metadata": metadata,
    });
    let texts: Vec<Json> = items.iter().map(Shown::json).collect();
    let text = Json::of_list(&list, &texts, kind.is_custom());
    if !text.is_deep() {
        return text.into();
    }
    let items = items.iter().map(|item| {
        let mut item = Arc::unwrap_or_clone(item.tree());
        if let (false, Value::Object(map)) = (kind.is_custom(), &mut item) {
            map.remove("apiVersion");
            map.remove("kind");
        }
        item
    });
    list["items"] = items.collect();
    list.into()
}

type Objects = BTreeMap<Key, Arc<Held>>;

/// Which version of a collection is read, and from where on.
struct Place {
    /// `None` for the current one.
    version: Option<u64>,
    after: Option<Key>,
    token: Option<String>,
}

impl Place {
    fn of(world: &World, options: &ListOptions) -> Result<Self> {
        let current = world.store.version();
        if let Some(token) = &options.after {
            let (version, start) = read_token(token).map_err(|why| {
                Failure::bad_request(format!(
                    "invalid continue token: continue key is not valid{why}"
                ))
            })?;
            if !options.version.is_empty() && options.version != "0" {
                let why = "specifying resource version is not allowed when using continue";
                return Err(Failure::bad_request(why));
            }
            let version = u64::try_from(version).ok();
            if version.is_some_and(|version| current < version) {
                return Err(too_large(&version.unwrap_or_default().to_string(), current));
            }
            return Ok(Self { version, after: Some(start), token: Some(token.clone()) });
        }
        let asked: u64 = match options.version.as_str() {
            "" => 0,
            text => text.parse().map_err(|_| super::read::bad_version(text))?,
        };
        if current < asked {
            return Err(too_large(&options.version, current));
        }
        let exact = options.exact || (options.limit.is_some() && !options.not_older);
        let version = (exact && 0 < asked).then_some(asked);
        Ok(Self { version, after: None, token: None })
    }
}

/// Refuses a version that is not there yet.
pub(crate) fn too_large(asked: &str, current: u64) -> Failure {
    let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
    let mut failure = Failure::new(504, "Timeout", message);
    failure.details = Some(json!({
        "causes": [
            { "reason": "ResourceVersionTooLarge", "message": "Too large resource version" },
        ],
        "retryAfterSeconds": 1,
    }));
    failure
}

/// Returns a collection as it was at a version, or nothing when that is the current one.
fn past(world: &World, call: &Call<'_>, place: &Place) -> Result<Option<Objects>> {
    let Some(version) = place.version.filter(|version| *version != world.store.version()) else {
        return Ok(None);
    };
    let Some(events) = world.store.since(version) else {
        return Err(forgotten(place));
    };
    let namespace = Some(call.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let resource = &call.kind.resource;
    let now = world.store.held_list(resource, namespace);
    let mut objects: Objects = now.map(|(key, held)| (key.clone(), Arc::clone(held))).collect();
    // What happened since is taken back, the newest first.
    let mut events: Vec<_> = events.filter(|event| event.resource == *resource).collect();
    events.reverse();
    for event in events {
        let key = event.key.clone();
        if namespace.is_some_and(|namespace| namespace != key.0) {
            continue;
        }
        match &event.old {
            Some(old) => objects.insert(key, Arc::clone(old)),
            None => objects.remove(&key),
        };
    }
    Ok(Some(objects))
}

fn forgotten(place: &Place) -> Failure {
    let Some(token) = &place.token else {
        return Failure::expired("The resourceVersion for the provided list is too old.");
    };
    let mut failure = Failure::expired(
        "The provided continue parameter is too old to display a consistent list result. You can \
         start a new list without the continue parameter, or use the continue token in this \
         response to retrieve the remainder of the results. Continuing with the provided token \
         results in an inconsistent list - objects that were created, modified, or deleted \
         between the time the first chunk was returned and now may show up in the list.",
    );
    let decoded = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    if let Ok(mut token) = serde_json::from_slice::<Value>(&decoded) {
        token["rv"] = (-1).into();
        let token = URL_SAFE_NO_PAD.encode(token.to_string());
        failure.metadata = Some(json!({ "continue": token }));
    }
    failure
}

fn token(kind: &Kind, version: i64, (namespace, name): &Key) -> String {
    // The page goes on right after this key.
    let start =
        if kind.info.namespaced { format!("{namespace}/{name}\0") } else { format!("{name}\0") };
    let token = json!({ "v": "meta.k8s.io/v1", "rv": version, "start": start });
    URL_SAFE_NO_PAD.encode(token.to_string())
}

/// Reads the version and the first key of a token; the error goes on after "is not valid".
fn read_token(token: &str) -> std::result::Result<(i64, Key), String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let at = token.find(|c| !fits(c)).unwrap_or(token.len() / 4 * 4);
        format!(": illegal base64 data at input byte {at}")
    })?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|cause| {
        format!(": {}", json_problem(&bytes).unwrap_or_else(|| cause.to_string()))
    })?;
    let kind = text(&value, "/v");
    if kind != "meta.k8s.io/v1" {
        return Err(format!(": server does not recognize this encoded version {kind}"));
    }
    let version = value.get("rv").and_then(Value::as_i64).unwrap_or(0);
    if version == 0 {
        return Err(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)".to_owned());
    }
    let start = text(&value, "/start");
    if start.is_empty() {
        return Err(": encoded start key empty (version meta.k8s.io/v1)".to_owned());
    }
    let (namespace, name) = start.split_once('/').unwrap_or(("", start));
    Ok((version, (namespace.to_owned(), name.to_owned())))
}
