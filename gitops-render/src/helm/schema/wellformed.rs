//! Whether a schema is one: its patterns can be read.

use serde_json::Value as Json;

use super::{
    document::SchemaDocument,
    fault::{Fault, quote},
    validate::compile,
};

/// Returns the first thing that is wrong with a schema.
pub(super) fn check(document: &SchemaDocument<'_>) -> Option<Fault> {
    schema(document.root, &mut Vec::new())
}

fn schema(value: &Json, at: &mut Vec<String>) -> Option<Fault> {
    let map = match value {
        Json::Object(map) => map,
        Json::Array(items) => {
            return items
                .iter()
                .enumerate()
                .find_map(|(index, item)| within(item, &index.to_string(), at));
        }
        _ => return None,
    };
    if let Some(Json::String(pattern)) = map.get("pattern")
        && let Err(problem) = &compile(pattern).regex
    {
        at.push("pattern".to_owned());
        let problem = format!("{} is not valid regex: {problem}", quote(pattern));
        return Some(Fault::new(at, problem, Vec::new()));
    }
    map.iter()
        .filter(|(key, _)| !matches!(key.as_str(), "enum" | "const" | "default" | "examples"))
        .find_map(|(key, value)| within(value, key, at))
}

fn within(value: &Json, step: &str, at: &mut Vec<String>) -> Option<Fault> {
    at.push(step.to_owned());
    let fault = schema(value, at);
    at.pop();
    fault
}
