//! Lists that are sets, and lists with keys: nothing may be in them twice.

use serde_json::{Map, Value, json};

use super::{
    super::status::Problem,
    structure::{ListKind, Structure, Values},
};

/// Finds what is in a set or under its keys more than once.
pub(crate) fn check(value: &Value, schema: &Structure, path: &str, out: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if let Some(below) = schema.properties.get(name) {
                    let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    check(value, below, &at, out);
                } else if let Values::Of(below) = &schema.values {
                    check(value, below, &format!("{path}[{name}]"), out);
                }
            }
        }
        Value::Array(items) => {
            match schema.list {
                ListKind::Set => twice(items.iter().map(Clone::clone).collect(), path, out),
                ListKind::Map => keyed(items, schema, path, out),
                ListKind::Atomic => {}
            }
            let Some(below) = &schema.items else { return };
            for (index, item) in items.iter().enumerate() {
                check(item, below, &format!("{path}[{index}]"), out);
            }
        }
        _ => {}
    }
}

fn keyed(items: &[Value], schema: &Structure, path: &str, out: &mut Vec<Problem>) {
    let wrong = items.iter().position(|item| !item.is_object() && !item.is_null());
    if let Some(index) = wrong {
        let detail = "must be an object for an array of list-type map";
        out.push(Problem::invalid(format!("{path}[{index}]"), &items[index], detail));
        return;
    }
    let name = |item: &Value| -> Value {
        let pairs =
            schema.keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    twice(items.iter().map(name).collect(), path, out);
}

/// Complains of the second appearance of each value.
fn twice(values: Vec<Value>, path: &str, out: &mut Vec<Problem>) {
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for (index, value) in values.into_iter().enumerate() {
        let times = seen.entry(json!(value).to_string()).or_default();
        *times += 1;
        if *times == 2 {
            out.push(Problem::duplicate(format!("{path}[{index}]"), &value));
        }
    }
}
