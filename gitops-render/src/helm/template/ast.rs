//! A parsed template, with the place and the text of every node for errors.

use std::rc::Rc;

use bytes::Bytes;

use super::super::funcs::Function;
use super::super::value::Text;

/// A named template.
#[derive(Debug)]
pub(super) struct Tree {
    /// Its name.
    pub(super) name: Text,
    /// The file that it is written in.
    pub(super) source: Rc<Source>,
    pub(super) root: List,
}

/// The text that a template was parsed from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: Text,
    pub(super) text: Bytes,
}

impl Source {
    /// `file:line:column` of a byte.
    pub(super) fn location(&self, pos: usize) -> String {
        let before = &self.text[..pos.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => pos - newline - 1,
            None => pos,
        };
        format!("{}:{line}:{column}", self.name)
    }
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) pos: usize,
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Node {
    // A part of the source.
    Text { pos: usize, text: Bytes },
    Action { pos: usize, pipe: Pipe },
    Branch(Box<Branch>),
    Template { pos: usize, name: Text, pipe: Option<Pipe> },
    Break { pos: usize },
    Continue { pos: usize },
}

/// `if`, `range` or `with`.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) keyword: Keyword,
    pub(super) pos: usize,
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) otherwise: Option<List>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    If,
    Range,
    With,
}

impl Keyword {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Range => "range",
            Self::With => "with",
        }
    }
}

#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) pos: usize,
    /// Whether the variables are assigned, not declared.
    pub(super) assigns: bool,
    pub(super) variables: Vec<Text>,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub(super) pos: usize,
    pub(super) args: Vec<Expr>,
}

/// One word of a command.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) pos: usize,
    pub(super) kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Bool(bool),
    Dot,
    Nil,
    Field(Vec<Text>),
    Chain(Box<Expr>, Vec<Text>),
    Identifier(&'static Function),
    Number(Box<Number>),
    Str {
        quoted: Text,
        text: Text,
    },
    /// The name and the fields behind it.
    Variable(Vec<Text>),
    Pipe(Box<Pipe>),
}

/// A number and what it can be taken for.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) text: Text,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
    /// Whether it is written as a complex number.
    pub(super) complex: bool,
}

impl List {
    /// Whether there is nothing but blanks.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text { text, .. } => {
                let text = String::from_utf8_lossy(text);
                text.trim().is_empty()
            }
            _ => false,
        })
    }
}

/// Writes nodes as errors show them.
pub(super) trait Describe {
    /// Appends the text.
    fn describe(&self, out: &mut Vec<u8>);

    /// The text.
    fn text(&self) -> String {
        let mut out = Vec::new();
        self.describe(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl Describe for List {
    fn describe(&self, out: &mut Vec<u8>) {
        self.nodes.iter().for_each(|node| node.describe(out));
    }
}

impl Describe for Node {
    fn describe(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text { text, .. } => out.extend_from_slice(text),
            Self::Action { pipe, .. } => {
                out.extend_from_slice(b"{{");
                pipe.describe(out);
                out.extend_from_slice(b"}}");
            }
            Self::Branch(branch) => branch.describe(out),
            Self::Template { name, pipe, .. } => {
                out.extend_from_slice(b"{{template ");
                out.extend_from_slice(&super::print::quote::quote(name));
                if let Some(pipe) = pipe {
                    out.push(b' ');
                    pipe.describe(out);
                }
                out.extend_from_slice(b"}}");
            }
            Self::Break { .. } => out.extend_from_slice(b"{{break}}"),
            Self::Continue { .. } => out.extend_from_slice(b"{{continue}}"),
        }
    }
}

impl Describe for Branch {
    fn describe(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(self.keyword.name().as_bytes());
        out.push(b' ');
        self.pipe.describe(out);
        out.extend_from_slice(b"}}");
        self.list.describe(out);
        if let Some(otherwise) = &self.otherwise {
            out.extend_from_slice(b"{{else}}");
            otherwise.describe(out);
        }
        out.extend_from_slice(b"{{end}}");
    }
}

impl Describe for Pipe {
    fn describe(&self, out: &mut Vec<u8>) {
        for (at, variable) in self.variables.iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(variable);
        }
        if !self.variables.is_empty() {
            let sign: &[u8] = if self.assigns { b" = " } else { b" := " };
            out.extend_from_slice(sign);
        }
        for (at, command) in self.commands.iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(b" | ");
            }
            command.describe(out);
        }
    }
}

impl Describe for Command {
    fn describe(&self, out: &mut Vec<u8>) {
        for (at, arg) in self.args.iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            arg.describe_in_parens(out);
        }
    }
}

impl Expr {
    /// With parentheses around a pipeline.
    fn describe_in_parens(&self, out: &mut Vec<u8>) {
        if matches!(self.kind, ExprKind::Pipe(_)) {
            out.push(b'(');
            self.describe(out);
            out.push(b')');
        } else {
            self.describe(out);
        }
    }
}

impl Describe for Expr {
    fn describe(&self, out: &mut Vec<u8>) {
        match &self.kind {
            ExprKind::Bool(true) => out.extend_from_slice(b"true"),
            ExprKind::Bool(false) => out.extend_from_slice(b"false"),
            ExprKind::Dot => out.push(b'.'),
            ExprKind::Nil => out.extend_from_slice(b"nil"),
            ExprKind::Field(fields) => describe_fields(fields, out),
            ExprKind::Chain(inner, fields) => {
                inner.describe_in_parens(out);
                describe_fields(fields, out);
            }
            ExprKind::Identifier(function) => out.extend_from_slice(function.name.as_bytes()),
            ExprKind::Number(number) => out.extend_from_slice(&number.text),
            ExprKind::Str { quoted, .. } => out.extend_from_slice(quoted),
            ExprKind::Variable(names) => {
                if let Some((name, fields)) = names.split_first() {
                    out.extend_from_slice(name);
                    describe_fields(fields, out);
                }
            }
            ExprKind::Pipe(pipe) => pipe.describe(out),
        }
    }
}

fn describe_fields(fields: &[Text], out: &mut Vec<u8>) {
    for field in fields {
        out.push(b'.');
        out.extend_from_slice(field);
    }
}
