//! The paths of printer columns: the simple part of `JSONPath`.

use serde_json::Value;

/// How many steps a path may have.
pub(crate) const STEPS_MAX: usize = 128;
/// How many values a path may lead to.
pub(crate) const VALUES_MAX: usize = 4096;

enum Step {
    Name(String),
    Index(i64),
    All,
    /// Items whose value at a path has a text.
    Where(Vec<String>, String),
}

/// Returns the values that a path such as `.status.conditions[?(@.type=="Ready")].status` leads to.
pub(super) fn find<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let Some(steps) = steps(path) else { return Vec::new() };
    let mut found = vec![value];
    for step in &steps {
        let mut next = Vec::new();
        for value in found {
            match step {
                Step::Name(name) => next.extend(value.get(name)),
                Step::Index(index) => next.extend(item(value, *index)),
                Step::All => match value {
                    Value::Array(items) => next.extend(items),
                    Value::Object(map) => next.extend(map.values()),
                    _ => {}
                },
                Step::Where(at, wanted) => {
                    let items = value.as_array().into_iter().flatten();
                    next.extend(items.filter(|item| {
                        let found = at.iter().try_fold(*item, |value, name| value.get(name));
                        found.is_some_and(|found| match found {
                            Value::String(text) => text == wanted,
                            other => other.to_string().as_str() == wanted,
                        })
                    }));
                }
            }
            next.truncate(VALUES_MAX);
        }
        found = next;
    }
    found
}

fn item(value: &Value, index: i64) -> Option<&Value> {
    let items = value.as_array()?;
    let index = if index < 0 { i64::try_from(items.len()).ok()? + index } else { index };
    items.get(usize::try_from(index).ok()?)
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut out = Vec::new();
    let mut rest = path.trim().trim_start_matches('$');
    while !rest.is_empty() {
        if STEPS_MAX <= out.len() {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('[') {
            let end = close(inner)?;
            out.push(bracket(&inner[..end])?);
            rest = &inner[end + 1..];
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let (name, more) = name(rest);
            match name.as_str() {
                "" if more.starts_with('[') => {}
                "" => return None,
                "*" => out.push(Step::All),
                _ => out.push(Step::Name(name)),
            }
            rest = more;
        }
    }
    Some(out)
}

/// Takes a name off the front of a path; dots in it have backslashes.
fn name(path: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = path.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            '.' | '[' => return (out, &path[at..]),
            c => out.push(c),
        }
    }
    (out, "")
}

/// Finds the end of a bracket that was opened.
fn close(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, ']') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step> {
    let inner = inner.trim();
    if inner == "*" {
        return Some(Step::All);
    }
    if let Some(condition) = inner.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        let (at, wanted) = condition.split_once("==")?;
        let at = at.trim().strip_prefix('@')?.trim_start_matches('.');
        let names = at.split('.').map(str::to_owned).collect();
        return Some(Step::Where(names, unquote(wanted.trim()).to_owned()));
    }
    match inner.parse() {
        Ok(index) => Some(Step::Index(index)),
        Err(_) => Some(Step::Name(unquote(inner).to_owned())),
    }
}

fn unquote(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{STEPS_MAX, VALUES_MAX, find};

    #[test]
    fn paths_lead_through_maps_lists_and_conditions() {
        let object = json!({
            "a.b": { "c": [1, 2, { "type": "Ready", "status": "True" }] },
            "list": vec![0; VALUES_MAX + 1],
        });
        let texts = |path: &str| {
            let found: Vec<String> = find(&object, path).iter().map(ToString::to_string).collect();
            found.join(",")
        };
        assert_eq!(texts(r".a\.b.c[0]"), "1");
        assert_eq!(texts(r"['a.b'].c[-2]"), "2");
        assert_eq!(texts(r#".a\.b.c[?(@.type=="Ready")].status"#), "\"True\"");
        assert_eq!(texts(r".a\.b.c[0]['x']"), "");
        assert_eq!(texts(".a["), "");
        assert_eq!(find(&object, ".list[*]").len(), VALUES_MAX);
        assert!(find(&object, &".a".repeat(STEPS_MAX + 1)).is_empty());
    }
}
