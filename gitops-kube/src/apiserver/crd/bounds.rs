//! The bounds of texts, numbers, lists and maps.

use serde_json::{Number, Value};

use super::{
    super::status::float_text,
    structure::Structure,
    value::{Said, Walk},
};

/// Checks a text; the first thing that is wrong counts.
pub(super) fn text(walk: Walk<'_>, text: &str, schema: &Structure, path: &str) -> Option<Said> {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let limits = &schema.limits;
    if let Some(max) = limits.max_length.filter(|max| *max < length) {
        let words = format!("{path} in body should be at most {max} chars long");
        return Some(walk.long(path, max, words));
    }
    if let Some(min) = limits.min_length.filter(|min| length < *min) {
        let words = format!("{path} in body should be at least {min} chars long");
        return Some(walk.invalid(path, &text.into(), words));
    }
    let pattern = schema.pattern.as_ref()?;
    if pattern.regex.as_ref().is_some_and(|regex| regex.is_match(text)) {
        return None;
    }
    let words = format!("{path} in body should match '{}'", pattern.source);
    Some(walk.invalid(path, &text.into(), words))
}

/// Checks a number.
pub(super) fn number(walk: Walk<'_>, number: &Number, schema: &Structure, path: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let limits = &schema.limits;
    let value = Value::Number(number.clone());
    if let Some(words) = out_of_range(number, schema, path) {
        found.push(walk.unplaced(words));
    }
    if let Some(factor) = limits.multiple_of {
        match divides(number, factor) {
            None => {
                let words = format!(
                    "factor MultipleOf declared for {path} must be positive: {}",
                    bound(number, factor)
                );
                found.push(walk.invalid(path, &bound_value(number, factor), words));
            }
            Some(true) => {}
            Some(false) => {
                let words =
                    format!("{path} in body should be a multiple of {}", bound(number, factor));
                found.push(walk.invalid(path, &value, words));
            }
        }
    }
    if let Some(min) = limits.minimum {
        let strict = limits.exclusive_minimum;
        if below(number, min) || (strict && !above(number, min)) {
            let words = if strict { "greater than" } else { "greater than or equal to" };
            let words = format!("{path} in body should be {words} {}", bound(number, min));
            found.push(walk.invalid(path, &value, words));
        }
    }
    if let Some(max) = limits.maximum {
        let strict = limits.exclusive_maximum;
        if above(number, max) || (strict && !below(number, max)) {
            let words = if strict { "less than" } else { "less than or equal to" };
            let words = format!("{path} in body should be {words} {}", bound(number, max));
            found.push(walk.invalid(path, &value, words));
        }
    }
    found
}

/// A bound as it is compared with a number: integers have integer bounds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounds of integers are cut, as the original cuts them"
)]
fn whole(bound: f64) -> i64 {
    bound as i64
}

fn bound(number: &Number, bound: f64) -> String {
    if number.is_f64() { float_text(bound) } else { whole(bound).to_string() }
}

fn bound_value(number: &Number, bound: f64) -> Value {
    if number.is_f64() { bound.into() } else { whole(bound).into() }
}

fn below(number: &Number, bound: f64) -> bool {
    match number.as_i64() {
        Some(integer) => integer < whole(bound),
        None => number.as_f64().is_some_and(|float| float < bound),
    }
}

fn above(number: &Number, bound: f64) -> bool {
    match number.as_i64() {
        Some(integer) => whole(bound) < integer,
        None => number.as_f64().is_some_and(|float| bound < float),
    }
}

/// Whether a number is a multiple; nothing when the factor is none.
fn divides(number: &Number, factor: f64) -> Option<bool> {
    if let Some(integer) = number.as_i64() {
        let factor = whole(factor);
        return (0 < factor).then(|| integer % factor == 0);
    }
    if factor <= 0.0 {
        return None;
    }
    let float = number.as_f64().unwrap_or_default();
    let times = if factor < 1.0 { 1.0 / factor * float } else { float / factor };
    Some((times - times.round()).abs() <= 1e-9 * times.abs().max(1.0))
}

fn out_of_range(number: &Number, schema: &Structure, path: &str) -> Option<String> {
    let (kind, format) = match (schema.types().as_slice(), schema.format.as_str()) {
        (["integer"], format @ ("int32" | "int64")) => ("integer", format),
        (["integer"], _) => ("integer", ""),
        (["number"], "float") => ("number", "float"),
        _ => return None,
    };
    let fits = match (kind, format) {
        ("integer", "int32") => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        ("integer", _) => number.as_i64().is_some(),
        _ => number.as_f64().is_some_and(|float| float.abs() <= f64::from(f32::MAX)),
    };
    if fits {
        return None;
    }
    Some(match format {
        "" => format!("Checked value must be of type {kind} (default format) in {path}"),
        format => format!("Checked value must be of type {kind} with format {format} in {path}"),
    })
}

/// Checks how many items a list has.
pub(super) fn size(walk: Walk<'_>, items: &[Value], schema: &Structure, path: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let limits = &schema.limits;
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if let Some(min) = limits.min_items.filter(|min| count < *min) {
        let words = format!("{path} in body should have at least {min} items");
        found.push(walk.invalid(path, &count.into(), words));
    }
    if let Some(max) = limits.max_items.filter(|max| *max < count) {
        let words = format!("{path} in body should have at most {max} items");
        found.push(walk.many(path, items.len(), max, words));
    }
    let twice = |(index, item): (usize, &Value)| items[..index].contains(item);
    if limits.unique_items && items.iter().enumerate().any(twice) {
        let words = format!("{path} in body shouldn't contain duplicates");
        found.push(walk.invalid(path, &"".into(), words));
    }
    found
}

/// Checks how many fields a map has.
pub(super) fn fields(walk: Walk<'_>, count: usize, schema: &Structure, path: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let limits = &schema.limits;
    let size = i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(min) = limits.min_properties.filter(|min| size < *min) {
        let words = format!("{path} in body should have at least {min} properties");
        found.push(walk.invalid(path, &size.into(), words));
    }
    if let Some(max) = limits.max_properties.filter(|max| *max < size) {
        let words = format!("{path} in body should have at most {max} properties");
        found.push(walk.many(path, count, max, words));
    }
    found
}
