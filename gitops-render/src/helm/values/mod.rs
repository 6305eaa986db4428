//! Values: files and flags, laid over each other, and over what charts bring along.

pub(in crate::helm) mod coalesce;
mod layers;
mod set;
pub(in crate::helm) mod shown;

use gitops_core::yaml::{self, Duplicates};
use serde_json::{Map, Number, Value};

pub use self::{
    layers::{Layers, VALUES_BYTES_MAX, ValuesFile},
    set::{ReadFile, SET_BYTES_MAX, SET_DOTS_MAX, SET_INDEX_MAX, SET_INDEXES_MAX, SetKind, set},
};
use super::chart::json_kind;

/// Why a values file could not be read.
#[derive(Debug)]
pub(in crate::helm) struct ValuesError {
    pub(in crate::helm) message: String,
    pub(in crate::helm) line: u32,
}

/// Reads a values file: its documents, one laid over the other.
pub(in crate::helm) fn read(data: &[u8]) -> Result<Map<String, Value>, ValuesError> {
    let mut values = Map::new();
    for (line, document) in documents(data)? {
        let at = |message: String, inner: u32| ValuesError { message, line: line + inner };
        match yaml::decode(&document, Duplicates::Last) {
            Ok(Value::Null) => {}
            Ok(mut document) => {
                floats(&mut document);
                let Value::Object(map) = document else {
                    let found = json_kind(&document);
                    let message = format!(
                        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding \
                         JSON: json: cannot unmarshal {found} into Go value of type \
                         map[string]interface {{}}"
                    );
                    return Err(at(message, 1));
                };
                merge(&mut values, map);
            }
            Err(err) => {
                let message =
                    format!("cannot unmarshal yaml document: error converting YAML to JSON: {err}");
                return Err(at(message, err.line().unwrap_or(1)));
            }
        }
    }
    Ok(values)
}

// Splits a file at its `---` lines: the number of lines before each document, and its text.
fn documents(data: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, ValuesError> {
    let mut documents = Vec::new();
    let (mut document, mut start): (Vec<u8>, u32) = (Vec::new(), 0);
    for (number, line) in (0..).zip(data.split_inclusive(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(ValuesError {
                    message: format!(
                        "error reading yaml document: invalid Yaml document separator: {rest}"
                    ),
                    line: number + 1,
                });
            }
            if !document.is_empty() {
                documents.push((start, std::mem::take(&mut document)));
            }
            start = number + 1;
        } else {
            document.extend_from_slice(line);
            document.push(b'\n');
        }
    }
    if !document.is_empty() {
        documents.push((start, document));
    }
    Ok(documents)
}

/// Makes every number what Go makes of JSON: floating.
pub(in crate::helm) fn floats(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_f64() => {
            if let Some(float) = number.as_f64().and_then(Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(floats),
        Value::Object(map) => map.values_mut().for_each(floats),
        _ => {}
    }
}

/// Lays `over` on `base`: maps key by key, anything else as a whole.
pub(in crate::helm) fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
