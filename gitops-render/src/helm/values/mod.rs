//! Values: files and flags, laid over each other, and over what charts bring along.

pub(in crate::helm) mod coalesce;
mod layers;
mod set;
pub(in crate::helm) mod shown;

use std::borrow::Cow;

use gitops_core::{
    find,
    yaml::{self, Duplicates},
};
use serde_json::{Map, Number, Value};

pub use self::{
    layers::{Layers, VALUES_BYTES_MAX, ValuesFile},
    set::{ReadFile, SET_BYTES_MAX, SET_DOTS_MAX, SET_INDEX_MAX, SET_INDEXES_MAX, SetKind, set},
};
use super::{
    chart::json_kind,
    value::{Sealed, SealedMap},
};

/// Why a values file could not be read.
#[derive(Debug)]
pub(in crate::helm) struct ValuesError {
    pub(in crate::helm) message: String,
    pub(in crate::helm) line: u32,
}

/// Reads the values that a chart brings along, as [`read`] does.
pub(in crate::helm) fn read_own(data: &[u8]) -> Result<SealedMap, ValuesError> {
    if let [(_, document)] = documents(data)?.as_slice()
        && let Ok(Sealed::Map(values)) = yaml::decode_as(document, Duplicates::Last)
    {
        return Ok(values);
    }
    Ok(SealedMap::from(&read(data)?))
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

// A document of a file: the number of lines before it, and its text, of which every line ends in a
// line feed alone.
type Part<'d> = (u32, Cow<'d, [u8]>);

// Splits a file at its `---` lines.
fn documents<'d>(data: &'d [u8]) -> Result<Vec<Part<'d>>, ValuesError> {
    let usual = data.ends_with(b"\n") && find::byte(b'\r', data).is_none();
    let mut documents = Vec::new();
    let mut add = |line: u32, text: &'d [u8]| match text {
        [] => {}
        text if usual => documents.push((line, Cow::Borrowed(text))),
        text => documents.push((line, Cow::Owned(with_line_feeds(text)))),
    };
    let (mut start, mut line) = (0, 0);
    let first = data.starts_with(b"---").then_some(0);
    for at in first.into_iter().chain(find::words(b"\n---", data).map(|at| at + 1)) {
        let end = find::byte(b'\n', &data[at..]).map_or(data.len(), |length| at + length);
        let number = line + lines(&data[start..at]);
        let rest = String::from_utf8_lossy(&data[at + 3..end]);
        let rest = rest.trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(ValuesError {
                message: format!(
                    "error reading yaml document: invalid Yaml document separator: {rest}"
                ),
                line: number + 1,
            });
        }
        add(line, &data[start..at]);
        start = data.len().min(end + 1);
        line = number + 1;
    }
    add(line, &data[start..]);
    Ok(documents)
}

fn lines(text: &[u8]) -> u32 {
    u32::try_from(find::count(b'\n', text)).unwrap_or(u32::MAX)
}

fn with_line_feeds(text: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len() + 1);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        made.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        made.push(b'\n');
    }
    made
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
