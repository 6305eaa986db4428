//! A value as YAML in the order in which it was written.

use super::{
    node::Node,
    scalar::{Scalar, Tag, resolve},
};

/// Returns YAML with two spaces a level; lists stand below their key.
pub(super) fn write_yaml(node: &Node) -> String {
    let mut text = String::new();
    write(&mut text, node, 0);
    text
}

fn write(out: &mut String, node: &Node, indent: usize) {
    match node {
        Node::Map(map) if !map.entries.is_empty() => {
            for (at, (key, value)) in map.entries.iter().enumerate() {
                if at != 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str(&scalar_text(&Scalar::string(&**key), indent));
                out.push(':');
                write_value(out, value, indent);
            }
        }
        Node::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at != 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                write(out, item, indent + 2);
            }
        }
        Node::Map(_) => out.push_str("{}\n"),
        Node::List(_) => out.push_str("[]\n"),
        Node::Scalar(scalar) => {
            out.push_str(&scalar_text(scalar, indent));
            out.push('\n');
        }
    }
}

fn write_value(out: &mut String, value: &Node, indent: usize) {
    match value {
        Node::Map(map) if !map.entries.is_empty() => {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2));
            write(out, value, indent + 2);
        }
        Node::List(items) if !items.is_empty() => {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            write(out, value, indent);
        }
        other => {
            out.push(' ');
            write(out, other, indent + 2);
        }
    }
}

fn scalar_text(scalar: &Scalar, indent: usize) -> String {
    let text = &scalar.text;
    if text.contains('\n') {
        let chomp = if text.ends_with('\n') { "" } else { "-" };
        let pad = " ".repeat(indent.max(2));
        let lines = text.trim_end_matches('\n').split('\n');
        let lines: Vec<String> = lines
            .map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") })
            .collect();
        return format!("|{chomp}\n{}", lines.join("\n"));
    }
    let ambiguous = scalar.tag == Tag::Str && resolve(text).0 != Tag::Str;
    if scalar.quoted || ambiguous || needs_quotes(text) {
        let value = serde_json::Value::String(text.clone());
        return value.to_string();
    }
    text.clone()
}

fn needs_quotes(text: &str) -> bool {
    text.starts_with([
        ' ', '!', '&', '*', '{', '}', '[', ']', ',', '#', '|', '>', '@', '`', '"', '\'', '%',
    ]) || text.ends_with(' ')
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.starts_with("- ")
        || text.starts_with("? ")
}
