//! Scalars in quotes.

use super::{Scanner, Style, Token, TokenKind};
use crate::yaml::YamlError;

impl Scanner<'_> {
    pub(in crate::yaml) fn scan_quoted(&mut self, single: bool) -> Result<Token, YamlError> {
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        let kind = TokenKind::Scalar(style);
        let start = self.mark();
        self.pos += 1;
        if let Some(end) = self.end_of_simple_quoted(single) {
            let value = Self::span(self.pos, end);
            self.pos = end + 1;
            return Ok(Token { kind, start, end: self.mark(), value });
        }
        let quote = if single { b'\'' } else { b'"' };
        let from = self.cooked.len();
        loop {
            if self.at_document_marker() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.at_end() {
                return Err(self.error("found unexpected end of stream"));
            }
            let escaped_break = self.cook_quoted_run(single)?;
            if self.peek(0) == quote {
                break;
            }
            self.cook_quoted_blanks(escaped_break);
        }
        self.pos += 1;
        let value = self.cooked_from(from);
        Ok(Token { kind, start, end: self.mark(), value })
    }

    // Returns where the right quote is, if the scalar means what is written.
    fn end_of_simple_quoted(&self, single: bool) -> Option<usize> {
        let text = &self.bytes[self.pos..];
        let quote = if single { b'\'' } else { b'"' };
        let stops = |byte: &u8| {
            *byte == quote
                || (*byte == b'\\' && !single)
                || matches!(*byte, b'\n' | b'\r' | 0xc2 | 0xe2)
        };
        let mut from = 0;
        loop {
            let at = from + text[from..].iter().position(stops)?;
            if text[at] == quote {
                let doubled = single && text.get(at + 1) == Some(&quote);
                return (!doubled).then_some(self.pos + at);
            }
            if text[at] == b'\\' || 0 < self.break_len(self.pos + at) {
                return None;
            }
            from = at + 1;
        }
    }

    // Adds what is written up to the next blank or quote. Whether it ended in an escaped break.
    fn cook_quoted_run(&mut self, single: bool) -> Result<bool, YamlError> {
        loop {
            let run = self.pos;
            while !self.is_blankz(0) && !matches!(self.peek(0), b'\'' | b'"' | b'\\') {
                self.pos += 1;
            }
            self.cook(run, self.pos);
            if self.is_blankz(0) {
                return Ok(false);
            }
            match (self.peek(0), single) {
                (b'\'', true) if self.peek(1) == b'\'' => {
                    self.cooked.push('\'');
                    self.pos += 2;
                }
                (b'\'', true) | (b'"', false) => return Ok(false),
                (b'\\', false) if self.is_break(1) => {
                    self.pos += 1;
                    self.take_break();
                    return Ok(true);
                }
                (b'\\', false) => self.cook_escape()?,
                (other, _) => {
                    self.cooked.push(char::from(other));
                    self.pos += 1;
                }
            }
        }
    }

    fn cook_escape(&mut self) -> Result<(), YamlError> {
        let digits = match self.peek(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            escape => {
                let Some(char) = unescape(escape) else {
                    return Err(self.error("found unknown escape character"));
                };
                self.cooked.push(char);
                self.pos += 2;
                return Ok(());
            }
        };
        self.pos += 2;
        let mut value = 0_u64;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.peek(ahead)).to_digit(16) else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            value = value << 4 | u64::from(digit);
        }
        let char = u32::try_from(value).ok().and_then(char::from_u32);
        let Some(char) = char else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        self.cooked.push(char);
        self.pos += digits;
        Ok(())
    }

    // Adds what blanks and line breaks mean.
    fn cook_quoted_blanks(&mut self, escaped_break: bool) {
        let run = self.pos;
        let mut leading = "";
        let mut lines = escaped_break;
        loop {
            if self.is_blank(0) {
                self.pos += 1;
            } else if self.is_break(0) {
                let line_break = self.take_break();
                if lines {
                    self.breaks.push_str(line_break);
                } else {
                    leading = line_break;
                    lines = true;
                }
            } else {
                break;
            }
        }
        if !lines {
            self.cook(run, self.pos);
        } else if escaped_break {
            self.cooked.push_str(&self.breaks);
            self.breaks.clear();
        } else {
            self.join_lines(leading);
        }
    }
}

fn unescape(escape: u8) -> Option<char> {
    Some(match escape {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
