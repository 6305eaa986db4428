//! Making a value what the server would hold.
//!
//! Built-in objects pass through typed structs: unknown fields and nulls go, empty values that are
//! always written come. Custom objects only lose what their schema does not name.

use gitops_core::schema::{self, Field, Scalar, TypeRef};
use serde_json::{Map, Value};

use super::{
    at::At,
    bytes, crd,
    kinds::{Custom, Kind},
    quantity::{Quantity, is_kept, is_reworded},
    traces::{Rewritten, Traces},
};

/// Fields that the kind does not have.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    fields: Vec<String>,
    traces: Traces,
}

impl Unknown {
    pub(crate) fn into_fields(self) -> Vec<String> {
        self.fields
    }

    /// Takes out what the object remembers but does not show.
    pub(crate) fn take_traces(&mut self) -> Traces {
        std::mem::take(&mut self.traces)
    }
}

/// Brings `value` into the form in which the server holds objects of `kind`.
///
/// # Errors
///
/// The words in which a decoder complains of a value of the wrong type.
pub(crate) fn conform(kind: &Kind, value: &mut Value, unknown: &mut Unknown) -> Result<(), String> {
    if let Some(custom) = &kind.custom {
        return custom_object(value, custom, unknown);
    }
    decode(value, kind.of(), &At::Root, unknown)
}

/// Custom objects keep nulls and empty values, but lose what the schema does not name.
fn custom_object(value: &mut Value, custom: &Custom, unknown: &mut Unknown) -> Result<(), String> {
    if let Some(meta) = value.get_mut("metadata") {
        if meta.is_null() {
            *meta = Value::Object(Map::new());
        }
        metadata(meta, unknown)?;
    }
    unknown.fields.extend(crd::prune::object(value, &custom.structure));
    crd::embedded::coerce(value, &custom.structure, "").map_err(|problem| problem.text())
}

/// Brings metadata into the form in which the server holds it.
///
/// # Errors
///
/// The words in which a decoder complains of a value of the wrong type.
pub(crate) fn metadata(value: &mut Value, unknown: &mut Unknown) -> Result<(), String> {
    let Some(of) = schema::builtin("", "v1", "ConfigMap").and_then(|kind| kind.at_key("metadata"))
    else {
        return Ok(());
    };
    decode(value, of, &At::Field(&At::Root, "metadata", ""), unknown)
}

fn decode(
    value: &mut Value,
    of: TypeRef<'_>,
    at: &At<'_>,
    unknown: &mut Unknown,
) -> Result<(), String> {
    let atom = of.atom();
    if atom.map.is_some() && (atom.list.is_some() || atom.scalar.is_some()) {
        return Ok(());
    }
    match (&mut *value, &atom.map, &atom.list) {
        (Value::Object(map), Some(_), _) => decode_map(map, of, at, unknown),
        (Value::Array(items), _, Some(_)) => {
            let Some(of) = of.items() else { return Ok(()) };
            for (index, item) in items.iter_mut().enumerate() {
                if item.is_null() {
                    *item = zero(of);
                }
                if !item.is_null() {
                    decode(item, of, &At::Item(at, index), unknown)?;
                }
            }
            Ok(())
        }
        _ => match atom.scalar {
            Some(scalar) if fits(value, scalar) => {
                let written = (scalar == Scalar::Quantity).then(|| amount(value));
                canonical(value, scalar)?;
                if let (Some(written), Value::String(kept)) = (written, &*value)
                    && is_reworded(&written, kept)
                {
                    unknown.traces.note_reworded(at.pointer());
                }
                Ok(())
            }
            _ => Err(mismatch(value, of, at)),
        },
    }
}

fn decode_map(
    map: &mut Map<String, Value>,
    of: TypeRef<'_>,
    at: &At<'_>,
    unknown: &mut Unknown,
) -> Result<(), String> {
    let atom = of.atom();
    let Some(kind) = &atom.map else { return Ok(()) };
    let mut problem = None;
    map.retain(|name, value| {
        if problem.is_some() {
            return true;
        }
        // The keys of maps are no fields.
        let below = match atom.name.as_str() {
            "" => At::Key(at, name),
            owner => At::Field(at, name, owner),
        };
        if name == "managedFields" && atom.name == "ObjectMeta" {
            if !value.is_array() && !value.is_null() {
                let of = kind.fields.get(name).map_or(of, |field| of.types().at(field.of));
                problem = Some(mismatch(value, of, &below));
            }
            // Even an empty list means something here.
            return true;
        }
        let kept = match (kind.fields.get(name), kind.values) {
            (Some(field), _) => decode_field(value, field, of, &below, unknown),
            (None, Some(values)) => {
                decode_entry(value, of.types().at(values), &below, unknown).map(|()| true)
            }
            (None, None) => {
                unknown.fields.push(below.path());
                Ok(false)
            }
        };
        kept.unwrap_or_else(|found| {
            problem = Some(found);
            true
        })
    });
    if let Some(problem) = problem {
        return Err(problem);
    }
    emit(map, of);
    Ok(())
}

/// Decodes a field of a struct; whether it stays is the answer.
fn decode_field(
    value: &mut Value,
    field: &Field,
    of: TypeRef<'_>,
    at: &At<'_>,
    unknown: &mut Unknown,
) -> Result<bool, String> {
    if !value.is_null() {
        decode(value, of.types().at(field.of), at, unknown)?;
    }
    if value.is_null() || (!field.pointer && is_zero(value)) {
        if value.is_array() || value.is_object() {
            unknown.traces.note_empty(at.pointer(), value.is_array());
        }
        return Ok(false);
    }
    Ok(true)
}

/// Decodes an entry of a map, which stays.
fn decode_entry(
    value: &mut Value,
    of: TypeRef<'_>,
    at: &At<'_>,
    unknown: &mut Unknown,
) -> Result<(), String> {
    if value.is_null() {
        *value = zero(of);
        if of.atom().scalar == Some(Scalar::Bytes) {
            unknown.traces.note_rewritten(Rewritten::NullBytes);
        }
    }
    if !value.is_null() {
        decode(value, of, at, unknown)?;
    }
    if of.atom().scalar == Some(Scalar::Quantity)
        && let Some(amount) = value.as_str().and_then(Quantity::parse)
    {
        // Lists of resources keep nothing finer than a thousandth.
        let rounded = amount.rounded_to_milli();
        if rounded != amount {
            *value = rounded.text().into();
        }
    }
    Ok(())
}

/// Writes the empty values that a struct always shows.
fn emit(map: &mut Map<String, Value>, of: TypeRef<'_>) {
    let Some(kind) = &of.atom().map else { return };
    for name in &kind.always {
        if let Some(field) = kind.fields.get(name)
            && !map.contains_key(name)
        {
            map.insert(name.clone(), empty(field, of.types().at(field.of)));
        }
    }
}

fn empty(field: &Field, of: TypeRef<'_>) -> Value {
    if field.pointer { Value::Null } else { zero(of) }
}

/// Returns what a type holds when nothing was said.
fn zero(of: TypeRef<'_>) -> Value {
    let atom = of.atom();
    match (&atom.map, atom.scalar) {
        (Some(map), None) if !map.fields.is_empty() || map.values.is_none() => {
            let mut map = Map::new();
            emit(&mut map, of);
            Value::Object(map)
        }
        (None, Some(scalar)) => match scalar {
            Scalar::String | Scalar::Bytes => "".into(),
            Scalar::Quantity => "0".into(),
            Scalar::Boolean => false.into(),
            Scalar::Int32 | Scalar::Int64 | Scalar::Double | Scalar::IntOrString => 0.into(),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// Whether a field that is no pointer and not always written would be left out.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn fits(value: &Value, scalar: Scalar) -> bool {
    match scalar {
        Scalar::String | Scalar::Bytes | Scalar::Time | Scalar::MicroTime => value.is_string(),
        Scalar::Int32 => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Scalar::Int64 => value.is_i64(),
        Scalar::Double => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::Quantity => value.is_string() || value.is_number(),
        Scalar::IntOrString => value.is_string() || value.is_i64(),
        _ => true,
    }
}

/// Returns an amount as it is written, with or without quotes.
fn amount(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Rewrites values that have one form.
fn canonical(value: &mut Value, scalar: Scalar) -> Result<(), String> {
    match scalar {
        Scalar::Quantity => {
            let text = amount(value);
            let Some(quantity) = Quantity::parse(&text) else {
                if is_number_with_suffix(&text) {
                    return Err("unable to parse quantity's suffix".to_owned());
                }
                return Err("quantities must match the regular expression \
                            '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                    .to_owned());
            };
            let kept = is_kept(&text);
            *value = if kept { text.into() } else { quantity.text().into() };
        }
        Scalar::Time => {
            let Value::String(text) = &*value else { return Ok(()) };
            match text.parse::<jiff::Timestamp>() {
                Ok(_) if super::world::is_to_the_second(text) => {}
                Ok(time) => *value = super::world::seconds(time).into(),
                Err(_) => {
                    return Err(format!(
                        "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \
                         \"{text}\" as \"2006\""
                    ));
                }
            }
        }
        Scalar::MicroTime => {
            let Value::String(text) = &*value else { return Ok(()) };
            if let Ok(time) = text.parse::<jiff::Timestamp>() {
                *value = time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into();
            }
        }
        Scalar::Bytes => {
            let Value::String(text) = &*value else { return Ok(()) };
            let read = bytes::rewritten(text);
            *value = read.map_err(|at| format!("illegal base64 data at input byte {at}"))?.into();
        }
        _ => {}
    }
    Ok(())
}

/// Names what a value is, as Go's decoder does.
pub(crate) fn json_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a text is a number and letters that suffixes are made of.
fn is_number_with_suffix(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let suffix = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    suffix.len() < digits.len() && suffix.chars().all(|c| "eEinumkKMGTP+-0123456789".contains(c))
}

fn mismatch(value: &Value, of: TypeRef<'_>, at: &At<'_>) -> String {
    let found = match (value, of.atom().scalar) {
        // A number that does not fit is shown.
        (Value::Number(number), Some(Scalar::Int32 | Scalar::Int64)) => format!("number {number}"),
        _ => json_name(value).to_owned(),
    };
    let place = match at.owner() {
        "" => at.words(),
        owner => format!("{owner}.{}", at.words()),
    };
    format!("json: cannot unmarshal {found} into Go struct field {place} of type {}", go_name(of))
}

fn go_name(of: TypeRef<'_>) -> String {
    let atom = of.atom();
    if let Some(scalar) = atom.scalar {
        return match scalar {
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Double => "float64",
            Scalar::Boolean => "bool",
            Scalar::Bytes => "[]uint8",
            Scalar::IntOrString => "intstr.IntOrString",
            _ => "string",
        }
        .to_owned();
    }
    if let Some(items) = of.items() {
        return format!("[]{}", go_name(items));
    }
    match &atom.map {
        Some(map) if map.fields.is_empty() => match map.values {
            Some(values) => format!("map[string]{}", go_name(of.types().at(values))),
            None => "struct".to_owned(),
        },
        _ => format!("v1.{}", atom.name),
    }
}
