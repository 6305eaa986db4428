//! YAML as Helm prints and reads it in templates.

use gitops_core::yaml::{self, Duplicates};
use serde_json::Value as Json;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::value::{Elem, Type, Value};
use super::args::{any, bytes, list_bytes};
use super::encode::base64;
use super::json_read::check_type;
use super::{Answer, Call, Failure, Function, fixed};

const ANY: &[Type] = &[Type::Any];
const STR: &[Type] = &[Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("toYaml", ANY, Type::Str, |call, v| to_yaml(call, v, false)),
    fixed("mustToYaml", ANY, Type::Str, |call, v| to_yaml(call, v, true)),
    fixed("toYamlPretty", ANY, Type::Str, |call, v| {
        let text = super::yaml_pretty::encode(&any(v, 0)).unwrap_or_default();
        call.room(text.len())?;
        Ok(Value::text(text.strip_suffix('\n').unwrap_or(&text)))
    }),
    fixed("fromYaml", STR, Type::Map, |_, v| {
        Ok(match from_yaml(bytes(v, 0), "map[string]interface {}") {
            Ok(Value::Nil) => Value::map::<&str>([]),
            Ok(value) => value,
            Err(problem) => Value::map([("Error", Value::text(problem))]),
        })
    }),
    fixed("fromYamlArray", STR, Type::List, |_, v| {
        Ok(match from_yaml(bytes(v, 0), "[]interface {}") {
            Ok(Value::Nil) => Value::list(Vec::new()),
            Ok(value) => value,
            Err(problem) => Value::list(vec![Value::text(problem)]),
        })
    }),
];

fn to_yaml(call: &mut Call<'_>, values: &[Value], must: bool) -> Answer {
    let text = match yaml_text(&any(values, 0)) {
        Ok(text) => text,
        Err(failure) if must => return Err(failure),
        Err(_) => String::new(),
    };
    call.room(text.len())?;
    Ok(Value::text(text.strip_suffix('\n').unwrap_or(&text)))
}

/// The YAML of a value, with its last newline.
pub(crate) fn yaml_text(value: &Value) -> Result<String, Failure> {
    let json = to_json(value, 0)?;
    yaml::encode(&json).map_err(|error| Failure::new(error.to_string()))
}

/// The JSON that Go makes of a value.
pub(super) fn to_json(value: &Value, depth: usize) -> Result<Json, Failure> {
    if depth > VALUE_DEPTH_MAX {
        return Err("json: unsupported value: encountered a cycle".into());
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number, _) => Json::from(*number),
        Value::Uint(number, _) => Json::from(*number),
        Value::Float(number) => from_float(*number)?,
        Value::Str(text) => Json::String(text.to_str().into_owned()),
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) if list.elem() == Elem::Byte => Json::String(base64(&list_bytes(list))),
        Value::List(list) => {
            let items = list.iter().map(|item| to_json(item, depth + 1));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) if map.is_nil() => Json::Null,
        Value::Map(map) => {
            let entries = map.read();
            let entries = entries
                .iter()
                .map(|(key, item)| Ok((key.to_str().into_owned(), to_json(item, depth + 1)?)));
            Json::Object(entries.collect::<Result<_, Failure>>()?)
        }
        Value::Object(object) => {
            if let Some(view) = object.to_json().or_else(|| object.view()) {
                to_json(&view, depth + 1)?
            } else {
                let fields = object.json_fields().into_iter();
                let fields =
                    fields.map(|(name, item)| Ok((name.to_owned(), to_json(&item, depth + 1)?)));
                Json::Object(fields.collect::<Result<_, Failure>>()?)
            }
        }
    })
}

/// Whole numbers are integers once they have been printed, with no more digits than it takes.
fn from_float(number: f64) -> Result<Json, Failure> {
    if number.fract() == 0.0 {
        // Smaller ones are printed with all their digits.
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        if number.abs() < 1e15 {
            return Ok(Json::from(number as i64));
        }
        let text = yaml::number::json_float(number);
        if let Ok(whole) = text.parse::<i64>() {
            return Ok(Json::from(whole));
        }
        if let Ok(whole) = text.parse::<u64>() {
            return Ok(Json::from(whole));
        }
    }
    if let Some(number) = serde_json::Number::from_f64(number) {
        Ok(Json::Number(number))
    } else {
        let text = super::super::template::print::float::plain_float(number);
        Err(format!("json: unsupported value: {text}").into())
    }
}

fn from_yaml(text: &[u8], wanted: &str) -> Result<Value, String> {
    let json = yaml::decode(text, Duplicates::Last)
        .map_err(|error| format!("error converting YAML to JSON: {error}"))?;
    check_type(Value::from_json(&json), wanted)
        .map_err(|problem| format!("error unmarshaling JSON: while decoding JSON: {problem}"))
}
