//! Lists and mappings by indentation.

use super::{
    Reader, differ,
    line::{Plain, Stop},
};
use crate::yaml::{Form, YAML_SIMPLE_KEY_MAX, form::Checked};

impl<'a> Reader<'a, '_> {
    /// Reads the node that starts here, on a line of its own or after `-`, within a collection
    /// that is indented by `indent`. Moves to the start of the next one.
    pub(super) fn block_node<F: Form>(&mut self, indent: Option<usize>) -> Option<F> {
        let column = self.pos - self.line_start;
        let start = self.pos;
        match self.byte(start) {
            b'-' if self.is_blankz(start + 1) => self.list(column),
            b'"' | b'\'' => {
                let Some((from, to)) = self.simple_quoted() else { return self.inline(indent) };
                let end = self.pos;
                self.skip_spaces();
                if self.byte(self.pos) == b':' {
                    self.pos = start;
                    let key = self.key()?;
                    return self.mapping(column, key);
                }
                self.pos = end;
                is_within(indent)?;
                self.end_line()?;
                Some(F::text(&self.text[from..to]))
            }
            b'[' | b'{' | b'|' | b'>' => self.inline(indent),
            _ => {
                let plain = self.plain(false)?;
                if plain.stop == Stop::Colon {
                    let key = self.colon(start, &plain)?;
                    return self.mapping(column, key);
                }
                is_within(indent)?;
                self.end_plain(&plain, indent)
            }
        }
    }

    // Reads a value that is no block collection.
    fn inline<F: Form>(&mut self, indent: Option<usize>) -> Option<F> {
        let value = match self.byte(self.pos) {
            b'[' | b'{' => self.flow()?,
            b'"' | b'\'' => {
                is_within(indent)?;
                self.quoted(false)?
            }
            byte @ (b'|' | b'>') => {
                is_within(indent)?;
                let literal = byte == b'|';
                let scan = |scanner: &mut crate::yaml::scan::Scanner<'_>| {
                    scanner.scan_block_scalar(literal).ok()
                };
                let token = self.scanned(indent, false, scan)?;
                let text = F::text(self.scanner.text_of(token.value));
                self.settle(false)?;
                return Some(text);
            }
            _ => {
                let plain = self.plain(false)?;
                return self.end_plain(&plain, indent);
            }
        };
        self.end_line()?;
        Some(value)
    }

    // Returns what text without quotes means, when it is known where it ends.
    fn end_plain<F: Form>(&mut self, plain: &Plain, indent: Option<usize>) -> Option<F> {
        let line_start = self.line_start;
        if plain.stop == Stop::Colon {
            return None;
        }
        self.settle(false)?;
        let deeper = indent.is_none_or(|indent| indent < self.column);
        if plain.stop == Stop::Line && !self.ended && !self.commented && deeper {
            (self.pos, self.line_start) = (plain.start, line_start);
            let token = self.scanned(indent, false, |scanner| scanner.scan_plain().ok())?;
            let scalar = Self::scalar(self.scanner.text_of(token.value))?;
            // The scanner stops in the line of a comment, or at the start of another line.
            self.settle(false)?;
            return Some(scalar);
        }
        Self::scalar(&self.text[plain.start..plain.end])
    }

    // Reads a key, with its colon.
    fn key(&mut self) -> Option<&'a str> {
        let (text, start) = (self.text, self.pos);
        if !matches!(self.byte(start), b'"' | b'\'') {
            let plain = self.plain(false)?;
            return if plain.stop == Stop::Colon { self.colon(start, &plain) } else { None };
        }
        let (from, to) = self.simple_quoted()?;
        self.skip_spaces();
        let near = self.pos - start < YAML_SIMPLE_KEY_MAX;
        (near && self.byte(self.pos) == b':' && self.is_blankz(self.pos + 1)).then_some(())?;
        self.pos += 1;
        Some(&text[from..to])
    }

    // Moves over the colon after a key without quotes that starts at `start`.
    fn colon(&mut self, start: usize, plain: &Plain) -> Option<&'a str> {
        let text = self.text;
        self.plain_key(plain)?;
        (self.pos - start < YAML_SIMPLE_KEY_MAX).then_some(())?;
        self.pos += 1;
        Some(&text[plain.start..plain.end])
    }

    // Reads a mapping from after its first key on.
    fn mapping<F: Form>(&mut self, column: usize, first: &'a str) -> Option<F> {
        self.open()?;
        let (mut map, mut keys) = (F::Map::default(), Vec::new());
        let mut key = first;
        loop {
            self.note(&mut keys, key);
            if self.is_wanted(key) {
                let value = self.value::<F>(column)?;
                F::insert(&mut map, key, value);
            } else {
                self.value::<Checked>(column)?;
            }
            if self.ended || self.column < column {
                break;
            }
            if column < self.column {
                return None;
            }
            key = self.key()?;
        }
        self.depth -= 1;
        differ(keys)?;
        Some(F::mapping(map))
    }

    // Reads what follows the colon of a key at `column`.
    fn value<F: Form>(&mut self, column: usize) -> Option<F> {
        self.skip_spaces();
        if !matches!(self.byte(self.pos), b'\n' | b'#' | 0) {
            return self.inline(Some(column));
        }
        self.settle(false)?;
        if self.ended || self.column < column {
            return Some(F::null());
        }
        if column < self.column {
            return self.block_node(Some(column));
        }
        // A list may be no further right than its key.
        if self.byte(self.pos) == b'-' && self.is_blankz(self.pos + 1) {
            return self.list(column);
        }
        Some(F::null())
    }

    // Reads a list whose dashes are at `column`.
    fn list<F: Form>(&mut self, column: usize) -> Option<F> {
        self.open()?;
        let mut items = Vec::new();
        loop {
            self.pos += 1;
            self.skip_spaces();
            items.push(if matches!(self.byte(self.pos), b'\n' | b'#' | 0) {
                self.settle(false)?;
                match !self.ended && column < self.column {
                    true => self.block_node(Some(column))?,
                    false => F::null(),
                }
            } else {
                self.block_node(Some(column))?
            });
            let goes_on = !self.ended
                && self.column == column
                && self.byte(self.pos) == b'-'
                && self.is_blankz(self.pos + 1);
            if !goes_on {
                break;
            }
        }
        // What is further right has no place; what is no item is a key of the mapping around.
        (self.ended || self.column <= column).then_some(())?;
        self.depth -= 1;
        Some(F::list(items))
    }
}

// Text alone is no usual document.
fn is_within(indent: Option<usize>) -> Option<()> {
    indent.map(drop)
}
