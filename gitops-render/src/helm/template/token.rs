//! The words of a template, and how errors name them.

use std::fmt;

use super::print::quote::quote_cut;
use super::scan::describe;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The lexer tells what is wrong.
    Error,
    Bool,
    /// Any other printable ASCII character.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Token {
    /// What a word of letters is.
    pub(super) fn of_word(word: &[u8]) -> Self {
        match word {
            b"true" | b"false" => Self::Bool,
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => Self::Identifier,
        }
    }

    const fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }
}

/// A word with its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Item {
    /// Its bytes in `text`.
    pub(super) fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// As errors print it; an error is a `problem`.
    pub(super) fn describe(&self, text: &[u8], problem: Option<&Problem<'_>>) -> String {
        let bytes = self.bytes(text);
        let plain = || String::from_utf8_lossy(bytes).into_owned();
        match (self.token, problem) {
            (Token::Error, Some(problem)) => problem.to_string(),
            (Token::Eof, _) => "EOF".into(),
            (token, _) if token.is_keyword() => format!("<{}>", plain()),
            _ if bytes.len() > 10 => format!("{}...", quote_cut(bytes, Some(10))),
            _ => quote_cut(bytes, None),
        }
    }
}

/// Why a text cannot be cut into words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem<'a> {
    /// What the text says.
    Says(&'static str),
    /// A character, or the end of the text, that no word goes on with.
    BadCharacter(Option<char>),
    /// A character that begins no word.
    Unrecognized(char),
    /// A number that is none.
    BadNumber(&'a [u8]),
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Says(text) => f.write_str(text),
            Self::BadCharacter(None) => f.write_str("bad character U+FFFFFFFFFFFFFFFF"),
            Self::BadCharacter(Some(rune)) => write!(f, "bad character {}", describe(*rune)),
            Self::Unrecognized(rune) => {
                write!(f, "unrecognized character in action: {}", describe(*rune))
            }
            Self::BadNumber(text) => write!(f, "bad number syntax: {}", quote_cut(text, None)),
        }
    }
}
