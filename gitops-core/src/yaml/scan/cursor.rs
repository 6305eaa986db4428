//! Moving through the text, by characters, lines and columns.

use super::{Mark, Scanner, Span};
use crate::yaml::{
    YamlError,
    class::{FLOW_BYTES, classes},
};

const BLANK: u8 = 1;
const BREAK: u8 = 2;
// The first byte of a line break outside ASCII, and of many other characters.
const LEAD: u8 = 4;
const FLOW: u8 = 8;
const COLON: u8 = 16;

const CLASS: [u8; 256] = classes(&[
    (b" \t", BLANK),
    (b"\n\r", BREAK),
    (&[0xc2, 0xe2], LEAD),
    (b":", COLON),
    (FLOW_BYTES, FLOW),
]);

impl Scanner<'_> {
    /// Returns the byte `ahead` of the cursor, or 0 where the text ends: no text has a 0.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { pos: offset(self.pos), line: self.line }
    }

    /// Returns how many characters of the line are before the cursor.
    pub(super) fn column(&mut self) -> usize {
        if self.ascii {
            return self.pos - self.line_start;
        }
        let (from, known) = if self.line_start < self.column_known.0 {
            self.column_known
        } else {
            (self.line_start, 0)
        };
        let column = known + count_chars(&self.bytes[from..self.pos]);
        self.column_known = (self.pos, column);
        column
    }

    /// Returns how long the line break at `at` is, 0 where there is none.
    pub(super) fn break_len(&self, at: usize) -> usize {
        let byte = |ahead: usize| self.bytes.get(at + ahead).copied().unwrap_or(0);
        match byte(0) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(byte(1) == b'\n'),
            0xc2 if byte(1) == 0x85 => 2,
            0xe2 if byte(1) == 0x80 && matches!(byte(2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    pub(super) fn is_break(&self, ahead: usize) -> bool {
        0 < self.break_len(self.pos + ahead)
    }

    pub(super) fn is_breakz(&self, ahead: usize) -> bool {
        self.peek(ahead) == 0 || self.is_break(ahead)
    }

    pub(super) fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    pub(super) fn at_end(&self) -> bool {
        self.bytes.len() <= self.pos
    }

    /// Moves over a line break and returns what it means in a scalar.
    pub(super) fn take_break(&mut self) -> &'static str {
        let len = self.break_len(self.pos);
        let meaning = match (len, self.peek(2)) {
            (0, _) => return "",
            (3, 0xa8) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        };
        self.pos += len;
        self.line += 1;
        self.line_start = self.pos;
        meaning
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.pos += 1;
        }
    }

    /// Moves to the end of the line.
    pub(super) fn skip_line_rest(&mut self) {
        while let Some(byte) = self.bytes.get(self.pos) {
            if CLASS[usize::from(*byte)] & (BREAK | LEAD) != 0 && self.is_break(0) {
                return;
            }
            self.pos += 1;
        }
    }

    /// Moves over a comment, if there is one.
    pub(super) fn skip_comment(&mut self) {
        if self.peek(0) == b'#' {
            self.skip_line_rest();
        }
    }

    /// Moves over what a plain scalar may have between two blanks.
    pub(super) fn skip_plain_run(&mut self) {
        while let Some(byte) = self.bytes.get(self.pos) {
            let class = CLASS[usize::from(*byte)];
            if class != 0 {
                let ends = match class {
                    BLANK | BREAK => true,
                    LEAD => self.is_break(0),
                    FLOW => 0 < self.flow_level,
                    _ => self.is_blankz(1),
                };
                if ends {
                    return;
                }
            }
            self.pos += 1;
        }
    }

    /// Moves over letters, digits, `_` and `-`.
    pub(super) fn skip_word(&mut self) {
        while is_word(self.peek(0)) {
            self.pos += 1;
        }
    }

    /// Whether `---` or `...` starts here as a marker of documents.
    pub(super) fn at_document_marker(&self) -> bool {
        self.pos == self.line_start
            && matches!(self.bytes.get(self.pos..self.pos + 3), Some(b"---" | b"..."))
            && self.is_blankz(3)
    }

    pub(super) fn span(start: usize, end: usize) -> Span {
        Span { start: offset(start), end: offset(end), cooked: false }
    }

    pub(super) fn cooked_from(&self, start: usize) -> Span {
        Span { start: offset(start), end: offset(self.cooked.len()), cooked: true }
    }

    /// Keeps a part of the text as part of what a scalar means.
    pub(super) fn cook(&mut self, start: usize, end: usize) {
        self.cooked.push_str(&self.text[start..end]);
    }

    /// Whether `count` characters can be looked at before what cannot be read.
    pub(super) fn need(&self, count: usize) -> Result<(), YamlError> {
        let Some(rest) = self.rest else { return Ok(()) };
        let left = &self.bytes[self.pos..];
        if 4 * count <= left.len() || count <= count_chars(left) {
            return Ok(());
        }
        Err(rest.clone())
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

pub(super) fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

// Streams are at most YAML_BYTES_MAX long, and what is made from them is no longer than three
// times that.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
