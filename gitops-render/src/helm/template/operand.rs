//! The grammar within an action: commands, operands and terms.

use super::super::funcs;
use super::super::value::Text;
use super::ast::{Command, Describe, Expr, ExprKind};
use super::number;
use super::parser::Parser;
use super::print::quote::{quote_cut, unquote};
use super::token::{Item, Token};

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    /// Words up to a pipe sign or the end of the pipeline.
    pub(super) fn command(&mut self) -> Parsed<Command> {
        // Most commands have one word or two.
        let mut command = Command { pos: self.peek_word().pos, args: Vec::with_capacity(2) };
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                command.args.push(operand);
            }
            let item = self.next();
            match item.token {
                Token::Space => continue,
                Token::RightDelim | Token::RightParen => self.backup(),
                Token::Pipe => {}
                _ => return self.unexpected(&item, "operand"),
            }
            break;
        }
        if command.args.is_empty() {
            return self.fail("empty command");
        }
        Ok(command)
    }

    /// A term and the fields behind it.
    fn operand(&mut self) -> Parsed<Option<Expr>> {
        let Some(mut term) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.token != Token::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().token == Token::Field {
            fields.push(Text::from(&self.next().bytes()[1..]));
        }
        if term.is_literal() {
            let text = quote_cut(term.text().as_bytes(), None);
            return self.fail(format!("unexpected . after term {text}"));
        }
        match &mut term.kind {
            ExprKind::Field(own) | ExprKind::Variable(own) => {
                own.append(&mut fields);
                term.pos = first.pos;
                Ok(Some(term))
            }
            _ => Ok(Some(Expr { pos: first.pos, kind: ExprKind::Chain(Box::new(term), fields) })),
        }
    }

    fn term(&mut self) -> Parsed<Option<Expr>> {
        let item = self.next_word();
        let bytes = item.bytes();
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
            Token::Variable => self.variable(&item)?,
            Token::Field => ExprKind::Field(split(&bytes[1..])),
            Token::Bool => ExprKind::Bool(bytes == b"true"),
            Token::CharConstant | Token::Complex | Token::Number => {
                match number::parse(bytes, item.token) {
                    Ok(number) => ExprKind::Number(Box::new(number)),
                    Err(problem) => return self.fail(problem),
                }
            }
            Token::LeftParen => {
                let inner = |parser: &mut Self| {
                    parser.pipeline("parenthesized pipeline", Token::RightParen)
                };
                let pipe = self.nest(inner)?;
                return Ok(Some(Expr { pos: pipe.pos, kind: ExprKind::Pipe(Box::new(pipe)) }));
            }
            Token::String | Token::RawString => match unquote(bytes) {
                Some(text) => ExprKind::Str { quoted: Text::from(bytes), text: Text::from(&*text) },
                None => return self.fail("invalid syntax"),
            },
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Expr { pos: item.pos, kind }))
    }

    fn variable(&mut self, item: &Item<'_>) -> Parsed<ExprKind> {
        let names = split(item.bytes());
        match names.first() {
            Some(name) if self.variables.contains(name) => Ok(ExprKind::Variable(names)),
            name => {
                let name = quote_cut(name.map_or(&b""[..], |name| name), None);
                self.fail(format!("undefined variable {name}"))
            }
        }
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

fn split(name: &[u8]) -> Vec<Text> {
    let dots = memchr::memchr_iter(b'.', name).count();
    let mut names = Vec::with_capacity(dots + 1);
    names.extend(name.split(|byte| *byte == b'.').map(Text::from));
    names
}
