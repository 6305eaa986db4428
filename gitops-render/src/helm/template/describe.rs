//! Nodes as errors show them.

use super::ast::{Branch, Command, Expr, ExprKind, List, Node, Pipe, Source, Span};

/// Writes nodes as errors show them.
pub(super) trait Describe {
    /// Appends the text of a node of `source`.
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>);

    /// The text of a node of `source`.
    fn text(&self, source: Source<'_>) -> String {
        let mut out = Vec::new();
        self.describe(source, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl Describe for List {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        source.nodes(self).iter().for_each(|node| node.describe(source, out));
    }
}

impl Describe for Node {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Text(span) => out.extend_from_slice(source.bytes(*span)),
            Self::Action { pipe, .. } => {
                out.extend_from_slice(b"{{");
                source.pipe(*pipe).describe(source, out);
                out.extend_from_slice(b"}}");
            }
            Self::Branch(branch) => source.branch(*branch).describe(source, out),
            Self::Template(call) => {
                let call = source.call(*call);
                out.extend_from_slice(b"{{template ");
                out.extend_from_slice(&super::print::quote::quote(source.literal(call.name)));
                if let Some(pipe) = call.pipe {
                    out.push(b' ');
                    source.pipe(pipe).describe(source, out);
                }
                out.extend_from_slice(b"}}");
            }
            Self::Break { .. } => out.extend_from_slice(b"{{break}}"),
            Self::Continue { .. } => out.extend_from_slice(b"{{continue}}"),
        }
    }
}

impl Describe for Branch {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(self.keyword.name().as_bytes());
        out.push(b' ');
        source.pipe(self.pipe).describe(source, out);
        out.extend_from_slice(b"}}");
        self.list.describe(source, out);
        if let Some(otherwise) = &self.otherwise {
            out.extend_from_slice(b"{{else}}");
            otherwise.describe(source, out);
        }
        out.extend_from_slice(b"{{end}}");
    }
}

impl Describe for Pipe {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        let variables = source.names(self.variables);
        for (at, variable) in variables.iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(source.bytes(*variable));
        }
        if !variables.is_empty() {
            let sign: &[u8] = if self.assigns { b" = " } else { b" := " };
            out.extend_from_slice(sign);
        }
        for (at, command) in source.commands(self).iter().enumerate() {
            if at > 0 {
                out.extend_from_slice(b" | ");
            }
            command.describe(source, out);
        }
    }
}

impl Describe for Command {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        for (at, arg) in source.args(self).iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            arg.describe_in_parens(source, out);
        }
    }
}

impl Expr {
    /// With parentheses around a pipeline.
    fn describe_in_parens(&self, source: Source<'_>, out: &mut Vec<u8>) {
        if matches!(self.kind, ExprKind::Pipe(_)) {
            out.push(b'(');
            self.describe(source, out);
            out.push(b')');
        } else {
            self.describe(source, out);
        }
    }
}

impl Describe for Expr {
    fn describe(&self, source: Source<'_>, out: &mut Vec<u8>) {
        match self.kind {
            ExprKind::Bool(true) => out.extend_from_slice(b"true"),
            ExprKind::Bool(false) => out.extend_from_slice(b"false"),
            ExprKind::Dot => out.push(b'.'),
            ExprKind::Nil => out.extend_from_slice(b"nil"),
            ExprKind::Field(fields) => describe_fields(source, source.names(fields), out),
            ExprKind::Chain(inner, fields) => {
                source.expr(inner).describe_in_parens(source, out);
                describe_fields(source, source.names(fields), out);
            }
            ExprKind::Identifier(function) => out.extend_from_slice(function.name.as_bytes()),
            ExprKind::Number(number) => {
                out.extend_from_slice(source.bytes(source.number(number).text));
            }
            ExprKind::Str { quoted, .. } => out.extend_from_slice(source.bytes(quoted)),
            ExprKind::Variable(names) => {
                if let Some((name, fields)) = source.names(names).split_first() {
                    out.extend_from_slice(source.bytes(*name));
                    describe_fields(source, fields, out);
                }
            }
            ExprKind::Pipe(pipe) => source.pipe(pipe).describe(source, out),
        }
    }
}

fn describe_fields(source: Source<'_>, fields: &[Span], out: &mut Vec<u8>) {
    for field in fields {
        out.push(b'.');
        out.extend_from_slice(source.bytes(*field));
    }
}

/// The node that an error is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'t> {
    List(&'t List),
    Node(&'t Node),
    Branch(&'t Branch),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
}

impl At<'_> {
    pub(super) fn pos(&self, source: Source<'_>) -> u32 {
        match self {
            Self::List(list) => list.pos,
            Self::Branch(branch) => source.pipe(branch.pipe).pos,
            Self::Pipe(pipe) => pipe.pos,
            Self::Command(command) => command.pos,
            Self::Expr(expr) => expr.pos,
            Self::Node(node) => match **node {
                Node::Branch(branch) => source.pipe(source.branch(branch).pipe).pos,
                Node::Template(call) => source.call(call).pos,
                Node::Text(Span { start: pos, .. })
                | Node::Action { pos, .. }
                | Node::Break { pos }
                | Node::Continue { pos } => pos,
            },
        }
    }

    pub(super) fn text(&self, source: Source<'_>) -> String {
        match self {
            Self::List(list) => list.text(source),
            Self::Node(node) => node.text(source),
            Self::Branch(branch) => branch.text(source),
            Self::Pipe(pipe) => pipe.text(source),
            Self::Command(command) => command.text(source),
            Self::Expr(expr) => expr.text(source),
        }
    }
}
