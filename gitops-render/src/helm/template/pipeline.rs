//! The grammar of pipelines: what they declare and their commands.

use super::super::value::Text;
use super::ast::{Command, Expr, Pipe};
use super::parser::Parser;
use super::token::Token;

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    /// Parses a pipeline up to `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: Token) -> Parsed<Pipe> {
        let pos = self.peek_word().pos;
        let mut pipe =
            Pipe { pos, assigns: false, variables: Vec::new(), commands: Vec::with_capacity(1) };
        self.declarations(context, &mut pipe)?;
        loop {
            let item = self.next_word();
            match item.token {
                token if token == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
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
                    self.backup();
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&item, context),
            }
        }
    }

    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Parsed<()> {
        loop {
            let variable = self.peek_word();
            if variable.token != Token::Variable {
                return Ok(());
            }
            self.next();
            let after = self.peek();
            let next = self.peek_word();
            let comma = next.token == Token::Char && next.bytes() == b",";
            if matches!(next.token, Token::Assign | Token::Declare) || comma {
                self.next_word();
                let name = Text::from(variable.bytes());
                pipe.variables.push(name.clone());
                self.variables.push(name);
                if !comma {
                    pipe.assigns = next.token == Token::Assign;
                    return Ok(());
                }
                if context != "range" || pipe.variables.len() >= 2 {
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

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let literal = |command: &Command| command.args.first().is_some_and(Expr::is_literal);
        match pipe.commands.iter().skip(1).position(literal) {
            Some(at) => self.fail(format!("non executable command in pipeline stage {}", at + 2)),
            None => Ok(()),
        }
    }
}
