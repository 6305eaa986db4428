//! Questions about Helm: `--set` text.

use gitops_core::yaml;
use gitops_render::helm::values::{SetKind, set as lay};
use serde_json::{Map, Value};

use crate::text;

// Lays `sets` over `values`, one line after the other.
pub(crate) fn set(ask: &Map<String, Value>) -> Result<String, String> {
    let given = ask.get("values").and_then(Value::as_object);
    let mut values = given.cloned().unwrap_or_default();
    let sets = ask.get("sets").and_then(Value::as_array).ok_or("sets is no list")?;
    for one in sets.iter().filter_map(Value::as_object) {
        let kind = match text(one, "kind")? {
            "set" => SetKind::Typed,
            "string" => SetKind::String,
            "json" => SetKind::Json,
            "literal" => SetKind::Literal,
            other => return Err(format!("no set of kind {other:?}")),
        };
        let mut no_files = |name: &str| Err(format!("there is no file {name}"));
        lay(text(one, "text")?, kind, &mut values, &mut no_files)?;
    }
    Ok(yaml::to_json(&Value::Object(values)))
}
