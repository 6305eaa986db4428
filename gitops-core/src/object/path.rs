//! Paths into an object, as field managers and people write them.

use serde_json::{Map, Value};

/// Takes the field at `path` out of `value`, and says whether it was there.
///
/// A path is what a server writes in a conflict, without the first dot: keys joined by dots, list
/// items by their keys, as in `spec.containers[name="app"].image`, by value (`[="a"]`) or by index
/// (`[0]`). Keys may themselves hold dots, so that a path is read along the value it leads into.
pub fn remove(value: &mut Value, path: &str) -> bool {
    match value {
        Value::Object(map) => remove_from_map(map, path),
        Value::Array(items) => remove_from_list(items, path),
        _ => false,
    }
}

fn remove_from_map(map: &mut Map<String, Value>, path: &str) -> bool {
    let path = path.strip_prefix('.').unwrap_or(path);
    // The longest key that fits wins: `a.b/c` is one label, not a field `a`.
    let mut fitting: Vec<(String, String)> = map
        .keys()
        .filter_map(|key| Some((key.clone(), after_key(path, key)?.to_owned())))
        .collect();
    fitting.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    fitting.into_iter().any(|(key, rest)| {
        if rest.is_empty() {
            return map.remove(&key).is_some();
        }
        map.get_mut(&key).is_some_and(|value| remove(value, &rest))
    })
}

// What follows `key` in `path`, where the path begins with it, quoted in brackets or plain.
fn after_key<'a>(path: &'a str, key: &str) -> Option<&'a str> {
    let quoted = format!("[{key:?}]");
    if let Some(rest) = path.strip_prefix(&quoted) {
        return Some(rest);
    }
    let rest = path.strip_prefix(key)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

fn remove_from_list(items: &mut Vec<Value>, path: &str) -> bool {
    let Some((selector, rest)) = split_selector(path) else { return false };
    let index = match selector.parse::<usize>() {
        Ok(index) => Some(index).filter(|index| *index < items.len()),
        Err(_) => items.iter().position(|item| selects(selector, item)),
    };
    let Some(index) = index else { return false };
    if rest.is_empty() {
        items.remove(index);
        return true;
    }
    remove(&mut items[index], rest)
}

// Splits `[selector]rest`; brackets and commas inside quotes do not count.
fn split_selector(path: &str) -> Option<(&str, &str)> {
    let inner = path.strip_prefix('[')?;
    let mut quoted = false;
    let end = inner.char_indices().find(|(_, char)| {
        quoted ^= *char == '"';
        *char == ']' && !quoted
    });
    let (end, _) = end?;
    Some((&inner[..end], &inner[end + 1..]))
}

fn selects(selector: &str, item: &Value) -> bool {
    if let Some(value) = selector.strip_prefix('=') {
        return says(value, item);
    }
    selector.split(',').all(|pair| {
        let Some((key, value)) = pair.split_once('=') else { return false };
        item.get(key).is_some_and(|found| says(value, found))
    })
}

fn says(text: &str, value: &Value) -> bool {
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    match value {
        Value::String(found) => found == bare,
        other => serde_json::from_str(text).is_ok_and(|said: Value| said == *other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_lists_and_dotted_keys() {
        let object = json!({
            "metadata": { "labels": { "a": "1", "a.b/c": "2" } },
            "spec": {
                "ports": [{ "port": 80, "protocol": "TCP", "name": "web" }],
                "containers": [{ "name": "a" }, { "name": "b", "image": "x" }],
                "hosts": ["one", "two"],
            },
        });
        for path in [
            "metadata.labels.a.b/c",
            "metadata.labels[\"a.b/c\"]",
            "spec.ports[port=80,protocol=\"TCP\"].name",
            "spec.containers[name=\"b\"].image",
            "spec.containers[name=b]",
            "spec.hosts[=\"two\"]",
            "spec.hosts[0]",
        ] {
            let mut changed = object.clone();
            assert!(remove(&mut changed, path), "{path} was not found");
            assert_ne!(changed, object, "{path} is still there");
            assert!(!remove(&mut changed, "metadata.nothing"), "nothing was found");
        }
        let mut changed = object.clone();
        assert!(remove(&mut changed, "metadata.labels.a.b/c"));
        assert_eq!(changed["metadata"]["labels"], json!({ "a": "1" }));
    }
}
