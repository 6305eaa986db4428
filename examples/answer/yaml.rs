//! Questions about YAML text.

use gitops_core::yaml::{self, Duplicates};
use serde_json::{Map, Value};

use crate::text;

pub(crate) fn decode(ask: &Map<String, Value>) -> Result<String, String> {
    let strict = ask.get("strict").and_then(Value::as_bool).unwrap_or(false);
    let duplicates = if strict { Duplicates::Refuse } else { Duplicates::Last };
    let value = yaml::decode(text(ask, "text")?.as_bytes(), duplicates);
    value.map(|value| yaml::to_json(&value)).map_err(|err| err.to_string())
}

pub(crate) fn encode(ask: &Map<String, Value>) -> Result<String, String> {
    let text = yaml::encode(ask.get("value").unwrap_or(&Value::Null));
    text.map(|text| Value::from(text).to_string()).map_err(|err| err.to_string())
}
