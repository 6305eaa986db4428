//! Custom objects against their structural schema.

use serde_json::{Map, Value};

use super::super::status::Problem;

/// Returns what is wrong with an object of a custom kind.
pub(crate) fn problems(object: &Value, schema: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    if let (Some(map), Some(properties)) =
        (object.as_object(), schema.get("properties").and_then(Value::as_object))
    {
        required(map, schema, "", &mut found);
        for (name, schema) in properties {
            // The envelope has rules of its own.
            if matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                continue;
            }
            if let Some(value) = map.get(name) {
                check(value, schema, name, &mut found);
            }
        }
        let mut lists = Vec::new();
        duplicates(object, schema, "", &mut lists);
        found.append(&mut lists);
    }
    found
}

fn check(value: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    if value.is_null() && is("nullable") {
        return;
    }
    let before = out.len();
    type_of(value, schema, path, out);
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let valid: Vec<String> = allowed.iter().map(plain).collect();
        let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
        out.push(Problem::not_supported(path, value, &valid));
    }
    if out.len() != before {
        return;
    }
    match value {
        Value::Object(map) => check_map(map, schema, path, out),
        Value::Array(items) => check_list(items, schema, path, out),
        Value::String(text) => check_text(text, schema, path, out),
        Value::Number(_) => check_number(value, schema, path, out),
        _ => {}
    }
    combined(value, schema, path, out);
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn type_of(value: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let wanted = if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        "integer,string"
    } else {
        schema.get("type").and_then(Value::as_str).unwrap_or_default()
    };
    let fits = match wanted {
        "" => true,
        "number" => matches!(found, "number" | "integer"),
        "integer,string" => matches!(found, "integer" | "string"),
        wanted => wanted == found,
    };
    if !fits {
        let detail = format!("{path} in body must be of type {wanted}: \"{found}\"");
        out.push(Problem::type_invalid(path, &found.into(), &detail));
    }
}

fn required(map: &Map<String, Value>, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let names = schema.get("required").and_then(Value::as_array);
    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            out.push(Problem::required(join(path, name), ""));
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn check_map(map: &Map<String, Value>, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    if let Some(max) = schema.get("maxProperties").and_then(Value::as_u64)
        && max < map.len() as u64
    {
        out.push(Problem::too_many(path, map.len(), max));
    }
    if schema.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)) {
        for name in ["apiVersion", "kind"] {
            if map.get(name).and_then(Value::as_str).unwrap_or_default().is_empty() {
                out.push(Problem::required(join(path, name), ""));
            }
        }
    }
    required(map, schema, path, out);
    let properties = schema.get("properties").and_then(Value::as_object);
    let values = schema.get("additionalProperties").filter(|schema| schema.is_object());
    for (name, value) in map {
        let below = properties.and_then(|properties| properties.get(name)).or(values);
        if let Some(below) = below {
            check(value, below, &join(path, name), out);
        }
    }
}

fn check_list(items: &[Value], schema: &Value, path: &str, out: &mut Vec<Problem>) {
    if let Some(max) = schema.get("maxItems").and_then(Value::as_u64)
        && max < items.len() as u64
    {
        out.push(Problem::too_many(path, items.len(), max));
    }
    if let Some(min) = schema.get("minItems").and_then(Value::as_u64)
        && (items.len() as u64) < min
    {
        let detail = format!("{path} in body should have at least {min} items");
        out.push(Problem::invalid(path, &items.len().into(), &detail));
    }
    let Some(below) = schema.get("items") else { return };
    for (index, item) in items.iter().enumerate() {
        check(item, below, &format!("{path}[{index}]"), out);
    }
}

fn check_text(text: &str, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let length = text.chars().count() as u64;
    if let Some(max) = schema.get("maxLength").and_then(Value::as_u64)
        && max < length
    {
        out.push(Problem::too_long(path, usize::try_from(max).unwrap_or(usize::MAX)));
    }
    if let Some(min) = schema.get("minLength").and_then(Value::as_u64)
        && length < min
    {
        let detail = format!("{path} in body should be at least {min} chars long");
        out.push(Problem::invalid(path, &text.into(), &detail));
    }
}

fn check_number(value: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let Some(number) = value.as_f64() else { return };
    let is = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    if let Some(max) = schema.get("maximum").and_then(Value::as_f64) {
        let strict = is("exclusiveMaximum");
        if max < number || (strict && max <= number) {
            let words = if strict { "less than" } else { "less than or equal to" };
            let detail = format!("{path} in body should be {words} {max}");
            out.push(Problem::invalid(path, value, &detail));
        }
    }
    if let Some(min) = schema.get("minimum").and_then(Value::as_f64) {
        let strict = is("exclusiveMinimum");
        if number < min || (strict && number <= min) {
            let words = if strict { "greater than" } else { "greater than or equal to" };
            let detail = format!("{path} in body should be {words} {min}");
            out.push(Problem::invalid(path, value, &detail));
        }
    }
}

/// Checks `allOf`, `anyOf`, `oneOf` and `not`.
fn combined(value: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let list = |name: &str| schema.get(name).and_then(Value::as_array).filter(|l| !l.is_empty());
    let tried = |schemas: &Vec<Value>| -> Vec<Vec<Problem>> {
        schemas
            .iter()
            .map(|schema| {
                let mut found = Vec::new();
                check(value, schema, path, &mut found);
                found
            })
            .collect()
    };
    let say = |words: &str| Problem::invalid("<nil>", &"".into(), &format!("\"{path}\" {words}"));
    if let Some(schemas) = list("allOf") {
        let failed: Vec<Problem> = tried(schemas).into_iter().flatten().collect();
        if !failed.is_empty() {
            out.push(say("must validate all the schemas (allOf)"));
            out.extend(failed);
        }
    }
    if let Some(schemas) = list("anyOf") {
        let all = tried(schemas);
        if all.iter().all(|found| !found.is_empty()) {
            out.push(say("must validate at least one schema (anyOf)"));
            out.extend(all.into_iter().min_by_key(Vec::len).into_iter().flatten());
        }
    }
    if let Some(schemas) = list("oneOf") {
        let all = tried(schemas);
        let valid = all.iter().filter(|found| found.is_empty()).count();
        match valid {
            1 => {}
            0 => {
                out.push(say("must validate one and only one schema (oneOf). Found none valid"));
                out.extend(all.into_iter().min_by_key(Vec::len).into_iter().flatten());
            }
            valid => out.push(say(&format!(
                "must validate one and only one schema (oneOf). Found {valid} valid alternatives"
            ))),
        }
    }
    if let Some(schema) = schema.get("not") {
        let mut found = Vec::new();
        check(value, schema, path, &mut found);
        if found.is_empty() {
            out.push(say("must not validate the schema (not)"));
        }
    }
}

/// Refuses items that occur twice in sets and in lists with keys.
fn duplicates(value: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, value) in map {
                if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                    duplicates(value, schema, &join(path, name), out);
                } else if let Some(schema) = schema.get("additionalProperties") {
                    duplicates(value, schema, &format!("{path}[{name}]"), out);
                }
            }
        }
        Value::Array(items) => {
            let names: Vec<&str> = schema
                .get("x-kubernetes-list-map-keys")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let how = schema.get("x-kubernetes-list-type").and_then(Value::as_str);
            let name_of = |item: &Value| match how {
                Some("map") => {
                    let pairs = names
                        .iter()
                        .filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
                    Some(Value::Object(pairs.collect()))
                }
                Some("set") => Some(item.clone()),
                _ => None,
            };
            let mut seen: Vec<Value> = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let at = format!("{path}[{index}]");
                if let Some(name) = name_of(item) {
                    if seen.contains(&name) {
                        out.push(Problem::duplicate(&at, &name));
                    } else {
                        seen.push(name);
                    }
                }
                if let Some(schema) = schema.get("items") {
                    duplicates(item, schema, &at, out);
                }
            }
        }
        _ => {}
    }
}
