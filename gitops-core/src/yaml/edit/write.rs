//! How a new value is written in the place of an old one.

use std::ops::Range;

use serde_json::Value;

use crate::yaml::{
    Document, NodeShape, Style, emit,
    node::{Node, Part, Tag},
    number,
};

/// Returns what part of the text to replace, and by what.
pub(super) fn splice(
    document: &Document<'_>,
    index: u32,
    value: &Value,
    flow: bool,
) -> (Range<usize>, String) {
    let node = &document.nodes[index as usize];
    let text = document.text;
    let start = after_properties(text, node);
    let end = (node.end as usize).max(start);
    if index == 0 && document.is_empty() {
        // It stands right behind its marker: only a document that has one can be empty.
        return (start..start, format!(" {}", scalar(value, Style::Plain, false)));
    }
    if !fits(node, value) {
        let anchor = anchor(&text[node.start as usize..start]);
        let range = node.start as usize..end;
        return (range, format!("{anchor}{}", scalar(value, Style::Plain, flow)));
    }
    if start == end {
        return (start..end, format!("{}{}", lead(text, start), scalar(value, Style::Plain, flow)));
    }
    match node.shape {
        NodeShape::Scalar(style @ (Style::Literal | Style::Folded)) => {
            block(text, start..end, value, style)
        }
        NodeShape::Scalar(style) => (start..end, scalar(value, style, flow)),
        NodeShape::Alias | NodeShape::List { .. } | NodeShape::Mapping { .. } => {
            (start..end, scalar(value, Style::Plain, flow))
        }
    }
}

// Whether the tag of a scalar, if it has one, can stay.
fn fits(node: &Node, value: &Value) -> bool {
    match node.tag {
        Tag::None => true,
        Tag::Str | Tag::Other => value.is_string(),
        Tag::Bool => value.is_boolean(),
        Tag::Null => value.is_null(),
        Tag::Int => value.is_i64() || value.is_u64(),
        Tag::Float => value.is_f64(),
        Tag::Timestamp | Tag::Binary | Tag::Merge => false,
    }
}

// Returns the anchor among the properties of a node, with a blank after it.
fn anchor(properties: &str) -> String {
    let mut words = properties.split_ascii_whitespace();
    words.find(|word| word.starts_with('&')).map(|word| format!("{word} ")).unwrap_or_default()
}

// Returns where a scalar starts behind its tag and anchor.
fn after_properties(text: &str, node: &Node) -> usize {
    let end = node.end as usize;
    // A scalar that is a part of the text starts there, or at its quote.
    if matches!(node.part, Part::Target { .. }) {
        return node.start as usize;
    }
    let mut at = node.start as usize;
    while at < end && text[at..end].starts_with(['&', '!']) {
        let rest = &text[at..end];
        at += rest.find(|char: char| char.is_ascii_whitespace()).unwrap_or(rest.len());
        at += blank_len(&text[at..end]);
    }
    at
}

// Returns how long blanks, line breaks and comments are at the start of `text`.
fn blank_len(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|char: char| char.is_ascii_whitespace());
        if !rest.starts_with('#') {
            return text.len() - rest.len();
        }
        rest = rest.find('\n').map_or("", |at| &rest[at..]);
    }
}

// Returns what separates a value from what stands before it, where there was no value.
fn lead(text: &str, at: usize) -> &'static str {
    let before = &text[..at];
    match before.chars().next_back() {
        None | Some('\n' | '\r') => "",
        Some(' ' | '\t') => match before.trim_end_matches([' ', '\t']).chars().next_back() {
            None | Some(':' | '-' | '?' | '\n' | '\r') => "",
            Some(_) => ": ",
        },
        Some(':' | '-' | '?') => " ",
        // A tag or anchor of a node, or a key without a colon in a flow mapping.
        Some(_) if before.rsplit(char::is_whitespace).next().is_some_and(is_property) => " ",
        Some(_) => ": ",
    }
}

fn is_property(word: &str) -> bool {
    word.starts_with(['&', '!'])
}

fn scalar(value: &Value, style: Style, flow: bool) -> String {
    match value {
        Value::String(text) => string(text, style, flow),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Number(number) => number::yaml_number(number),
        Value::Null | Value::Array(_) | Value::Object(_) => "null".to_owned(),
    }
}

fn string(text: &str, style: Style, flow: bool) -> String {
    let least = emit::inline_style(text);
    let least = match least {
        Style::Plain if flow && text.contains([',', '?', '[', ']', '{', '}', ':']) => {
            Style::SingleQuoted
        }
        other => other,
    };
    let style = match (least, style) {
        (Style::DoubleQuoted, Style::SingleQuoted) if emit::may_be_single_quoted(text) => {
            Style::SingleQuoted
        }
        (Style::DoubleQuoted, _) | (_, Style::DoubleQuoted) => Style::DoubleQuoted,
        (Style::SingleQuoted, _) | (_, Style::SingleQuoted) => Style::SingleQuoted,
        _ => Style::Plain,
    };
    emit::inline(text, style)
}

// Writes a value in place of lines behind `|` or `>`. Empty lines after it stay.
fn block(text: &str, range: Range<usize>, value: &Value, style: Style) -> (Range<usize>, String) {
    let old = &text[range.clone()];
    let end = range.start + old.trim_end_matches(|char: char| char.is_ascii_whitespace()).len();
    let header = old.split(['\n', '\r']).next().unwrap_or(old);
    // Blanks and the comment behind the indicators.
    let after =
        header.trim_start_matches(|char: char| char.is_ascii_digit() || "|>+-".contains(char));
    let lines = match value {
        Value::String(new) => block_lines(text, &range, end, new),
        _ => None,
    };
    match lines {
        Some((chomping, lines)) => (range.start..end, format!("|{chomping}{after}{lines}")),
        None => (range.start..end, format!("{}{after}", scalar(value, style, false))),
    }
}

// Returns the chomping and the lines of a text that can be written after `|`.
fn block_lines(
    text: &str,
    range: &Range<usize>,
    end: usize,
    new: &str,
) -> Option<(&'static str, String)> {
    let ended = new.ends_with('\n');
    let body = new.strip_suffix('\n').unwrap_or(new);
    let plain = emit::may_be_block(new) && !body.ends_with('\n') && !body.starts_with([' ', '\n']);
    let last_line = text[end..].is_empty();
    if body.is_empty() || !plain || body.contains(['\u{2028}', '\u{2029}']) || (ended && last_line)
    {
        return None;
    }
    let old = &text[range.start..end];
    let (header, content) = old.split_once('\n')?;
    if header.contains('\r') {
        return None;
    }
    let first = content.split('\n').find(|line| !line.trim().is_empty())?;
    let digits = header.bytes().any(|byte| byte.is_ascii_digit() && !header.contains('#'));
    if digits {
        return None;
    }
    let indent = first.len() - first.trim_start_matches(' ').len();
    let line = |line: &str| {
        let line = if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") };
        format!("\n{line}")
    };
    Some((if ended { "" } else { "-" }, body.split('\n').map(line).collect()))
}
