//! YAML and JSON inside of a string.

use serde_json::Value;

use super::{
    super::{
        hash::go_json,
        node::Node,
        problem::{Outcome, problem},
        read::read_text,
        scalar::{Scalar, Tag, resolve},
        write::write_yaml,
    },
    path::{PathMatcher, look_up},
};

/// Puts `value` at a path that leads into a string of YAML or JSON. Returns whether it does.
pub(super) fn put(node: &mut Node, steps: &[String], value: &Node, create: bool) -> bool {
    for at in 1..steps.len() {
        let (outer, inner) = steps.split_at(at);
        let Ok(Some(Node::Scalar(scalar))) = look_up(node, outer) else { continue };
        let Ok(parsed) = read_text(&scalar.text) else { continue };
        let text = parsed.and_then(|parsed| changed(parsed, &scalar.text, inner, value, create));
        let Some(text) = text else { return false };
        let Some(Node::Scalar(scalar)) = look_up_mut(node, outer) else { return false };
        scalar.text = text;
        return true;
    }
    false
}

fn changed(
    mut parsed: Node,
    text: &str,
    steps: &[String],
    value: &Node,
    create: bool,
) -> Option<String> {
    let mut found = false;
    let mut set = |field: &mut Node| {
        found = true;
        match field {
            Node::Scalar(scalar) => value.text().clone_into(&mut scalar.text),
            other => *other = value.clone(),
        }
        Ok(())
    };
    let matcher = PathMatcher { create: create.then_some(value) };
    matcher.visit(&mut parsed, steps, &mut set).ok()?;
    if !found {
        return None;
    }
    if !text.trim_start().starts_with(['{', '[']) {
        return Some(write_yaml(&parsed, text).trim().to_owned());
    }
    let json = parsed.to_value().ok()?;
    let pretty = text.contains('\n') && text.contains("  ");
    Some(if pretty { indented(&json, 0) } else { go_json(&json) })
}

fn look_up_mut<'n>(node: &'n mut Node, steps: &[String]) -> Option<&'n mut Node> {
    let mut at = node;
    for step in steps.iter().map(|step| step.trim()).filter(|step| !step.is_empty()) {
        let place = match at {
            Node::List(items) => {
                let holder = look_up_index(items, step)?;
                items.get_mut(holder)
            }
            Node::Map(map) => map.get_mut(step),
            Node::Scalar(_) => None,
        };
        at = place?;
    }
    Some(at)
}

fn look_up_index(items: &[Node], step: &str) -> Option<usize> {
    if step == "-" {
        return items.len().checked_sub(1);
    }
    if let Ok(index) = step.parse() {
        return Some(index);
    }
    let (key, value) = step.strip_prefix('[')?.strip_suffix(']')?.split_once('=')?;
    items.iter().position(|item| match key {
        "" => item.text() == value,
        key => item.get(key).is_some_and(|found| found.text() == value),
    })
}

/// Follows a path into a string and changes a copy, which tells whether the path leads somewhere.
pub(super) fn find(
    text: &str,
    steps: &[String],
    matcher: &PathMatcher<'_>,
    set: &mut dyn FnMut(&mut Node) -> Outcome<()>,
) -> Outcome<()> {
    match read_text(text)? {
        Some(mut parsed) => matcher.visit(&mut parsed, steps, set),
        None => Err(problem("the string holds nothing")),
    }
}

/// Returns a scalar as it is printed.
pub(super) fn printed(node: &Node) -> String {
    match node {
        Node::Scalar(Scalar { text, quoted: true, .. }) => format!("\"{text}\""),
        Node::Scalar(Scalar { text, tag: Tag::Str, .. }) if resolve(text).0 != Tag::Str => {
            format!("\"{text}\"")
        }
        Node::Scalar(scalar) => scalar.text.trim().to_owned(),
        other => write_yaml(other, "").trim().to_owned(),
    }
}

// JSON with two spaces a level, as Go prints it.
fn indented(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let lines: Vec<String> = match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| format!("{inner}{}", indented(item, depth + 1))).collect()
        }
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, item)| {
                let key = go_json(&Value::String(key.clone()));
                format!("{inner}{key}: {}", indented(item, depth + 1))
            })
            .collect(),
        other => return go_json(other),
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    format!("{open}\n{}\n{outer}{close}", lines.join(",\n"))
}
