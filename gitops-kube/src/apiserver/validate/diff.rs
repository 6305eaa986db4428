//! What changed, as the server shows it: the lines of both structs, compared.

use serde_json::Value;

/// How many lines before and after a change are shown.
const AROUND: usize = 3;

/// The fields of a claim's spec, as its struct names them.
const FIELDS: [(&str, &str); 9] = [
    ("AccessModes", "accessModes"),
    ("Selector", "selector"),
    ("Resources", "resources"),
    ("VolumeName", "volumeName"),
    ("StorageClassName", "storageClassName"),
    ("VolumeMode", "volumeMode"),
    ("DataSource", "dataSource"),
    ("DataSourceRef", "dataSourceRef"),
    ("VolumeAttributesClassName", "volumeAttributesClassName"),
];

/// Writes a claim's spec, a line for each value.
pub(super) fn lines(spec: &Value) -> Vec<String> {
    let mut out = vec!["{".to_owned()];
    for (index, (go, json)) in FIELDS.iter().enumerate() {
        let comma = if index + 1 < FIELDS.len() { "," } else { "" };
        let value = match (spec.get(*json), *json) {
            (None, "volumeName") => Value::from(""),
            (None, _) => Value::Null,
            (Some(resources), "resources") => capitalised(resources),
            (Some(value), _) => value.clone(),
        };
        write(&mut out, &format!(" \"{go}\": "), &value, comma, 1);
    }
    out.push("}".to_owned());
    out
}

fn capitalised(resources: &Value) -> Value {
    let get = |name: &str| resources.get(name).cloned().unwrap_or_default();
    serde_json::json!({ "Limits": get("limits"), "Requests": get("requests") })
}

fn write(out: &mut Vec<String>, start: &str, value: &Value, comma: &str, depth: usize) {
    let inner = " ".repeat(depth + 1);
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push(format!("{start}["));
            for (index, item) in items.iter().enumerate() {
                let comma = if index + 1 < items.len() { "," } else { "" };
                write(out, &inner, item, comma, depth + 1);
            }
            out.push(format!("{}]{comma}", " ".repeat(depth)));
        }
        Value::Object(map) if !map.is_empty() => {
            out.push(format!("{start}{{"));
            for (index, (name, item)) in map.iter().enumerate() {
                let comma = if index + 1 < map.len() { "," } else { "" };
                write(out, &format!("{inner}\"{name}\": "), item, comma, depth + 1);
            }
            out.push(format!("{}}}{comma}", " ".repeat(depth)));
        }
        value => out.push(format!("{start}{value}{comma}")),
    }
}

/// Compares lines: the part between the first and the last that differ is one change.
pub(super) fn unified(old: &[String], new: &[String]) -> String {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = end.take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let from = start.saturating_sub(AROUND);
    let after = (old.len() - old_end).min(AROUND);
    let count = |end: usize| end + after - from;
    let mut out =
        format!("@@ -{},{} +{},{} @@\n", from + 1, count(old_end), from + 1, count(new_end));
    let mut push = |sign: char, lines: &[String]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            out.push('\n');
        }
    };
    push(' ', &old[from..start]);
    push('-', &old[start..old_end]);
    push('+', &new[start..new_end]);
    push(' ', &old[old_end..old_end + after]);
    out
}
