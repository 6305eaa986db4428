//! Cuts a template into words; trims white space at `{{-` and `-}}`; drops comments.

use gitops_core::find;

use super::ast::place;
use super::print::runes::{decode, decode_last};
use super::scan::{
    find_left, is_alphanumeric, is_space_byte, is_word_byte, leading_space, trailing_space,
    trims_left,
};
use super::token::{Item, Problem, Token};

/// What opens an action.
const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";

/// The state of the cutting.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    /// The text; after an error, what is before it.
    pub(super) input: &'a [u8],
    pub(super) pos: usize,
    pub(super) start: usize,
    /// What is wrong with the text.
    pub(super) problem: Option<Problem<'a>>,
    at_end: bool,
    parens: u32,
    in_action: bool,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        let (pos, start, problem) = (0, 0, None);
        Self { input, pos, start, problem, at_end: false, parens: 0, in_action: false }
    }

    /// The next word; `Eof` for ever after the last.
    pub(super) fn next_item(&mut self) -> Item {
        if self.in_action { self.inside_action() } else { self.text() }
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.pos..]
    }

    pub(super) fn next(&mut self) -> Option<char> {
        if let Some(byte) = self.input.get(self.pos).filter(|byte| byte.is_ascii()) {
            self.pos += 1;
            return Some(char::from(*byte));
        }
        let Some((rune, width)) = decode(self.rest()) else {
            self.at_end = true;
            return None;
        };
        self.pos += width;
        Some(rune)
    }

    pub(super) fn backup(&mut self) {
        if !self.at_end
            && self.pos > 0
            && let Some((_, width)) = decode_last(&self.input[..self.pos])
        {
            self.pos -= width;
        }
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        if let Some(byte) = self.input.get(self.pos).filter(|byte| byte.is_ascii()) {
            return Some(char::from(*byte));
        }
        let rune = self.next();
        self.backup();
        rune
    }

    pub(super) fn take(&mut self, token: Token) -> Item {
        let item = Item { token, start: place(self.start), end: place(self.pos) };
        self.start = self.pos;
        item
    }

    fn pass(&mut self, bytes: usize, token: Token) -> Item {
        self.pos += bytes;
        self.take(token)
    }

    /// Leaves out what was passed.
    const fn ignore(&mut self) {
        self.start = self.pos;
    }

    fn says(&mut self, text: &'static str) -> Item {
        self.fail(Problem::Says(text))
    }

    pub(super) fn fail(&mut self, problem: Problem<'a>) -> Item {
        self.problem.get_or_insert(problem);
        self.input = &self.input[..self.start];
        self.pos = self.start;
        self.take(Token::Error)
    }

    fn text(&mut self) -> Item {
        loop {
            let Some(at) = find_left(self.rest()) else {
                self.pos = self.input.len();
                return self.take(if self.pos > self.start { Token::Text } else { Token::Eof });
            };
            if at > 0 {
                self.pos += at;
                let after = &self.input[self.pos + LEFT.len()..];
                let trim = if trims_left(after) {
                    trailing_space(&self.input[self.start..self.pos])
                } else {
                    0
                };
                self.pos -= trim;
                let item = self.take(Token::Text);
                self.pos += trim;
                self.ignore();
                if item.end > item.start {
                    return item;
                }
            }
            if let Some(item) = self.left_delim() {
                return item;
            }
        }
    }

    /// The delimiter, or nothing when it opens a comment, which is passed.
    fn left_delim(&mut self) -> Option<Item> {
        self.pos += LEFT.len();
        let marker = if trims_left(self.rest()) { 2 } else { 0 };
        if self.input[self.pos + marker..].starts_with(b"/*") {
            self.pos += marker;
            self.ignore();
            return self.comment();
        }
        let item = self.take(Token::LeftDelim);
        self.in_action = true;
        self.pos += marker;
        self.ignore();
        self.parens = 0;
        Some(item)
    }

    fn comment(&mut self) -> Option<Item> {
        self.pos += 2;
        let Some(end) = find::word(b"*/", self.rest()) else {
            return Some(self.says("unclosed comment"));
        };
        self.pos += end + 2;
        let Some(trim) = self.right_delim_ahead() else {
            return Some(self.says("comment ends before closing delimiter"));
        };
        self.pos += RIGHT.len() + if trim { 2 } else { 0 };
        if trim {
            self.pos += leading_space(self.rest());
        }
        self.ignore();
        None
    }

    /// Whether a closing delimiter follows, and whether it trims.
    fn right_delim_ahead(&self) -> Option<bool> {
        match self.rest() {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space_byte(*space) => Some(true),
            _ => None,
        }
    }

    fn right_delim(&mut self, trim: bool) -> Item {
        if self.parens > 0 {
            return self.says("unclosed left paren");
        }
        if trim {
            self.pos += 2;
            self.ignore();
        }
        let item = self.pass(RIGHT.len(), Token::RightDelim);
        if trim {
            self.pos += leading_space(self.rest());
            self.ignore();
        }
        self.in_action = false;
        item
    }

    fn inside_action(&mut self) -> Item {
        let rest = self.rest();
        let Some(byte) = rest.first() else {
            return self.says("unclosed action");
        };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.space(),
            b'.' if !rest.get(1).is_none_or(u8::is_ascii_digit) => {
                self.pos += 1;
                self.field(Token::Field)
            }
            b'}' if rest.get(1) == Some(&b'}') => self.right_delim(false),
            b'"' => self.quoted(b'"', Token::String, "unterminated quoted string"),
            b'|' => self.pass(1, Token::Pipe),
            b'(' => {
                self.parens += 1;
                self.pass(1, Token::LeftParen)
            }
            b')' => {
                self.pos += 1;
                let Some(parens) = self.parens.checked_sub(1) else {
                    return self.says("unexpected right paren");
                };
                self.parens = parens;
                self.take(Token::RightParen)
            }
            b'$' => {
                self.pos += 1;
                self.field(Token::Variable)
            }
            b'=' => self.pass(1, Token::Assign),
            b':' if rest.get(1) == Some(&b'=') => self.pass(2, Token::Declare),
            b':' => self.says("expected :="),
            b'`' => self.raw_string(),
            b'\'' => self.quoted(b'\'', Token::CharConstant, "unterminated character constant"),
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number(),
            byte if is_word_byte(*byte) => self.identifier(),
            b' '..=b'~' => self.pass(1, Token::Char),
            _ => self.other(),
        }
    }

    /// What begins with no character of ASCII that may stand here.
    fn other(&mut self) -> Item {
        match self.next() {
            Some(rune) if is_alphanumeric(rune) => {
                self.backup();
                self.identifier()
            }
            Some(rune) => self.fail(Problem::Unrecognized(rune)),
            None => self.says("unclosed action"),
        }
    }

    fn space(&mut self) -> Item {
        let spaces = leading_space(self.rest());
        // The last space may belong to a trimming delimiter.
        let trims = matches!(self.input[self.pos + spaces..], [b'-', b'}', b'}', ..]);
        if trims && spaces == 1 {
            return self.right_delim(true);
        }
        self.pass(spaces - usize::from(trims), Token::Space)
    }

    fn identifier(&mut self) -> Item {
        let rune = self.pass_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character(rune);
        }
        let word = &self.input[self.start..self.pos];
        self.take(Token::of_word(word))
    }

    /// A field or variable whose first character is passed.
    fn field(&mut self, token: Token) -> Item {
        if self.at_terminator() {
            return self.take(if token == Token::Variable { token } else { Token::Dot });
        }
        let rune = self.pass_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character(rune);
        }
        self.take(token)
    }

    /// Passes letters and digits; the character behind them.
    fn pass_alphanumeric(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let passed = rest.iter().take_while(|byte| is_word_byte(**byte)).count();
            self.pos += passed;
            match rest.get(passed) {
                Some(byte) if byte.is_ascii() => return Some(char::from(*byte)),
                _ => {}
            }
            let rune = self.next();
            if !rune.is_some_and(is_alphanumeric) {
                self.backup();
                return rune;
            }
        }
    }

    fn bad_character(&mut self, rune: Option<char>) -> Item {
        self.fail(Problem::BadCharacter(rune))
    }

    fn at_terminator(&mut self) -> bool {
        match self.rest() {
            [b' ' | b'.' | b')' | b'\n' | b'\t' | b'\r' | b',' | b'|' | b':' | b'(', ..]
            | [b'}', b'}', ..] => true,
            [_, ..] => false,
            [] => {
                self.at_end = true;
                true
            }
        }
    }

    fn quoted(&mut self, end: u8, token: Token, problem: &'static str) -> Item {
        self.pos += 1;
        while let Some(at) = find::byte_of_three([end, b'\\', b'\n'], self.rest()) {
            self.pos += at + 1;
            match self.input[self.pos - 1] {
                b'\\' if !matches!(self.rest().first(), None | Some(b'\n')) => self.pos += 1,
                byte if byte == end => return self.take(token),
                _ => break,
            }
        }
        self.says(problem)
    }

    fn raw_string(&mut self) -> Item {
        match find::byte(b'`', &self.rest()[1..]) {
            Some(at) => self.pass(at + 2, Token::RawString),
            None => self.says("unterminated raw quoted string"),
        }
    }
}
