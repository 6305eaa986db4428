//! Whether a schema is one: its patterns can be read.

use serde_json::Value as Json;

use super::{
    document::SchemaDocument,
    fault::{Fault, quote},
};
use crate::helm::{funcs::Pattern, template::limits::REGEX_BYTES_MAX};

/// Returns the first thing that is wrong with a schema.
pub(super) fn check(document: &SchemaDocument<'_>) -> Option<Fault> {
    let (mut at, problem) = schema(document.root)?;
    at.reverse();
    Some(Fault::new(&at, problem, Vec::new()))
}

// Returns what is wrong, and where: the path from the end to the start.
fn schema(value: &Json) -> Option<(Vec<String>, String)> {
    let map = match value {
        Json::Object(map) => map,
        Json::Array(items) => {
            return (0_usize..).zip(items).find_map(|(index, item)| within(item, &index));
        }
        _ => return None,
    };
    if let Some(Json::String(pattern)) = map.get("pattern")
        && let Some(problem) = Pattern::problem(pattern, REGEX_BYTES_MAX)
    {
        let problem = format!("{} is not valid regex: {problem}", quote(pattern));
        return Some((vec!["pattern".to_owned()], problem));
    }
    map.iter()
        .filter(|(key, _)| !matches!(key.as_str(), "enum" | "const" | "default" | "examples"))
        .find_map(|(key, value)| within(value, key))
}

fn within(value: &Json, step: &dyn ToString) -> Option<(Vec<String>, String)> {
    let (mut at, problem) = schema(value)?;
    at.push(step.to_string());
    Some((at, problem))
}
