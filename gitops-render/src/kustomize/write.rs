//! A value as YAML in the order and the style in which it was written.

use gitops_core::yaml::{self, Document, Input, NodeRef, NodeShape, Style};
use serde_json::Value;

use super::{
    node::Node,
    scalar::{Scalar, Tag, resolve},
};

/// Returns YAML with two spaces a level; lists stand below their key. What was written in `source`
/// keeps its brackets, quotes and comments.
pub(super) fn write_yaml(node: &Node, source: &str) -> String {
    let input = Input::new(source.as_bytes());
    let documents = yaml::documents(&input).unwrap_or_default();
    let mut writer = Writer { out: String::new(), source: input.text() };
    let root = documents.first().map(Document::root);
    writer.block(node, root, 0);
    writer.out
}

struct Writer<'s> {
    out: String,
    source: &'s str,
}

impl Writer<'_> {
    // Writes a value that starts where the text ends, and the end of its line.
    fn block(&mut self, node: &Node, from: Option<NodeRef<'_>>, indent: usize) {
        let from = from.map(NodeRef::resolved);
        match node {
            Node::Map(map) if !map.entries.is_empty() && !is_flow(from) => {
                let keys: Vec<_> = from.into_iter().flat_map(NodeRef::entries).collect();
                for (at, (key, value)) in map.entries.iter().enumerate() {
                    let pair = keys.get(at).copied();
                    let start = pair.map(|(key, _)| key.span().start);
                    self.lead(start, at == 0, indent);
                    let style = pair.map(|(key, _)| style(key));
                    let name = Scalar::string(&**key);
                    self.out.push_str(&scalar_text(&name, style.flatten(), indent));
                    self.out.push(':');
                    self.value(value, pair, indent);
                }
            }
            Node::List(items) if !items.is_empty() && !is_flow(from) => {
                let known: Vec<_> = from.into_iter().flat_map(NodeRef::items).collect();
                for (at, item) in items.iter().enumerate() {
                    let start = known.get(at).map(|item| item.span().start);
                    let dash = start.and_then(|start| self.source[..start].rfind('-'));
                    self.lead(dash, at == 0, indent);
                    self.out.push_str("- ");
                    self.block(item, known.get(at).copied(), indent + 2);
                }
            }
            other => {
                let text = inline(other, from, indent);
                self.out.push_str(&text);
                self.end(from);
            }
        }
    }

    // Writes a value after its key.
    fn value(&mut self, value: &Node, pair: Option<(NodeRef<'_>, NodeRef<'_>)>, indent: usize) {
        let from = pair.map(|(_, value)| value);
        let deeper = match value {
            Node::Map(map) if !map.entries.is_empty() && !is_flow(from) => indent + 2,
            Node::List(items) if !items.is_empty() && !is_flow(from) => indent,
            other => {
                self.out.push(' ');
                return self.block(other, from, indent + 2);
            }
        };
        let rest = pair.and_then(|(key, _)| self.source.get(key.span().end..));
        let rest = rest.and_then(|rest| rest.lines().next()).map(str::trim);
        let comment = rest.and_then(|rest| rest.strip_prefix(':')).map(str::trim);
        if let Some(comment) = comment.filter(|text| text.starts_with('#')) {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.out.push('\n');
        self.out.push_str(&" ".repeat(deeper));
        self.block(value, from, deeper);
    }

    // Writes the comments before something, and what it is indented by.
    fn lead(&mut self, start: Option<usize>, is_first: bool, indent: usize) {
        let mut fresh = !is_first;
        let before = start.map_or("", |start| &self.source[..start]);
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let mut comments: Vec<&str> = before[..line]
            .lines()
            .rev()
            .map(str::trim)
            .take_while(|line| line.starts_with('#'))
            .collect();
        comments.reverse();
        for comment in comments {
            if fresh {
                self.out.push_str(&" ".repeat(indent));
            }
            self.out.push_str(comment);
            self.out.push('\n');
            fresh = true;
        }
        if fresh {
            self.out.push_str(&" ".repeat(indent));
        }
    }

    // Ends a line, with the comment that stands there.
    fn end(&mut self, from: Option<NodeRef<'_>>) {
        if self.out.ends_with('\n') {
            return;
        }
        let rest = from.and_then(|from| self.source.get(from.span().end..));
        let comment = rest.and_then(|rest| rest.lines().next()).map(str::trim);
        if let Some(comment) = comment.filter(|text| text.starts_with('#')) {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }
}

fn is_flow(from: Option<NodeRef<'_>>) -> bool {
    let shape = from.map(|from| from.resolved().shape());
    matches!(shape, Some(NodeShape::List { flow: true } | NodeShape::Mapping { flow: true }))
}

fn style(from: NodeRef<'_>) -> Option<Style> {
    match from.resolved().shape() {
        NodeShape::Scalar(style) => Some(style),
        _ => None,
    }
}

// Returns a value on one line, or a block scalar.
fn inline(node: &Node, from: Option<NodeRef<'_>>, indent: usize) -> String {
    match node {
        Node::Scalar(scalar) => scalar_text(scalar, from.and_then(style), indent),
        Node::List(items) => {
            let known: Vec<_> = from.into_iter().flat_map(NodeRef::items).collect();
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| inline(item, known.get(at).copied(), indent));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Node::Map(map) => {
            let known: Vec<_> = from.into_iter().flat_map(NodeRef::entries).collect();
            let entries = map.entries.iter().enumerate().map(|(at, (key, value))| {
                let pair = known.get(at).copied();
                let style = pair.and_then(|(key, _)| style(key));
                let key = scalar_text(&Scalar::string(&**key), style, indent);
                format!("{key}: {}", inline(value, pair.map(|(_, value)| value), indent))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn scalar_text(scalar: &Scalar, style: Option<Style>, indent: usize) -> String {
    let text = &scalar.text;
    let ambiguous = scalar.tag == Tag::Str && resolve(text).0 != Tag::Str;
    let double = || Value::String(text.clone()).to_string();
    match style.unwrap_or_default() {
        Style::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
        Style::DoubleQuoted => double(),
        Style::Literal | Style::Folded => block_text(text, indent),
        Style::Plain if text.contains('\n') => block_text(text, indent),
        Style::Plain if scalar.quoted || ambiguous => double(),
        Style::Plain if needs_quotes(text) => format!("'{}'", text.replace('\'', "''")),
        Style::Plain => text.clone(),
    }
}

fn block_text(text: &str, indent: usize) -> String {
    let chomp = if text.ends_with("\n\n") {
        "+"
    } else if text.ends_with('\n') {
        ""
    } else {
        "-"
    };
    let pad = " ".repeat(indent.max(2));
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let lines: Vec<String> = lines
        .map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") })
        .collect();
    format!("|{chomp}\n{}\n", lines.join("\n"))
}

fn needs_quotes(text: &str) -> bool {
    text.starts_with([
        ' ', '!', '&', '*', '{', '}', '[', ']', ',', '#', '|', '>', '@', '`', '"', '\'', '%',
    ]) || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || text.starts_with("- ")
        || text.starts_with("? ")
}
