//! Pieces of the lexer: numbers, blanks, and names of characters in errors.

use super::lexer::Lexer;
use super::print::runes::{is_digit, is_letter, is_print};
use super::token::{Item, Problem, Token};

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> Item {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || self.input.get(self.pos - 1) != Some(&b'i') {
                return self.bad_number();
            }
            return self.take(Token::Complex);
        }
        self.take(Token::Number)
    }

    fn bad_number(&mut self) -> Item {
        self.fail(Problem::BadNumber(&self.input[self.start..self.pos]))
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, set: &str) -> bool {
        if self.next().is_some_and(|rune| set.contains(rune)) {
            return true;
        }
        self.backup();
        false
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }
}

/// Where the first `{{` is.
pub(super) fn find_left(text: &[u8]) -> Option<usize> {
    gitops_core::find::word(b"{{", text)
}

pub(super) const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether it is a letter or digit of ASCII, or `_`.
pub(super) const fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES[byte as usize]
}

static WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

pub(super) fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || is_letter(rune) || is_digit(rune)
}

pub(super) fn trims_left(text: &[u8]) -> bool {
    text.first() == Some(&b'-') && text.get(1).is_some_and(|space| is_space_byte(*space))
}

pub(super) fn trailing_space(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| is_space_byte(**byte)).count()
}

pub(super) fn leading_space(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_space_byte(**byte)).count()
}

/// As Go's `%#U`.
pub(super) fn describe(rune: char) -> String {
    let code = format!("U+{:04X}", u32::from(rune));
    if is_print(rune) { format!("{code} '{rune}'") } else { code }
}
