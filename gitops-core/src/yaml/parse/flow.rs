//! Lists and mappings in brackets.

use super::{Parser, State};
use crate::yaml::{
    YamlError,
    node::{Node, NodeShape, Part, Tag},
    scan::{Token, TokenKind},
};

impl Parser<'_> {
    pub(super) fn flow_sequence(&mut self, first: bool) -> Result<(), YamlError> {
        let mut token = self.peek()?;
        if first {
            token = self.next()?;
        }
        if token.kind != TokenKind::FlowSequenceEnd && !first {
            if token.kind != TokenKind::FlowEntry {
                return Err(Self::error(token, "did not find expected ',' or ']'"));
            }
            token = self.next()?;
        }
        match token.kind {
            TokenKind::FlowSequenceEnd => {
                self.end_flow(token);
                Ok(())
            }
            TokenKind::Key => {
                self.state = State::FlowPairKey;
                self.open(Node {
                    shape: NodeShape::Mapping { flow: true },
                    tag: Tag::None,
                    implicit: false,
                    line: token.start.line,
                    start: token.start.pos,
                    end: token.end.pos,
                    part: Part::Children { next: 0 },
                })?;
                self.skip();
                Ok(())
            }
            _ => self.node_then(State::FlowSequence { first: false }, false, false),
        }
    }

    /// Reads the key of a pair that is an item of a list, as in `[a: 1]`.
    pub(super) fn flow_pair_key(&mut self) -> Result<(), YamlError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // go-yaml takes the token as well, and so do we.
                self.skip();
                self.nothing_then(State::FlowPairValue, token.end);
                Ok(())
            }
            _ => self.node_then(State::FlowPairValue, false, false),
        }
    }

    pub(super) fn flow_pair_value(&mut self) -> Result<(), YamlError> {
        let token = self.peek()?;
        if token.kind == TokenKind::Value {
            let token = self.next()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::FlowPairEnd, false, false);
            }
        }
        self.nothing_then(State::FlowPairEnd, token.start);
        Ok(())
    }

    pub(super) fn flow_pair_end(&mut self) -> Result<(), YamlError> {
        self.peek()?;
        self.state = State::FlowSequence { first: false };
        self.close(None);
        Ok(())
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<(), YamlError> {
        let mut token = self.peek()?;
        if first {
            token = self.next()?;
        }
        if token.kind != TokenKind::FlowMappingEnd && !first {
            if token.kind != TokenKind::FlowEntry {
                return Err(Self::error(token, "did not find expected ',' or '}'"));
            }
            token = self.next()?;
        }
        match token.kind {
            TokenKind::FlowMappingEnd => {
                self.end_flow(token);
                Ok(())
            }
            TokenKind::Key => {
                let then = State::FlowMappingValue { empty: false };
                let token = self.next()?;
                match token.kind {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.nothing_then(then, token.start);
                        Ok(())
                    }
                    _ => self.node_then(then, false, false),
                }
            }
            _ => self.node_then(State::FlowMappingValue { empty: true }, false, false),
        }
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Result<(), YamlError> {
        let then = State::FlowMappingKey { first: false };
        let mut token = self.peek()?;
        if !empty && token.kind == TokenKind::Value {
            token = self.next()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return self.node_then(then, false, false);
            }
        }
        self.nothing_then(then, token.start);
        Ok(())
    }

    fn end_flow(&mut self, token: Token) {
        self.pop_state();
        self.close(Some(token.end));
        self.skip();
    }
}
