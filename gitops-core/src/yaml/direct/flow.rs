//! Lists and mappings in brackets.

use super::{Reader, differ, line::Stop};
use crate::yaml::{Form, YAML_SIMPLE_KEY_MAX, form::Checked};

impl<'a> Reader<'a, '_> {
    /// Reads a collection in brackets, which starts here.
    pub(super) fn flow<F: Form>(&mut self) -> Option<F> {
        self.open()?;
        let list = self.byte(self.pos) == b'[';
        self.pos += 1;
        let value = if list { self.flow_list() } else { self.flow_mapping() };
        self.depth -= 1;
        value
    }

    fn flow_list<F: Form>(&mut self) -> Option<F> {
        let mut items = Vec::new();
        loop {
            self.flow_space()?;
            if self.byte(self.pos) == b']' {
                break;
            }
            items.push(self.flow_node()?);
            if !self.goes_on(b']')? {
                break;
            }
        }
        self.pos += 1;
        Some(F::list(items))
    }

    fn flow_mapping<F: Form>(&mut self) -> Option<F> {
        let (mut map, mut keys) = (F::Map::default(), Vec::new());
        loop {
            self.flow_space()?;
            if self.byte(self.pos) == b'}' {
                break;
            }
            let key = self.flow_key()?;
            self.flow_space()?;
            self.note(&mut keys, key);
            if self.is_wanted(key) {
                let value = self.flow_node::<F>()?;
                F::insert(&mut map, key, value);
            } else {
                self.flow_node::<Checked>()?;
            }
            if !self.goes_on(b'}')? {
                break;
            }
        }
        self.pos += 1;
        differ(keys)?;
        Some(F::mapping(map))
    }

    // Moves to the end of the collection or over a comma. Whether it was a comma.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.flow_space()?;
        match self.byte(self.pos) {
            b',' => {
                self.pos += 1;
                Some(true)
            }
            byte if byte == end => Some(false),
            _ => None,
        }
    }

    // Reads a key, with its colon, on one line.
    fn flow_key(&mut self) -> Option<&'a str> {
        let (text, start) = (self.text, self.pos);
        let key = if matches!(self.byte(start), b'"' | b'\'') {
            let (start, end) = self.simple_quoted()?;
            self.skip_spaces();
            &text[start..end]
        } else {
            let plain = self.plain(true)?;
            self.plain_key(&plain)?;
            (plain.stop == Stop::Colon).then_some(&text[plain.start..plain.end])?
        };
        let near = self.pos - start < YAML_SIMPLE_KEY_MAX;
        (near && self.byte(self.pos) == b':').then_some(())?;
        self.pos += 1;
        Some(key)
    }

    fn flow_node<F: Form>(&mut self) -> Option<F> {
        match self.byte(self.pos) {
            b'[' | b'{' => self.flow(),
            b'"' | b'\'' => self.quoted(true),
            _ => {
                let plain = self.plain(true)?;
                // What goes on in the next line is not followed by a comma, nor by a bracket.
                Self::scalar(&self.text[plain.start..plain.end])
            }
        }
    }

    // Moves over blanks, comments and line breaks.
    fn flow_space(&mut self) -> Option<()> {
        if self.byte(self.pos) == b'#' {
            // Only after a blank it is one to everybody.
            return None;
        }
        if !matches!(self.byte(self.pos), b' ' | b'\n') {
            return Some(());
        }
        self.settle(false)?;
        (!self.ended).then_some(())
    }
}
