//! Where documents start and end.

use super::{Parser, State};
use crate::yaml::{
    YamlError,
    scan::{Mark, Token, TokenKind, WrittenTag},
};

impl Parser<'_> {
    /// Reads up to the content of the next document and returns where it starts.
    pub(super) fn start_document(&mut self) -> Result<Option<Mark>, YamlError> {
        let State::DocumentStart { implicit } = self.state else { return Ok(None) };
        let mut token = self.peek()?;
        while !implicit && token.kind == TokenKind::DocumentEnd {
            token = self.next()?;
        }
        let start = token.start;
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                Ok(None)
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective
            | TokenKind::DocumentStart => self.start_explicit_document(start).map(Some),
            _ if implicit => {
                self.process_directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                Ok(Some(start))
            }
            _ => self.start_explicit_document(start).map(Some),
        }
    }

    fn start_explicit_document(&mut self, start: Mark) -> Result<Mark, YamlError> {
        self.process_directives()?;
        let token = self.peek()?;
        if token.kind != TokenKind::DocumentStart {
            return Err(Self::error(token, "did not find expected <document start>"));
        }
        self.skip();
        self.marker_end = token.end;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(start)
    }

    pub(super) fn document_content(&mut self) -> Result<(), YamlError> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let then = self.states.pop().unwrap_or(State::DocumentEnd);
                self.nothing_then(then, self.marker_end);
                Ok(())
            }
            _ => self.node(true, false),
        }
    }

    /// Reads the end of a document and returns where it is.
    pub(super) fn end_document(&mut self) -> Result<Mark, YamlError> {
        let token = self.peek()?;
        let mut end = token.start;
        if token.kind == TokenKind::DocumentEnd {
            end = token.end;
            self.skip();
        }
        self.directives.clear();
        self.state = State::DocumentStart { implicit: false };
        Ok(end)
    }

    fn process_directives(&mut self) -> Result<(), YamlError> {
        let mut versioned = false;
        let mut token = self.peek()?;
        loop {
            match token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    if versioned {
                        return Err(Self::error(token, "found duplicate %YAML directive"));
                    }
                    if (major, minor) != (1, 1) {
                        return Err(Self::error(token, "found incompatible YAML document"));
                    }
                    versioned = true;
                }
                TokenKind::TagDirective => self.add_directive(token)?,
                _ => break,
            }
            token = self.next()?;
        }
        for (handle, suffix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if self.directives.iter().all(|known| known.handle != handle) {
                let directive = WrittenTag { handle: handle.to_owned(), suffix: suffix.to_owned() };
                self.directives.push(directive);
            }
        }
        Ok(())
    }

    fn add_directive(&mut self, token: Token) -> Result<(), YamlError> {
        let directive = self.scanner.tag(token).clone();
        if self.directives.iter().any(|known| known.handle == directive.handle) {
            return Err(Self::error(token, "found duplicate %TAG directive"));
        }
        self.directives.push(directive);
        Ok(())
    }
}
