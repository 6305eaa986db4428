//! Scalars in lines of their own, after `|` or `>`.

use super::{Mark, Scanner, Style, Token, TokenKind};
use crate::yaml::YamlError;

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(in crate::yaml) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token, YamlError> {
        let start = self.mark();
        self.pos += 1;
        let (chomping, increment) = self.scan_block_header()?;
        let mut indent = increment.map(|increment| self.indent.max(0).cast_unsigned() + increment);
        let from = self.cooked.len();
        let mut end = self.mark();
        self.scan_block_breaks(&mut indent, &mut end)?;
        let column = indent.unwrap_or(0);

        let mut leading = "";
        let mut after_blank = false;
        while self.column() == column && !self.at_end() {
            let blank = self.is_blank(0);
            if !literal && !after_blank && !blank && leading == "\n" {
                self.join_lines(leading);
            } else {
                self.cooked.push_str(leading);
                self.cooked.push_str(&self.breaks);
                self.breaks.clear();
            }
            after_blank = blank;
            let run = self.pos;
            self.skip_line_rest();
            self.cook(run, self.pos);
            leading = self.take_break();
            self.scan_block_breaks(&mut indent, &mut end)?;
        }
        if chomping != Chomping::Strip {
            self.cooked.push_str(leading);
        }
        if chomping == Chomping::Keep {
            self.cooked.push_str(&self.breaks);
        }
        self.breaks.clear();
        let style = if literal { Style::Literal } else { Style::Folded };
        let value = self.cooked_from(from);
        Ok(Token { kind: TokenKind::Scalar(style), start, end, value })
    }

    // Reads chomping and indentation and the rest of the first line.
    fn scan_block_header(&mut self) -> Result<(Chomping, Option<usize>), YamlError> {
        let mut chomping = self.scan_chomping();
        let mut increment = None;
        if self.peek(0).is_ascii_digit() {
            let digit = self.peek(0) - b'0';
            if digit == 0 {
                return Err(self.error("found an indentation indicator equal to 0"));
            }
            increment = Some(usize::from(digit));
            self.pos += 1;
            if chomping.is_none() {
                chomping = self.scan_chomping();
            }
        }
        self.skip_blanks();
        self.skip_comment();
        if !self.is_breakz(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.take_break();
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.peek(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.pos += 1;
        Some(chomping)
    }

    // Moves over indentation and empty lines, which it keeps; finds the indentation if it must.
    fn scan_block_breaks(
        &mut self,
        indent: &mut Option<usize>,
        end: &mut Mark,
    ) -> Result<(), YamlError> {
        *end = self.mark();
        let mut deepest = 0;
        loop {
            let mut column = self.column();
            while indent.is_none_or(|indent| column < indent) && self.peek(0) == b' ' {
                self.pos += 1;
                column += 1;
            }
            deepest = deepest.max(column);
            if indent.is_none_or(|indent| column < indent) && self.peek(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(problem));
            }
            if !self.is_break(0) {
                break;
            }
            let line_break = self.take_break();
            self.breaks.push_str(line_break);
            *end = self.mark();
        }
        if indent.is_none() {
            let least = (self.indent + 1).max(1).cast_unsigned();
            *indent = Some(deepest.max(least));
        }
        Ok(())
    }
}
