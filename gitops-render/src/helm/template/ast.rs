//! Parsed templates: nodes in tables, one a kind, that name each other and their text by number.
//!
//! All nodes of some files are dropped at once, and none owns memory of its own.

use std::sync::Arc;

use bytes::Bytes;
use gitops_core::find;

use super::super::funcs::Function;

/// A named template.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// Its name.
    pub(super) name: Bytes,
    /// The file that it is written in.
    pub(super) file: Bytes,
    /// What that file says.
    pub(super) text: Bytes,
    /// The nodes of that file, and of those parsed with it.
    pub(super) tables: Arc<Tables>,
    pub(super) root: List,
    /// Whether there is nothing but blanks.
    pub(super) empty: bool,
}

/// The nodes of files.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) nodes: Vec<Node>,
    pub(super) branches: Vec<Branch>,
    pub(super) calls: Vec<TemplateCall>,
    pub(super) pipes: Vec<Pipe>,
    pub(super) commands: Vec<Command>,
    pub(super) exprs: Vec<Expr>,
    pub(super) names: Vec<Span>,
    pub(super) numbers: Vec<Number>,
    /// What escaped strings mean.
    pub(super) escaped: Vec<Bytes>,
}

/// The text of a file, and the tables that its nodes are in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'t> {
    pub(super) text: &'t [u8],
    pub(super) tables: &'t Tables,
}

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Neighbours in a table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A number in a table.
pub(super) type Id = u32;

/// As the number of a byte or node. A text has at most [`TEXT_BYTES_MAX`](super::limits), and no
/// more nodes than that.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) pos: u32,
    pub(super) nodes: Part,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Text(Span),
    Action { pos: u32, pipe: Id },
    Branch(Id),
    Template(Id),
    Break { pos: u32 },
    Continue { pos: u32 },
}

/// `if`, `range` or `with`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub(super) keyword: Keyword,
    pub(super) pipe: Id,
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

/// `template`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TemplateCall {
    pub(super) pos: u32,
    pub(super) name: Literal,
    pub(super) pipe: Option<Id>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Pipe {
    pub(super) pos: u32,
    /// Whether the variables are assigned, not declared.
    pub(super) assigns: bool,
    /// Of the names.
    pub(super) variables: Part,
    pub(super) commands: Part,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Command {
    pub(super) pos: u32,
    /// Of the expressions.
    pub(super) args: Part,
}

/// One word of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expr {
    pub(super) pos: u32,
    pub(super) kind: ExprKind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ExprKind {
    Bool(bool),
    Dot,
    Nil,
    Field(Part),
    /// Fields behind an expression.
    Chain(Id, Part),
    Identifier(&'static Function),
    Number(Id),
    Str {
        quoted: Span,
        text: Literal,
    },
    /// The name and the fields behind it.
    Variable(Part),
    Pipe(Id),
}

/// What a string literal means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal {
    /// A part of the text.
    Plain(Span),
    /// One of the escaped.
    Escaped(Id),
}

/// A number and what it can be taken for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) text: Span,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
    /// Whether it is written as a complex number.
    pub(super) complex: bool,
}

fn part<T>(table: &[T], part: Part) -> &[T] {
    table.get(part.from as usize..part.to as usize).unwrap_or_default()
}

impl Tree {
    pub(super) fn source(&self) -> Source<'_> {
        Source { text: &self.text, tables: &self.tables }
    }

    /// `file:line:column` of a byte.
    pub(super) fn location(&self, pos: u32) -> String {
        let (text, pos) = (&self.text, pos as usize);
        let before = &text[..pos.min(text.len())];
        let line = 1 + find::count(b'\n', before);
        let column = match find::last_byte(b'\n', before) {
            Some(newline) => pos - newline - 1,
            None => pos,
        };
        format!("{}:{line}:{column}", String::from_utf8_lossy(&self.file))
    }

    /// As in its file, when it was parsed as `first`, which says the same.
    pub(super) fn within(mut self, first: &Bytes) -> Self {
        if self.name == first {
            self.name = self.file.clone();
        }
        self
    }
}

impl<'t> Source<'t> {
    /// A part of the text.
    pub(super) fn bytes(self, span: Span) -> &'t [u8] {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    pub(super) fn nodes(self, list: &List) -> &'t [Node] {
        part(&self.tables.nodes, list.nodes)
    }

    pub(super) fn commands(self, pipe: &Pipe) -> &'t [Command] {
        part(&self.tables.commands, pipe.commands)
    }

    pub(super) fn args(self, command: &Command) -> &'t [Expr] {
        part(&self.tables.exprs, command.args)
    }

    pub(super) fn names(self, names: Part) -> &'t [Span] {
        part(&self.tables.names, names)
    }

    pub(super) fn branch(self, id: Id) -> &'t Branch {
        &self.tables.branches[id as usize]
    }

    pub(super) fn call(self, id: Id) -> &'t TemplateCall {
        &self.tables.calls[id as usize]
    }

    pub(super) fn pipe(self, id: Id) -> &'t Pipe {
        &self.tables.pipes[id as usize]
    }

    pub(super) fn expr(self, id: Id) -> &'t Expr {
        &self.tables.exprs[id as usize]
    }

    pub(super) fn number(self, id: Id) -> &'t Number {
        &self.tables.numbers[id as usize]
    }

    pub(super) fn literal(self, literal: Literal) -> &'t [u8] {
        match literal {
            Literal::Plain(span) => self.bytes(span),
            Literal::Escaped(id) => &self.tables.escaped[id as usize],
        }
    }

    /// Whether there is nothing but blanks.
    pub(super) fn is_empty(self, list: &List) -> bool {
        self.nodes(list).iter().all(|node| match node {
            Node::Text(span) => String::from_utf8_lossy(self.bytes(*span)).trim().is_empty(),
            _ => false,
        })
    }
}
