//! Moving from line to line, and what is on one line.

use serde_json::Number;

use super::Reader;
use crate::find;
use crate::yaml::{
    Form, YAML_SIMPLE_KEY_MAX,
    class::{FLOW_BYTES, classes},
    decode,
    resolve::{Scalar, resolve_plain},
    scan::Token,
};

const COLON: u8 = 1;
const SPACE: u8 = 2;
const BREAK: u8 = 3;
const FLOW: u8 = 4;
const TAB: u8 = 5;

const CLASS: [u8; 256] =
    classes(&[(b":", COLON), (b" ", SPACE), (b"\n", BREAK), (b"\t", TAB), (FLOW_BYTES, FLOW)]);

/// Text without quotes, on one line.
pub(super) struct Plain {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) stop: Stop,
}

/// What ends a text without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Colon,
    Line,
    Comment,
    Flow,
}

impl Reader<'_, '_> {
    /// Moves to the first character that is neither blank nor comment, from a place after which
    /// a comment may stand. At `first`, a marker starts the document; later one ends it.
    pub(super) fn settle(&mut self, first: bool) -> Option<()> {
        self.commented = false;
        loop {
            self.skip_spaces();
            match self.byte(self.pos) {
                b'\n' => {
                    self.pos += 1;
                    self.line_start = self.pos;
                }
                b'#' => {
                    self.commented = true;
                    let rest = &self.bytes[self.pos..];
                    self.pos += find::byte(b'\n', rest).unwrap_or(rest.len());
                }
                0 => {
                    self.ended = true;
                    return Some(());
                }
                b'\t' => return None,
                byte => {
                    self.column = self.pos - self.line_start;
                    if self.column == 0 {
                        if byte == b'%' {
                            return None;
                        }
                        self.ended = !first && matches!(byte, b'-' | b'.') && self.at_marker();
                    }
                    return Some(());
                }
            }
        }
    }

    /// Moves on from the end of a value, after which only a comment may stand on the line.
    pub(super) fn end_line(&mut self) -> Option<()> {
        matches!(self.byte(self.pos), b' ' | b'\n' | 0).then_some(())?;
        let line = self.line_start;
        self.settle(false)?;
        (self.ended || line < self.line_start).then_some(())
    }

    /// Moves to the next character that is not a blank.
    pub(super) fn skip_spaces(&mut self) {
        while self.byte(self.pos) == b' ' {
            self.pos += 1;
        }
    }

    /// Reads text without quotes up to what ends it.
    pub(super) fn plain(&mut self, flow: bool) -> Option<Plain> {
        let start = self.pos;
        if !self.starts_plain(flow) {
            return None;
        }
        loop {
            let rest = &self.bytes[self.pos..];
            let run = rest.iter().position(|byte| CLASS[usize::from(*byte)] != 0);
            self.pos += run.unwrap_or(rest.len());
            let end = self.pos;
            let Some(byte) = self.bytes.get(end) else {
                return Some(Plain { start, end, stop: Stop::Line });
            };
            match CLASS[usize::from(*byte)] {
                SPACE => {
                    self.skip_spaces();
                    let stop = match self.byte(self.pos) {
                        b'\n' | 0 => Stop::Line,
                        b'#' => Stop::Comment,
                        b':' if self.is_blankz(self.pos + 1) => Stop::Colon,
                        byte if flow && CLASS[usize::from(byte)] == FLOW => Stop::Flow,
                        _ => continue,
                    };
                    return Some(Plain { start, end, stop });
                }
                BREAK => return Some(Plain { start, end, stop: Stop::Line }),
                COLON if self.is_blankz(end + 1) => {
                    return Some(Plain { start, end, stop: Stop::Colon });
                }
                FLOW if flow => return Some(Plain { start, end, stop: Stop::Flow }),
                TAB => return None,
                _ => self.pos += 1,
            }
        }
    }

    // Whether the character at the cursor starts text without quotes.
    fn starts_plain(&self, flow: bool) -> bool {
        match self.byte(self.pos) {
            b'-' => !self.is_blankz(self.pos + 1),
            b'?' | b':' => !flow && !self.is_blankz(self.pos + 1),
            b'[' | b']' | b'{' | b'}' | b',' | b'*' | b'&' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'#' | b'%' | b'@' | b'`' | b'\t' | b'\n' | 0 => false,
            _ => true,
        }
    }

    /// Reads text in quotes that means what is written, and ends on its line. The cursor stays
    /// where it is if it does not.
    pub(super) fn simple_quoted(&mut self) -> Option<(usize, usize)> {
        let start = self.pos + 1;
        let rest = self.bytes.get(start..)?;
        let single = self.byte(self.pos) == b'\'';
        let length = match single {
            true => find::byte_of_two(*b"'\n", rest)?,
            false => find::byte_of_three(*b"\"\\\n", rest)?,
        };
        let closes = rest[length] == self.byte(self.pos);
        if !closes || (single && rest.get(length + 1) == Some(&b'\'')) {
            return None;
        }
        self.pos = start + length + 1;
        Some((start, start + length))
    }

    /// Reads any text in quotes.
    pub(super) fn quoted<F: Form>(&mut self, flow: bool) -> Option<F> {
        if let Some((start, end)) = self.simple_quoted() {
            return Some(F::text(&self.text[start..end]));
        }
        let single = self.byte(self.pos) == b'\'';
        let token = self.scanned(None, flow, |scanner| scanner.scan_quoted(single).ok())?;
        Some(F::text(self.scanner.text_of(token.value)))
    }

    /// Lets the scanner read what begins here, in a collection that is indented by `indent`.
    pub(super) fn scanned(
        &mut self,
        indent: Option<usize>,
        flow: bool,
        scan: impl FnOnce(&mut crate::yaml::scan::Scanner<'_>) -> Option<Token>,
    ) -> Option<Token> {
        let indent = indent.map_or(-1, usize::cast_signed);
        self.scanner.place(self.pos, self.line_start, indent, flow);
        let token = scan(&mut self.scanner)?;
        (self.pos, self.line_start) = self.scanner.place_of_cursor();
        Some(token)
    }

    /// Returns a key that is no more than a string.
    pub(super) fn plain_key(&self, plain: &Plain) -> Option<&str> {
        let key = &self.text[plain.start..plain.end];
        let usual = key.len() < YAML_SIMPLE_KEY_MAX
            && key != "<<"
            && matches!(resolve_plain(key, false), Scalar::Str(_));
        usual.then_some(key)
    }

    /// Returns what text without quotes means.
    pub(super) fn scalar<F: Form>(text: &str) -> Option<F> {
        Some(match resolve_plain(text, false) {
            Scalar::Null => F::null(),
            Scalar::Bool(value) => F::bool(value),
            Scalar::Int(value) => F::number(Number::from(value)),
            Scalar::Uint(value) => F::number(Number::from(value)),
            Scalar::Float(value) => F::number(decode::as_json(value)?),
            Scalar::Timestamp(text) | Scalar::Str(text) => F::text(text),
        })
    }
}
