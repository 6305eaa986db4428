//! Owners that an object names more than once.

use std::collections::HashSet;

use serde_json::Value;

use super::world::metadata;

const SAID: &str = ".metadata.ownerReferences contains duplicate entries";
const RULE: &str = "API server dedups owner references in 1.20+, and may reject such requests as \
                    early as 1.24; please fix your requests;";

/// Names each owner once; what was said twice is the answer, as a warning.
pub(crate) fn once(object: &mut Value) -> Option<String> {
    let duplicates = twice(object);
    if duplicates.is_empty() {
        return None;
    }
    if let Some(Value::Array(list)) = metadata(object).get_mut("ownerReferences") {
        let mut seen = HashSet::new();
        list.retain(|owner| seen.insert(owner.to_string()));
    }
    Some(format!("{SAID}; {RULE} duplicate UID(s) observed: {}", duplicates.join(", ")))
}

/// Warns of owners that a patch leaves twice; they are named once later on its way.
pub(crate) fn warning(object: &Value) -> Option<String> {
    let duplicates = twice(object);
    (!duplicates.is_empty()).then(|| {
        format!(
            "{SAID} after mutating admission happens; {RULE} duplicate UID(s) observed: {}",
            duplicates.join(", ")
        )
    })
}

fn twice(object: &Value) -> Vec<String> {
    let list = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let list = list.map_or(&[] as &[Value], Vec::as_slice);
    if list.len() < 2 {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let repeated = list.iter().filter(|owner| !seen.insert(owner.to_string()));
    repeated.map(|owner| owner["uid"].as_str().unwrap_or_default().to_owned()).collect()
}
