//! The grammar within an action: commands, operands and terms.

use super::super::funcs;
use super::ast::{Command, Expr, ExprKind, Part, Span, place};
use super::describe::Describe;
use super::number;
use super::parser::{Parsed, Parser, settle};
use super::print::quote::quote_cut;
use super::token::{Item, Token};

impl Parser<'_> {
    /// Words from this one up to a pipe sign or the end of the pipeline.
    pub(super) fn command(&mut self, first: Item) -> Parsed<Command> {
        let (pos, mark) = (first.start, self.open.args.len());
        let mut word = first;
        loop {
            match self.operand(word)? {
                Some(operand) => self.open.args.push(operand),
                None => self.backup(),
            }
            let item = self.next();
            match item.token {
                Token::Space => {
                    word = self.next_word();
                    continue;
                }
                Token::RightDelim | Token::RightParen => self.backup(),
                Token::Pipe => {}
                _ => return self.unexpected(&item, "operand"),
            }
            break;
        }
        if self.open.args.len() == mark {
            return self.fail("empty command");
        }
        let args = settle(&mut self.open.args, mark, &mut self.tables.exprs);
        Ok(Command { pos, args })
    }

    /// A term that begins with this word, and the fields behind it; nothing when no term does.
    fn operand(&mut self, first: Item) -> Parsed<Option<Expr>> {
        let Some(term) = self.term(first)? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.token != Token::Field {
            return Ok(Some(term));
        }
        let from = place(self.tables.names.len());
        while self.peek().token == Token::Field {
            let field = self.next();
            self.tables.names.push(Span { start: field.start + 1, end: field.end });
        }
        if term.is_literal() {
            let text = quote_cut(term.text(self.source()).as_bytes(), None);
            return self.fail(format!("unexpected . after term {text}"));
        }
        let to = place(self.tables.names.len());
        // The names of a field or variable lie right before those behind it.
        let kind = match term.kind {
            ExprKind::Field(own) => ExprKind::Field(Part { to, ..own }),
            ExprKind::Variable(own) => ExprKind::Variable(Part { to, ..own }),
            _ => {
                self.tables.exprs.push(term);
                let inner = place(self.tables.exprs.len() - 1);
                ExprKind::Chain(inner, Part { from, to })
            }
        };
        Ok(Some(Expr { pos: first.start, kind }))
    }

    fn term(&mut self, item: Item) -> Parsed<Option<Expr>> {
        let bytes = item.bytes(self.input);
        let kind = match item.token {
            Token::Identifier => {
                if let Some(function) = funcs::find(bytes) {
                    ExprKind::Identifier(function)
                } else {
                    let name = quote_cut(bytes, None);
                    return self.fail(format!("function {name} not defined"));
                }
            }
            Token::Dot => ExprKind::Dot,
            Token::Nil => ExprKind::Nil,
            Token::Variable => {
                if !self.declares(bytes) {
                    return self.fail(format!("undefined variable {}", quote_cut(bytes, None)));
                }
                ExprKind::Variable(self.named(&item, 0))
            }
            Token::Field => ExprKind::Field(self.named(&item, 1)),
            Token::Bool => ExprKind::Bool(bytes == b"true"),
            Token::CharConstant | Token::Complex | Token::Number => {
                match number::parse(bytes, item.token) {
                    Ok(mut number) => {
                        number.text = Span { start: item.start, end: item.end };
                        self.tables.numbers.push(number);
                        ExprKind::Number(place(self.tables.numbers.len() - 1))
                    }
                    Err(problem) => return self.fail(problem),
                }
            }
            Token::LeftParen => {
                let inner = |parser: &mut Self| {
                    parser.pipeline("parenthesized pipeline", Token::RightParen)
                };
                let pipe = self.nest(inner)?;
                let pos = self.source().pipe(pipe).pos;
                return Ok(Some(Expr { pos, kind: ExprKind::Pipe(pipe) }));
            }
            Token::String | Token::RawString => {
                let quoted = Span { start: item.start, end: item.end };
                ExprKind::Str { quoted, text: self.literal(&item)? }
            }
            _ => return Ok(None),
        };
        Ok(Some(Expr { pos: item.start, kind }))
    }

    /// One name: what `item` says behind its first `sign` bytes.
    fn named(&mut self, item: &Item, sign: u32) -> Part {
        let names = &mut self.tables.names;
        names.push(Span { start: item.start + sign, end: item.end });
        Part { from: place(names.len() - 1), to: place(names.len()) }
    }
}

impl Expr {
    /// Whether it is a value by itself, so that it can neither be called nor have fields.
    pub(super) const fn is_literal(&self) -> bool {
        matches!(
            self.kind,
            ExprKind::Bool(_)
                | ExprKind::Dot
                | ExprKind::Nil
                | ExprKind::Number(_)
                | ExprKind::Str { .. }
        )
    }
}
