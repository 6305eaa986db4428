//! Scalars without quotes.

use super::{Scanner, Style, Token, TokenKind};
use crate::yaml::YamlError;

impl Scanner<'_> {
    pub(in crate::yaml) fn scan_plain(&mut self) -> Result<Token, YamlError> {
        let indent = self.indent + 1;
        let start = self.mark();
        let mut end = start;
        let mut cooked = None;
        // Where blanks start that are part of the scalar if something follows them.
        let mut blanks = self.pos;
        // The first line break since the last character.
        let mut leading = "";
        loop {
            if self.at_document_marker() || self.peek(0) == b'#' {
                break;
            }
            let run = self.pos;
            self.skip_plain_run();
            if run < self.pos {
                if !leading.is_empty() {
                    if cooked.is_none() {
                        cooked = Some(self.cooked.len());
                        self.cook(start.pos as usize, end.pos as usize);
                    }
                    self.join_lines(leading);
                    leading = "";
                    self.cook(run, self.pos);
                } else if cooked.is_some() {
                    self.cook(blanks, self.pos);
                }
                end = self.mark();
            }
            if !self.is_blank(0) && !self.is_break(0) {
                break;
            }
            blanks = self.pos;
            leading = self.skip_blanks_of_plain(leading, indent)?;
            if self.flow_level == 0 && self.column().cast_signed() < indent {
                break;
            }
        }
        if !leading.is_empty() {
            self.simple_key_allowed = true;
        }
        let value = match cooked {
            Some(from) => self.cooked_from(from),
            None => Self::span(start.pos as usize, end.pos as usize),
        };
        self.breaks.clear();
        Ok(Token { kind: TokenKind::Scalar(Style::Plain), start, end, value })
    }

    // Moves over blanks and line breaks; returns the first break and keeps the others.
    fn skip_blanks_of_plain(
        &mut self,
        mut leading: &'static str,
        indent: isize,
    ) -> Result<&'static str, YamlError> {
        loop {
            if self.is_blank(0) {
                let tab = !leading.is_empty() && self.peek(0) == b'\t';
                if tab && self.column().cast_signed() < indent {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                self.pos += 1;
            } else if self.is_break(0) {
                let line_break = self.take_break();
                if leading.is_empty() {
                    leading = line_break;
                } else {
                    self.breaks.push_str(line_break);
                }
            } else {
                return Ok(leading);
            }
        }
    }

    /// Adds what line breaks between two lines of a scalar mean, and forgets them.
    pub(super) fn join_lines(&mut self, leading: &str) {
        if leading != "\n" {
            self.cooked.push_str(leading);
        } else if self.breaks.is_empty() {
            self.cooked.push(' ');
        }
        self.cooked.push_str(&self.breaks);
        self.breaks.clear();
    }
}
