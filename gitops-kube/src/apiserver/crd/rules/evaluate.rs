//! Asking the rules of a schema about an object.

use std::sync::Arc;

use kube_cel::{
    KubeCelExt,
    cel::{Context, ExecutionError, Value as Cel, objects::OptionalValue},
};
use serde_json::{Map, Value};

use super::{
    super::{
        super::status::Problem,
        structure::{Structure, Values},
        value::same_item,
    },
    Rule, values,
};

/// How long the message of an expression may be, in bytes.
pub(crate) const MESSAGE_BYTES_MAX: usize = 5 * 1024;

/// What there was before, where it can be told.
#[derive(Clone, Copy)]
struct Before<'o> {
    old: Option<&'o Value>,
    /// Whether the value, or the last one around it that can be told, is as it was.
    same: bool,
}

/// Asks every rule of a schema; what was so before is only a word of warning.
pub(crate) fn check(
    value: &Value,
    schema: &Structure,
    old: Option<&Value>,
    path: &str,
) -> Vec<Problem> {
    let mut out = Vec::new();
    if schema.ruled {
        let before = Before { old, same: old == Some(value) };
        walk(value, schema, before, path, &mut out);
    }
    out
}

fn walk(value: &Value, schema: &Structure, before: Before<'_>, path: &str, out: &mut Vec<Problem>) {
    if value.is_null() {
        return;
    }
    ask(value, schema, before, path, out);
    match value {
        Value::Array(items) => {
            let Some(below) = schema.items.as_deref().filter(|below| below.ruled) else { return };
            for (index, item) in items.iter().enumerate() {
                let old = before.old.and_then(|old| same_item(old, item, schema));
                let same = old.map_or(before.same, |old| old == item);
                walk(item, below, Before { old, same }, &format!("{path}[{index}]"), out);
            }
        }
        Value::Object(map) => fields(map, schema, before, path, out),
        _ => {}
    }
}

fn fields(
    map: &Map<String, Value>,
    schema: &Structure,
    before: Before<'_>,
    path: &str,
    out: &mut Vec<Problem>,
) {
    let below = |name: &str, value: &Value| {
        let old = before.old.and_then(|old| old.get(name));
        Before { old, same: old.map_or(before.same, |old| old == value) }
    };
    if let Values::Of(of) = &schema.values
        && of.ruled
    {
        for (name, value) in map {
            walk(value, of, below(name, value), &format!("{path}[{name}]"), out);
        }
    }
    for (name, value) in map {
        let Some(of) = schema.properties.get(name).filter(|of| of.ruled) else { continue };
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        walk(value, of, below(name, value), &at, out);
    }
}

fn ask(value: &Value, schema: &Structure, before: Before<'_>, path: &str, out: &mut Vec<Problem>) {
    if schema.rules.is_empty() {
        return;
    }
    let this = values::of(value, Some(schema));
    let was = before.old.filter(|old| !old.is_null()).map(|old| values::of(old, Some(schema)));
    for rule in &schema.rules {
        let Some(program) = &rule.program else { continue };
        if rule.uses_old && was.is_none() && !rule.optional_old {
            continue;
        }
        let context = context(rule, &this, was.as_ref());
        let place = if path.is_empty() { "<nil>" } else { path };
        match program.execute(&context) {
            Ok(Cel::Bool(true)) => {}
            Ok(_) => {
                let same = before.same && !rule.uses_old;
                if !same {
                    out.push(refuse(rule, value, schema, path, &context));
                }
            }
            Err(cause) => {
                let detail = format!("{} evaluating rule: {}", words(&cause), rule_words(rule));
                out.push(Problem::invalid(place, &schema.kind.as_str().into(), &detail));
            }
        }
    }
}

fn context<'c>(rule: &Rule, this: &Cel, was: Option<&Cel>) -> Context<'c> {
    let mut context = Context::default().with_all();
    context.add_variable_from_value("self", this.clone());
    if rule.optional_old {
        let old = was.map_or_else(OptionalValue::none, |was| OptionalValue::of(was.clone()));
        context.add_variable_from_value("oldSelf", Cel::Opaque(Arc::new(old)));
    } else if let Some(was) = was {
        context.add_variable_from_value("oldSelf", was.clone());
    }
    context
}

fn rule_words(rule: &Rule) -> &str {
    if rule.message.is_empty() { &rule.source } else { &rule.message }
}

fn refuse(
    rule: &Rule,
    value: &Value,
    schema: &Structure,
    path: &str,
    context: &Context<'_>,
) -> Problem {
    let said = rule.message_program.as_ref().and_then(|program| program.execute(context).ok());
    let said = said.and_then(|said| match said {
        Cel::String(text) => Some(text.trim().to_owned()),
        _ => None,
    });
    let said = said
        .filter(|text| !text.is_empty() && text.len() <= MESSAGE_BYTES_MAX && !text.contains('\n'));
    let detail = said.unwrap_or_else(|| rule.words());
    let at = match (path, rule.place.as_str()) {
        ("", "") => "<nil>".to_owned(),
        ("", place) => place.to_owned(),
        (path, "") => path.to_owned(),
        (path, place) if place.starts_with('[') => format!("{path}{place}"),
        (path, place) => format!("{path}.{place}"),
    };
    let unshown = matches!(schema.kind.as_str(), "object" | "array");
    match rule.reason.as_str() {
        "FieldValueForbidden" => Problem::forbidden(at, &detail),
        "FieldValueRequired" => Problem::required(at, &detail),
        "FieldValueDuplicate" if unshown => {
            Problem::said("FieldValueDuplicate", at, "Duplicate value".to_owned())
        }
        "FieldValueDuplicate" => Problem::duplicate(at, value),
        _ if unshown => Problem::invalid_unshown(at, &detail),
        _ => Problem::invalid(at, value, &detail),
    }
}

/// Says why a rule cannot be answered, in the words of the server's evaluator.
fn words(cause: &ExecutionError) -> String {
    match cause {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::IndexOutOfBounds(index) => match index {
            Cel::Int(index) => format!("index out of bounds: {index}"),
            _ => "index out of bounds".to_owned(),
        },
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::Overflow(..) => "integer overflow".to_owned(),
        ExecutionError::NoSuchOverload
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedBinaryOperator(..) => "no such overload".to_owned(),
        other => other.to_string(),
    }
}
