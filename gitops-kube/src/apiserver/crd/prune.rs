//! Fields that a structural schema does not name are lost.

use serde_json::Value;

use super::structure::{Structure, Values};

const ENVELOPE: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Removes what the schema of an object does not name, and returns the paths of what was lost.
pub(crate) fn object(value: &mut Value, schema: &Structure) -> Vec<String> {
    let mut lost = Vec::new();
    prune(value, Some(schema), true, "", &mut lost);
    lost.sort();
    lost
}

/// Removes what a schema does not name from a value inside an object.
pub(crate) fn value(value: &mut Value, schema: &Structure) {
    prune(value, Some(schema), schema.embedded, "", &mut Vec::new());
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn prune(
    value: &mut Value,
    schema: Option<&Structure>,
    embedded: bool,
    path: &str,
    lost: &mut Vec<String>,
) {
    let preserve = schema.is_some_and(|schema| schema.preserve);
    match value {
        Value::Object(map) => {
            let names: Vec<String> = map.keys().cloned().collect();
            for name in names {
                let envelope = ENVELOPE.contains(&name.as_str());
                if embedded && envelope {
                    continue;
                }
                let at = join(path, &name);
                let Some(value) = map.get_mut(&name) else { continue };
                match schema.and_then(|schema| Some((schema, schema.properties.get(&name)?))) {
                    Some((_, below)) => prune(value, Some(below), below.embedded, &at, lost),
                    None => match schema.map(|schema| &schema.values) {
                        Some(Values::Of(below)) => {
                            prune(value, Some(below), below.embedded, &at, lost);
                        }
                        Some(Values::Allowed(_)) => prune(value, None, false, &at, lost),
                        Some(Values::Unsaid) if preserve => {}
                        _ => {
                            map.remove(&name);
                            if !(envelope && path.is_empty()) {
                                lost.push(at);
                            }
                        }
                    },
                }
            }
        }
        Value::Array(items) => {
            let below = schema.and_then(|schema| schema.items.as_deref());
            if preserve && below.is_none() {
                return;
            }
            for (index, item) in items.iter_mut().enumerate() {
                let embedded = below.is_some_and(|below| below.embedded);
                prune(item, below, embedded, &format!("{path}[{index}]"), lost);
            }
        }
        _ => {}
    }
}
