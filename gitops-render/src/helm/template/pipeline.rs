//! The grammar of pipelines: what they declare and their commands.

use super::ast::{Id, Part, Pipe, place};
use super::parser::{Parsed, Parser, settle};
use super::token::{Item, Token};

impl Parser<'_> {
    /// Parses a pipeline up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: Token) -> Parsed<Id> {
        let Item { token, start: pos, .. } = self.peek_word();
        let mut pipe =
            Pipe { pos, assigns: false, variables: Part::default(), commands: Part::default() };
        if token == Token::Variable {
            self.declarations(context, &mut pipe)?;
        }
        let mark = self.open.commands.len();
        loop {
            let item = self.next_word();
            match item.token {
                token if token == end => {
                    self.check_pipeline(mark, context)?;
                    pipe.commands =
                        settle(&mut self.open.commands, mark, &mut self.tables.commands);
                    self.tables.pipes.push(pipe);
                    return Ok(place(self.tables.pipes.len() - 1));
                }
                Token::Bool
                | Token::CharConstant
                | Token::Complex
                | Token::Dot
                | Token::Field
                | Token::Identifier
                | Token::Number
                | Token::Nil
                | Token::RawString
                | Token::String
                | Token::Variable
                | Token::LeftParen => {
                    let command = self.command(item)?;
                    self.open.commands.push(command);
                }
                _ => return self.unexpected(&item, context),
            }
        }
    }

    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Parsed<()> {
        let from = place(self.tables.names.len());
        loop {
            let variable = self.peek_word();
            if variable.token != Token::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_word();
            let comma = next.token == Token::Char && next.bytes(self.input) == b",";
            if matches!(next.token, Token::Assign | Token::Declare) || comma {
                self.next_word();
                let name = self.declare(variable);
                self.tables.names.push(name);
                pipe.variables = Part { from, to: place(self.tables.names.len()) };
                if !comma {
                    pipe.assigns = next.token == Token::Assign;
                    return Ok(());
                }
                if context != "range" || pipe.variables.to - from >= 2 {
                    return self.fail(format!("too many declarations in {context}"));
                }
                match self.peek_word().token {
                    Token::Variable | Token::RightDelim | Token::RightParen => {}
                    _ => return self.fail("range can only initialize variables"),
                }
            } else if after.token == Token::Space {
                self.backup3(variable, after);
                return Ok(());
            } else {
                self.backup2(variable);
                return Ok(());
            }
        }
    }

    fn check_pipeline(&self, mark: usize, context: &str) -> Parsed<()> {
        let commands = &self.open.commands[mark..];
        if commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let literal = |command: &super::ast::Command| {
            self.source().args(command).first().is_some_and(super::ast::Expr::is_literal)
        };
        match commands.iter().skip(1).position(literal) {
            Some(at) => self.fail(format!("non executable command in pipeline stage {}", at + 2)),
            None => Ok(()),
        }
    }
}
