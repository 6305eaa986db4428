//! Cuts a template into words; trims white space at `{{-` and `-}}`; drops comments.

use super::print::runes::{decode, decode_last};
use super::scan::{
    find, find_left, is_alphanumeric, leading_space, newlines, trailing_space, trims_left,
    trims_right,
};
use super::token::{Item, Problem, Token, Word};

/// What opens an action.
const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";

/// The state of the cutting.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    pub(super) input: &'a [u8],
    pub(super) pos: usize,
    pub(super) start: usize,
    line: u32,
    start_line: u32,
    at_end: bool,
    parens: u32,
    in_action: bool,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            pos: 0,
            start: 0,
            line: 1,
            start_line: 1,
            at_end: false,
            parens: 0,
            in_action: false,
        }
    }

    /// The next word; `Eof` for ever after the last.
    pub(super) fn next_item(&mut self) -> Item<'a> {
        if self.in_action { self.inside_action() } else { self.text() }
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.pos..]
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let Some((rune, width)) = decode(self.rest()) else {
            self.at_end = true;
            return None;
        };
        self.pos += width;
        self.line += u32::from(rune == '\n');
        Some(rune)
    }

    pub(super) fn backup(&mut self) {
        if !self.at_end
            && self.pos > 0
            && let Some((rune, width)) = decode_last(&self.input[..self.pos])
        {
            self.pos -= width;
            self.line -= u32::from(rune == '\n');
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

    pub(super) fn take(&mut self, token: Token) -> Item<'a> {
        let word = Word::Source(&self.input[self.start..self.pos]);
        let item = Item { token, pos: self.start, line: self.start_line, word };
        self.start = self.pos;
        self.start_line = self.line;
        item
    }

    /// Leaves out what was passed without [`next`](Self::next).
    fn ignore(&mut self) {
        self.count_lines();
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn count_lines(&mut self) {
        self.line += newlines(&self.input[self.start..self.pos]);
    }

    fn says(&mut self, text: &'static str) -> Item<'a> {
        self.fail(Problem::Says(text))
    }

    pub(super) fn fail(&mut self, problem: Problem<'a>) -> Item<'a> {
        let word = Word::Problem(problem);
        let item = Item { token: Token::Error, pos: self.start, line: self.start_line, word };
        self.input = &[];
        self.pos = 0;
        self.start = 0;
        item
    }

    fn text(&mut self) -> Item<'a> {
        loop {
            let Some(at) = find_left(self.rest()) else {
                self.pos = self.input.len();
                if self.pos > self.start {
                    self.count_lines();
                    return self.take(Token::Text);
                }
                return self.take(Token::Eof);
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
                self.count_lines();
                let item = self.take(Token::Text);
                self.pos += trim;
                self.ignore();
                if !item.bytes().is_empty() {
                    return item;
                }
            }
            if let Some(item) = self.left_delim() {
                return item;
            }
        }
    }

    /// The delimiter, or nothing when it opens a comment, which is passed.
    fn left_delim(&mut self) -> Option<Item<'a>> {
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

    fn comment(&mut self) -> Option<Item<'a>> {
        self.pos += 2;
        let Some(end) = find(self.rest(), b"*/") else {
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
        let rest = self.rest();
        if trims_right(rest) && rest[2..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn right_delim(&mut self) -> Item<'a> {
        let trim = self.right_delim_ahead() == Some(true);
        if trim {
            self.pos += 2;
            self.ignore();
        }
        self.pos += RIGHT.len();
        let item = self.take(Token::RightDelim);
        if trim {
            self.pos += leading_space(self.rest());
            self.ignore();
        }
        self.in_action = false;
        item
    }

    fn inside_action(&mut self) -> Item<'a> {
        if self.right_delim_ahead().is_some() {
            if self.parens == 0 {
                return self.right_delim();
            }
            return self.says("unclosed left paren");
        }
        let Some(rune) = self.next() else {
            return self.says("unclosed action");
        };
        match rune {
            ' ' | '\t' | '\r' | '\n' => {
                self.backup();
                self.space()
            }
            '=' => self.take(Token::Assign),
            ':' if self.next() == Some('=') => self.take(Token::Declare),
            ':' => self.says("expected :="),
            '|' => self.take(Token::Pipe),
            '"' => self.quoted('"', Token::String, "unterminated quoted string"),
            '`' => self.raw_string(),
            '$' if self.at_terminator() => self.take(Token::Variable),
            '$' => self.field(Token::Variable),
            '\'' => self.quoted('\'', Token::CharConstant, "unterminated character constant"),
            '.' if !self.rest().first().is_none_or(u8::is_ascii_digit) => self.field(Token::Field),
            '.' | '+' | '-' | '0'..='9' => {
                self.backup();
                self.number()
            }
            '(' => {
                self.parens += 1;
                self.take(Token::LeftParen)
            }
            ')' if self.parens == 0 => self.says("unexpected right paren"),
            ')' => {
                self.parens -= 1;
                self.take(Token::RightParen)
            }
            rune if is_alphanumeric(rune) => {
                self.backup();
                self.identifier()
            }
            ' '..='~' => self.take(Token::Char),
            rune => self.fail(Problem::Unrecognized(rune)),
        }
    }

    fn space(&mut self) -> Item<'a> {
        let spaces = leading_space(self.rest());
        self.line += newlines(&self.rest()[..spaces]);
        self.pos += spaces;
        // The last space may belong to a trimming delimiter.
        let last = &self.input[self.pos - 1..];
        if trims_right(last) && last[2..].starts_with(RIGHT) {
            self.backup();
            if spaces == 1 {
                return self.right_delim();
            }
        }
        self.take(Token::Space)
    }

    fn identifier(&mut self) -> Item<'a> {
        let rune = self.pass_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character(rune);
        }
        let word = &self.input[self.start..self.pos];
        match word {
            b"true" | b"false" => self.take(Token::Bool),
            _ => self.take(Token::keyword(word).unwrap_or(Token::Identifier)),
        }
    }

    /// A field or variable whose first character is passed.
    fn field(&mut self, token: Token) -> Item<'a> {
        if self.at_terminator() {
            return self.take(if token == Token::Variable { token } else { Token::Dot });
        }
        let rune = self.pass_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character(rune);
        }
        self.take(token)
    }

    fn pass_alphanumeric(&mut self) -> Option<char> {
        loop {
            let letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            self.pos += self.rest().iter().take_while(|byte| letter(byte)).count();
            let rune = self.next();
            if !rune.is_some_and(is_alphanumeric) {
                self.backup();
                return rune;
            }
        }
    }

    fn bad_character(&mut self, rune: Option<char>) -> Item<'a> {
        self.fail(Problem::BadCharacter(rune))
    }

    fn at_terminator(&mut self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(RIGHT),
        }
    }

    fn quoted(&mut self, end: char, token: Token, problem: &'static str) -> Item<'a> {
        loop {
            match self.next() {
                Some('\\') => {
                    if matches!(self.next(), None | Some('\n')) {
                        return self.says(problem);
                    }
                }
                None | Some('\n') => return self.says(problem),
                Some(rune) if rune == end => return self.take(token),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Item<'a> {
        loop {
            match self.next() {
                None => return self.says("unterminated raw quoted string"),
                Some('`') => return self.take(Token::RawString),
                Some(_) => {}
            }
        }
    }
}
