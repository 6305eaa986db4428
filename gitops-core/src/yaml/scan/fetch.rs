//! What starts which token.

use super::{Scanner, SimpleKey, Token, TokenKind};
use crate::yaml::YamlError;

// How many bytes go-yaml looks at before it reads on.
const FIRST_BUFFER_BYTES: usize = 512;

impl Scanner<'_> {
    /// Adds at least one token to the queue.
    pub(super) fn fetch(&mut self) -> Result<(), YamlError> {
        self.need(1)?;
        self.skip_to_next_token()?;
        let column = self.column();
        self.unroll_indent(column.cast_signed());
        self.need(4)?;
        let fetched = self.fetch_at(column);
        // What ends where the text can no longer be read may not end there at all.
        self.need(1)?;
        fetched
    }

    fn fetch_at(&mut self, column: usize) -> Result<(), YamlError> {
        let byte = self.peek(0);
        if self.at_end() {
            return self.fetch_stream_end();
        }
        if column == 0 {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_marker() {
                return self.fetch_document_marker(byte);
            }
        }
        let block = self.flow_level == 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blankz(1) => self.fetch_block_entry(column),
            b'?' if !block || self.is_blankz(1) => self.fetch_key(column),
            b':' if !block || self.is_blankz(1) => self.fetch_value(column),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if block => self.fetch_block_scalar(true),
            b'>' if block => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            // `|` and `>` start nothing in a flow collection.
            b' ' | b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(self.no_token()),
            _ if self.is_break(0) => Err(self.no_token()),
            _ => self.fetch_plain(),
        }
    }

    fn no_token(&self) -> YamlError {
        self.error("found character that cannot start any token")
    }

    fn skip_to_next_token(&mut self) -> Result<(), YamlError> {
        loop {
            if self.skips_line_starts && self.pos < FIRST_BUFFER_BYTES && self.column() == 0 {
                self.skip_char();
            }
            while self.peek(0) == b' ' || (self.peek(0) == b'\t' && self.tab_is_blank()) {
                self.pos += 1;
            }
            self.skip_comment();
            self.need(1)?;
            if !self.is_break(0) {
                return Ok(());
            }
            self.take_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn skip_char(&mut self) {
        let width = self.text.get(self.pos..).and_then(|rest| rest.chars().next());
        self.pos += width.map_or(0, char::len_utf8);
    }

    // Where a key may start, a tab would be indentation.
    fn tab_is_blank(&self) -> bool {
        0 < self.flow_level || !self.simple_key_allowed
    }

    fn fetch_stream_end(&mut self) -> Result<(), YamlError> {
        if self.column() != 0 {
            self.line += 1;
            self.line_start = self.pos;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::StreamEnd, self.mark());
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_directive()?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_document_marker(&mut self, byte: u8) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.pos += 3;
        let starts = byte == b'-';
        let kind = if starts { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        self.push(kind, start);
        Ok(())
    }

    // Takes an indicator of one character.
    fn push_indicator(&mut self, kind: TokenKind) {
        let start = self.mark();
        self.pos += 1;
        self.push(kind, start);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.increase_flow_level()?;
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.decrease_flow_level();
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self, column: usize) -> Result<(), YamlError> {
        // In a flow collection the parser knows better what to say.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return Err(self.error(problem));
            }
            self.roll_indent(column, None, TokenKind::BlockSequenceStart, self.mark())?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self, column: usize) -> Result<(), YamlError> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll_indent(column, None, TokenKind::BlockMappingStart, self.mark())?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self, column: usize) -> Result<(), YamlError> {
        let last = self.simple_keys.len() - 1;
        if self.simple_key_is_valid(last)? {
            let SimpleKey { token, mark, column, .. } = self.simple_keys[last];
            self.insert(Some(token), Token::new(TokenKind::Key, mark, mark));
            self.roll_indent(column, Some(token), TokenKind::BlockMappingStart, mark)?;
            self.simple_keys[last].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.roll_indent(column, None, TokenKind::BlockMappingStart, self.mark())?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    fn fetch_anchor(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_anchor(kind)?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_tag(&mut self) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_tag()?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let token = self.scan_block_scalar(literal)?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_quoted(&mut self, single: bool) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_quoted(single)?;
        self.queue.push_back(token);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = self.scan_plain();
        self.queue.push_back(token?);
        Ok(())
    }
}
