//! Anchors, aliases and tags.

use super::{Scanner, Span, Token, TokenKind, WrittenTag, cursor::is_word};
use crate::yaml::YamlError;

impl Scanner<'_> {
    pub(super) fn scan_anchor(&mut self, kind: TokenKind) -> Result<Token, YamlError> {
        let start = self.mark();
        self.pos += 1;
        let from = self.pos;
        self.skip_word();
        let ends = matches!(self.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if from == self.pos || !(ends || self.is_blankz(0)) {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        Ok(Token { kind, start, end: self.mark(), value: Self::span(from, self.pos) })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token, YamlError> {
        let start = self.mark();
        let tag = if self.peek(1) == b'<' {
            self.pos += 2;
            let suffix = self.scan_tag_uri("")?;
            if self.peek(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.pos += 1;
            WrittenTag { handle: String::new(), suffix }
        } else {
            self.scan_tag_shorthand()?
        };
        if !self.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(self.keep_tag(TokenKind::Tag, start, tag))
    }

    /// Makes the token of a tag or tag directive.
    pub(super) fn keep_tag(
        &mut self,
        kind: TokenKind,
        start: super::Mark,
        tag: WrittenTag,
    ) -> Token {
        let number = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        self.tags.push(tag);
        let value = Span { start: number, end: number, cooked: false };
        Token { kind, start, end: self.mark(), value }
    }

    // Reads `!suffix`, `!handle!suffix` or `!`.
    fn scan_tag_shorthand(&mut self) -> Result<WrittenTag, YamlError> {
        let handle = self.scan_tag_handle(false)?;
        if 1 < handle.len() && handle.ends_with('!') {
            let suffix = self.scan_tag_uri("")?;
            return Ok(WrittenTag { handle, suffix });
        }
        let suffix = self.scan_tag_uri(&handle)?;
        if suffix.is_empty() {
            return Ok(WrittenTag { handle: String::new(), suffix: "!".to_owned() });
        }
        Ok(WrittenTag { handle: "!".to_owned(), suffix })
    }

    pub(super) fn scan_tag_handle(&mut self, directive: bool) -> Result<String, YamlError> {
        if self.peek(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let from = self.pos;
        self.pos += 1;
        self.skip_word();
        if self.peek(0) == b'!' {
            self.pos += 1;
        } else if directive && self.pos - from != 1 {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(self.text[from..self.pos].to_owned())
    }

    /// Reads the rest of a tag that starts with `head`, whose `!` is not part of it.
    pub(super) fn scan_tag_uri(&mut self, head: &str) -> Result<String, YamlError> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let from = self.pos;
        loop {
            match self.peek(0) {
                b'%' => self.scan_uri_escape(&mut uri)?,
                byte if is_uri(byte) => {
                    uri.push(byte);
                    self.pos += 1;
                }
                _ => break,
            }
        }
        if from == self.pos && head.is_empty() {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    // Reads the escaped octets of one character.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), YamlError> {
        let mut left = None;
        while left != Some(0) {
            let digit = |ahead: usize| char::from(self.peek(ahead)).to_digit(16);
            let (Some(high), Some(low), b'%') = (digit(1), digit(2), self.peek(0)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            left = Some(match left {
                Some(_) if octet & 0xc0 != 0x80 => {
                    return Err(self.error("found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => left - 1,
                None => match octet {
                    0x00..0x80 => 0,
                    0xc0..0xe0 => 1,
                    0xe0..0xf0 => 2,
                    0xf0..0xf8 => 3,
                    _ => return Err(self.error("found an incorrect leading UTF-8 octet")),
                },
            });
            uri.push(octet);
            self.pos += 3;
        }
        Ok(())
    }
}

fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte)
}
