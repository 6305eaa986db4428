//! The `%YAML` and `%TAG` lines before a document.

use super::{Scanner, Token, TokenKind, WrittenTag};
use crate::yaml::YamlError;

impl Scanner<'_> {
    pub(super) fn scan_directive(&mut self) -> Result<Token, YamlError> {
        let start = self.mark();
        self.pos += 1;
        let from = self.pos;
        self.skip_word();
        if from == self.pos {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.is_blankz(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let token = match &self.text[from..self.pos] {
            "YAML" => {
                let kind = self.scan_version()?;
                Token::new(kind, start, self.mark())
            }
            "TAG" => {
                let tag = self.scan_tag_directive()?;
                self.keep_tag(TokenKind::TagDirective, start, tag)
            }
            _ => return Err(self.error("found unknown directive name")),
        };
        self.skip_blanks();
        self.skip_comment();
        if !self.is_breakz(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.take_break();
        Ok(token)
    }

    fn scan_version(&mut self) -> Result<TokenKind, YamlError> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if self.peek(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.pos += 1;
        let minor = self.scan_version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8, YamlError> {
        let from = self.pos;
        let mut number = 0;
        while self.peek(0).is_ascii_digit() {
            if self.pos - from == 2 {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + (self.peek(0) - b'0');
            self.pos += 1;
        }
        if from == self.pos {
            return Err(self.error("did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Result<WrittenTag, YamlError> {
        self.skip_blanks();
        let handle = self.scan_tag_handle(true)?;
        if !self.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        let suffix = self.scan_tag_uri("")?;
        if !self.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(WrittenTag { handle, suffix })
    }
}
