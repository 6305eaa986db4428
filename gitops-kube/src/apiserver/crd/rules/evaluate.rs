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
    Rule,
    meter::{CALL_COST_MAX, Meter, OBJECT_COST_MAX},
    values,
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
    check_within(OBJECT_COST_MAX, value, schema, old, path)
}

fn check_within(
    budget: u64,
    value: &Value,
    schema: &Structure,
    old: Option<&Value>,
    path: &str,
) -> Vec<Problem> {
    let mut out = Found { problems: Vec::new(), left: budget, over: false };
    if schema.ruled {
        let before = Before { old, same: old == Some(value) };
        walk(value, schema, before, path, &mut out);
    }
    out.problems
}

/// What was found so far, and what the rest may cost.
struct Found {
    problems: Vec<Problem>,
    left: u64,
    /// Whether no more rules are asked.
    over: bool,
}

impl Found {
    fn end(&mut self, place: &str, schema: &Structure, detail: &str) {
        self.problems.push(Problem::invalid(place, &schema.kind.as_str().into(), detail));
        self.over = true;
    }
}

fn walk(value: &Value, schema: &Structure, before: Before<'_>, path: &str, out: &mut Found) {
    if value.is_null() || out.over {
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
    out: &mut Found,
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

fn ask(value: &Value, schema: &Structure, before: Before<'_>, path: &str, out: &mut Found) {
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
        let meter = Meter::new(CALL_COST_MAX);
        let context = context(rule, &this, was.as_ref(), &meter);
        let place = if path.is_empty() { "<nil>" } else { path };
        let answer = context.resolve(program);
        if meter.is_exceeded() {
            let detail = format!(
                "'operation cancelled: actual cost limit exceeded': no further validation rules \
                 will be run due to call cost exceeds limit for rule: {}",
                rule_words(rule)
            );
            return out.end(place, schema, &detail);
        }
        let Some(left) = out.left.checked_sub(meter.spent()) else {
            return out.end(
                place,
                schema,
                "validation failed due to running out of cost budget, no further validation rules \
                 will be run",
            );
        };
        out.left = left;
        match answer {
            Ok(Cel::Bool(true)) => {}
            Ok(_) => {
                let same = before.same && !rule.uses_old;
                if !same {
                    out.problems.push(refuse(rule, value, schema, path, &context));
                }
            }
            Err(cause) => {
                let detail = format!("{} evaluating rule: {}", words(&cause), rule_words(rule));
                out.problems.push(Problem::invalid(place, &schema.kind.as_str().into(), &detail));
            }
        }
    }
}

fn context<'c>(rule: &Rule, this: &Cel, was: Option<&Cel>, meter: &Meter) -> Context<'c> {
    let mut context = Context::default().with_all();
    meter.connect(&mut context);
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
    let said = rule.message_program.as_ref().and_then(|program| context.resolve(program).ok());
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{OBJECT_COST_MAX, Problem, Structure, check_within};

    /// Returns what is said of an object, with a budget.
    fn said(rule: &str, object: &Value, budget: u64) -> Vec<String> {
        let list = json!({ "type": "array", "items": { "type": "integer" } });
        let schema = Structure::read(&json!({
            "type": "object",
            "properties": { "items": list, "text": { "type": "string" } },
            "x-kubernetes-validations": [{ "rule": rule }],
        }));
        let problems = check_within(budget, object, &schema, None, "");
        problems.iter().map(Problem::text).collect()
    }

    fn items(count: usize) -> Value {
        json!({ "items": (0..count).collect::<Vec<_>>() })
    }

    const NESTED: &str = "self.items.all(a, self.items.all(b, a + b >= 0))";

    #[test]
    fn a_call_that_costs_too_much_is_cancelled() {
        assert!(said(NESTED, &items(100), OBJECT_COST_MAX).is_empty());
        let found = said(NESTED, &items(2_000), OBJECT_COST_MAX);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].ends_with(&format!(
                "'operation cancelled: actual cost limit exceeded': no further validation rules will \
                 be run due to call cost exceeds limit for rule: {NESTED}"
            )),
            "{found:?}"
        );
        // What is absorbed by an operator counts nevertheless.
        let found = said(&format!("true || {NESTED} || {NESTED}"), &items(2_000), OBJECT_COST_MAX);
        assert!(found.is_empty(), "nothing is asked that need not be: {found:?}");
        let found = said(&format!("{NESTED} || true"), &items(2_000), OBJECT_COST_MAX);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn walking_over_text_costs() {
        let text = json!({ "text": "x".repeat(20_000), "items": (0..1_000).collect::<Vec<_>>() });
        let rule = "self.items.all(a, !self.text.contains('y'))";
        assert!(said(rule, &text, OBJECT_COST_MAX)[0].contains("actual cost limit exceeded"));
        let short = json!({ "text": "x", "items": (0..1_000).collect::<Vec<_>>() });
        assert!(said(rule, &short, OBJECT_COST_MAX).is_empty());
    }

    #[test]
    fn all_rules_of_an_object_share_a_budget() {
        let rule = "self.items.all(a, a >= 0)";
        assert!(said(rule, &items(100), 1_000).is_empty());
        let found = said(rule, &items(100), 100);
        assert!(
            found[0].ends_with(
                "validation failed due to running out of cost budget, no further validation rules \
                 will be run"
            ),
            "{found:?}"
        );
    }

    #[test]
    fn a_message_of_a_type_that_nobody_knows_is_an_error() {
        let found = said("Foo{a: 1}.a == 1", &items(1), OBJECT_COST_MAX);
        assert!(found[0].contains("evaluating rule"), "{found:?}");
    }
}
