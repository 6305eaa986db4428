//! Lists and mappings by indentation.

use super::{Parser, State};
use crate::yaml::{YamlError, scan::TokenKind};

impl Parser<'_> {
    pub(super) fn block_sequence(&mut self, first: bool) -> Result<(), YamlError> {
        let mut token = self.peek()?;
        if first {
            token = self.next()?;
        }
        match token.kind {
            TokenKind::BlockEntry => {
                let mark = token.end;
                let then = State::BlockSequence { first: false };
                let token = self.next()?;
                if matches!(token.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    self.nothing_then(then, mark);
                    return Ok(());
                }
                self.node_then(then, true, false)
            }
            TokenKind::BlockEnd => {
                self.end_block();
                self.skip();
                Ok(())
            }
            _ => Err(Self::error(token, "did not find expected '-' indicator")),
        }
    }

    /// Reads an item of a list that is no further right than the key it belongs to.
    pub(super) fn indentless_sequence(&mut self) -> Result<(), YamlError> {
        let token = self.peek()?;
        if token.kind != TokenKind::BlockEntry {
            self.pop_state();
            self.close(None);
            return Ok(());
        }
        let mark = token.end;
        let then = State::IndentlessSequence;
        let token = self.next()?;
        match token.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.nothing_then(then, mark);
                Ok(())
            }
            _ => self.node_then(then, true, false),
        }
    }

    pub(super) fn block_mapping_key(&mut self, first: bool) -> Result<(), YamlError> {
        let mut token = self.peek()?;
        if first {
            token = self.next()?;
        }
        match token.kind {
            TokenKind::Key => {
                let mark = token.end;
                let token = self.next()?;
                match token.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.nothing_then(State::BlockMappingValue, mark);
                        Ok(())
                    }
                    _ => self.node_then(State::BlockMappingValue, true, true),
                }
            }
            TokenKind::BlockEnd => {
                self.end_block();
                self.skip();
                Ok(())
            }
            _ => Err(Self::error(token, "did not find expected key")),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<(), YamlError> {
        let then = State::BlockMappingKey { first: false };
        let token = self.peek()?;
        if token.kind != TokenKind::Value {
            self.nothing_then(then, token.start);
            return Ok(());
        }
        let mark = token.end;
        let token = self.next()?;
        match token.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.nothing_then(then, mark);
                Ok(())
            }
            _ => self.node_then(then, true, true),
        }
    }

    fn end_block(&mut self) {
        self.pop_state();
        self.close(None);
    }
}
