//! The hash of a pod template, as `pod-template-hash` and revision names carry it.
//!
//! Kubernetes hashes how Go would print the template with all its types. What Go prints follows from the names,
//! types and order of the fields, which `template.layout` lists, one type a line.

use std::{collections::HashMap, fmt::Write as _, sync::OnceLock};

use serde_json::{Map, Value};

const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// How deep a template may nest; the types themselves end far before.
pub(crate) const TEMPLATE_DEPTH_MAX: usize = 64;

/// Hashes a template; `collisions` tells templates apart that hash alike.
pub(crate) fn template(template: &Value, collisions: Option<i64>) -> String {
    let mut text = String::new();
    print(&mut text, "v1.PodTemplateSpec", Some(template), true, 0);
    let mut hash = fnv1a(0x811c_9dc5, text.as_bytes());
    if let Some(collisions) = collisions {
        let mut bytes = [0_u8; 8];
        bytes[..4].copy_from_slice(&u32::try_from(collisions).unwrap_or(u32::MAX).to_le_bytes());
        hash = fnv1a(hash, &bytes);
    }
    safe(&hash.to_string())
}

/// Hashes the data of a revision.
pub(crate) fn revision(data: &str, collisions: i64) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in data.bytes().chain(collisions.to_string().bytes()) {
        hash = hash.wrapping_mul(0x0100_0193) ^ u32::from(byte);
    }
    safe(&hash.to_string())
}

fn fnv1a(mut hash: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// Writes digits with letters that spell no words.
fn safe(digits: &str) -> String {
    digits.bytes().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
}

enum Layout {
    /// Another name for a type.
    Alias(&'static str),
    /// Name, JSON name and type of each field.
    Struct(Vec<(&'static str, &'static str, &'static str)>),
}

fn layout(name: &str) -> Option<&'static Layout> {
    static LAYOUTS: OnceLock<HashMap<&'static str, Layout>> = OnceLock::new();
    let layouts = LAYOUTS.get_or_init(|| {
        let lines = include_str!("template.layout").lines();
        let parsed = lines.filter_map(|line| {
            if let Some((name, fields)) = line.strip_suffix('}').and_then(|l| l.split_once('{')) {
                let fields = fields.split(' ').filter_map(|field| {
                    let (name, of) = field.split_once(':')?;
                    let (name, key) = name.split_once('/')?;
                    Some((name, key, of))
                });
                return Some((name, Layout::Struct(fields.collect())));
            }
            let (name, of) = line.split_once('=')?;
            Some((name, Layout::Alias(of)))
        });
        parsed.collect()
    });
    layouts.get(name)
}

fn print(out: &mut String, of: &str, value: Option<&Value>, show: bool, depth: usize) {
    let value = value.filter(|value| !value.is_null());
    if depth > TEMPLATE_DEPTH_MAX {
        return;
    }
    if show {
        let _ = write!(out, "({of})");
    }
    if let Some(target) = of.strip_prefix('*') {
        return match value {
            Some(value) => print(out, target, Some(value), false, depth + 1),
            None => out.push_str("<nil>"),
        };
    }
    match of {
        "v1.Time" => {
            out.push_str(
                "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}",
            );
            return;
        }
        "resource.Quantity" => return quantity(out, value.and_then(Value::as_str).unwrap_or("0")),
        "intstr.IntOrString" => return int_or_string(out, value),
        _ => {}
    }
    let shape = match layout(of) {
        Some(Layout::Struct(fields)) => return fields_of(out, fields, value, depth),
        Some(Layout::Alias(shape)) => shape,
        None => of,
    };
    if let Some(item) = shape.strip_prefix("[]") {
        list(out, item, value, depth);
    } else if let Some((_, item)) = shape.strip_prefix("map[").and_then(|map| map.split_once(']')) {
        map(out, item, value, depth);
    } else {
        scalar(out, shape, value);
    }
}

fn fields_of(out: &mut String, fields: &[(&str, &str, &str)], value: Option<&Value>, depth: usize) {
    out.push('{');
    for (index, (name, key, of)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{name}:");
        // A field without a key of its own is spread over the object that holds it.
        let inner = if key.is_empty() { value } else { value.and_then(|value| value.get(key)) };
        print(out, of, inner, true, depth + 1);
    }
    out.push('}');
}

fn list(out: &mut String, item: &str, value: Option<&Value>, depth: usize) {
    let Some(items) = value.and_then(Value::as_array).filter(|items| !items.is_empty()) else {
        return out.push_str("<nil>");
    };
    out.push('[');
    for (index, inner) in items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        // Items are printed without their type, but for pointers.
        print(out, item, Some(inner), false, depth + 1);
    }
    out.push(']');
}

fn map(out: &mut String, item: &str, value: Option<&Value>, depth: usize) {
    let Some(map) = value.and_then(Value::as_object).filter(|map| !map.is_empty()) else {
        return out.push_str("<nil>");
    };
    out.push_str("map[");
    for (index, (key, inner)) in sorted(map).into_iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{key}:");
        print(out, item, Some(inner), false, depth + 1);
    }
    out.push(']');
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_by_key(|(key, _)| *key);
    pairs
}

fn scalar(out: &mut String, shape: &str, value: Option<&Value>) {
    match (shape, value) {
        ("string", value) => out.push_str(value.and_then(Value::as_str).unwrap_or_default()),
        ("bool", value) => {
            let _ = write!(out, "{}", value.and_then(Value::as_bool).unwrap_or_default());
        }
        (_, Some(value)) => {
            let _ = write!(out, "{value}");
        }
        (_, None) => out.push('0'),
    }
}

fn int_or_string(out: &mut String, value: Option<&Value>) {
    let (kind, number, text) = match value {
        Some(Value::String(text)) => (1, 0, text.as_str()),
        value => (0, value.and_then(Value::as_i64).unwrap_or_default(), ""),
    };
    let _ =
        write!(out, "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}");
}

/// Prints a quantity in the form the server writes, which is never fractional.
fn quantity(out: &mut String, text: &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let digits = number.trim_start_matches('-');
    let value: i64 = number.parse().unwrap_or_default();
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == suffix);
    let (value, scale, format, kept) = if let Some(at) = binary {
        let shift = 10 * (u32::try_from(at).unwrap_or_default() + 1);
        (value.wrapping_shl(shift), 0, "BinarySI", value & 7 != 0)
    } else {
        let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        let (exponent, format) = match decimal.iter().position(|known| *known == suffix) {
            Some(at) => (3 * (i32::try_from(at).unwrap_or_default() - 3), "DecimalSI"),
            None => (suffix[1..].parse().unwrap_or_default(), "DecimalExponent"),
        };
        let kept = exponent % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0');
        (value, exponent, format, kept)
    };
    // Zero alone keeps its text, whatever its suffix would have been.
    let kept = kept || text == "0";
    let kept = if kept { text } else { "" };
    let _ = write!(
        out,
        "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){kept} Format:(resource.Format){format}}}"
    );
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{TEMPLATE_DEPTH_MAX, revision, template};

    fn web() -> Value {
        json!({
            "metadata": { "labels": { "app": "web" } },
            "spec": {
                "automountServiceAccountToken": false,
                "containers": [{
                    "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent", "name": "web",
                    "livenessProbe": {
                        "failureThreshold": 3,
                        "httpGet": { "path": "/", "port": "http", "scheme": "HTTP" },
                        "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
                    },
                    "ports": [{ "containerPort": 80, "name": "http", "protocol": "TCP" }],
                    "resources": {
                        "limits": { "memory": "1536Mi" },
                        "requests": { "cpu": "100m", "memory": "64Mi" },
                    },
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                }],
                "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": {},
                "terminationGracePeriodSeconds": 30,
            },
        })
    }

    #[test]
    fn hashes_templates_as_the_real_controllers_do() {
        // Recorded from kube-controller-manager v1.36.2.
        assert_eq!(template(&web(), None), "5b9c88ffb5");
    }

    #[test]
    fn collisions_change_the_hash() {
        assert_ne!(template(&web(), Some(1)), template(&web(), None));
        assert_ne!(revision("{}", 1), revision("{}", 0));
    }

    #[test]
    fn prints_no_deeper_than_the_limit() {
        let mut out = String::new();
        super::print(&mut out, "string", Some(&json!("x")), true, TEMPLATE_DEPTH_MAX + 1);
        assert_eq!(out, "");
    }
}
