//! `values.schema.json`: what the values of a chart must be like.
//!
//! Drafts 4, 6, 7, 2019-09 and 2020-12, with the complaints of the validator that Helm uses. A
//! schema that lies elsewhere is not fetched: what refers to it is an error.

mod array;
mod combine;
mod document;
mod fault;
mod format;
mod lean;
mod number;
mod object;
mod quick;
mod validate;
mod wellformed;

use serde_json::Value as Json;

use self::{document::SchemaDocument, fault::Fault, validate::Validator};
use super::{
    HelmError,
    chart::Chart,
    value::{Map, SeenMap, Value},
    values::shown::to_json,
};

/// How deep schemas may nest and refer to each other.
pub const SCHEMA_DEPTH_MAX: usize = 256;

/// Checks the values of `chart` and of the charts within it against their schemas.
pub(in crate::helm) fn check(chart: &Chart, values: &Map) -> Result<(), HelmError> {
    let Some((path, faults)) = faults(chart, values) else { return Ok(()) };
    let message = format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{faults}"
    );
    Err(HelmError::chart(format!("{path}/values.schema.json"), message))
}

// Returns the path of the first chart at fault, and all faults as text.
fn faults<'c>(chart: &'c Chart, values: &Map) -> Option<(&'c str, String)> {
    let mut text = String::new();
    let mut path = None;
    if let Some(schema) = &chart.schema
        && let Err(problem) = check_one(schema, values)
    {
        text.push_str(&[chart.name(), ":\n", &problem].concat());
        path = Some(chart.path.as_str());
    }
    for sub in &chart.dependencies {
        match values.get(sub.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(section)) => {
                if let Some((at, faults)) = faults(sub, &section) {
                    text.push_str(&faults);
                    path = path.or(Some(at));
                }
            }
            Some(other) => {
                let found = other.type_name();
                let name = sub.name();
                let problem = format!("expected object (map), got {found}");
                text.push_str(&[name, ":\ninvalid type for values: ", &problem, "\n"].concat());
                path = path.or(Some(chart.path.as_str()));
            }
        }
    }
    path.map(|path| (path, text))
}

fn check_one(schema: &[u8], values: &Map) -> Result<(), String> {
    if quick::is_surely_met(schema, &SeenMap::of(values)) {
        return Ok(());
    }
    let schema: Json = serde_json::from_slice(schema).map_err(|err| no_json(schema, &err))?;
    let document = SchemaDocument::new(&schema);
    if let Some(fault) = wellformed::check(&document) {
        let meta = document.draft.url();
        return Err(format!(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema \
             validation failed with '{meta}#'{}",
            Fault::list(&[fault])
        ));
    }
    match Validator::new(&document).whole(&Json::Object(to_json(values)))? {
        faults if faults.is_empty() => Ok(()),
        faults => Err(format!("{}\n", Fault::list(&faults).trim_start_matches('\n'))),
    }
}

// What Go's decoder says where JSON goes wrong.
fn no_json(text: &[u8], err: &serde_json::Error) -> String {
    if err.is_eof() {
        return "unexpected EOF".to_owned();
    }
    let line = text.split(|byte| *byte == b'\n').nth(err.line().saturating_sub(1));
    let found = line.and_then(|line| line.get(err.column().saturating_sub(1)));
    let problem = err.to_string();
    let place = if problem.starts_with("key must be") || problem.starts_with("trailing comma") {
        "looking for beginning of object key string"
    } else if problem.starts_with("expected value") {
        "looking for beginning of value"
    } else if problem.starts_with("expected `:`") {
        "after object key"
    } else if problem.starts_with("expected `,` or `}`") {
        "after object key:value pair"
    } else if problem.starts_with("expected `,` or `]`") {
        "after array element"
    } else if problem.starts_with("trailing characters") {
        "after top-level value"
    } else {
        return problem;
    };
    match found {
        Some(byte) => format!("invalid character {:?} {place}", char::from(*byte)),
        None => problem,
    }
}
