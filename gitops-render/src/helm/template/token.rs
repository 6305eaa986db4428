//! The words of a template, and how errors name them.

use std::fmt;

use super::print::quote::quote_cut;
use super::scan::describe;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The text of a lexical error is the word.
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
    /// The keyword that `word` is.
    pub(super) fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
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
            _ => return None,
        })
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

/// A word with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) token: Token,
    pub(super) pos: usize,
    pub(super) line: u32,
    pub(super) word: Word<'a>,
}

/// What a word is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    /// Bytes as they stand in the template.
    Source(&'a [u8]),
    /// An error.
    Problem(Problem<'a>),
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

impl<'a> Item<'a> {
    /// The bytes; an error has none.
    pub(super) const fn bytes(&self) -> &'a [u8] {
        match self.word {
            Word::Source(bytes) => bytes,
            Word::Problem(_) => b"",
        }
    }

    /// As errors print it.
    pub(super) fn describe(&self) -> String {
        if let Word::Problem(problem) = self.word {
            return problem.to_string();
        }
        let bytes = self.bytes();
        let plain = || String::from_utf8_lossy(bytes).into_owned();
        match self.token {
            Token::Eof => "EOF".into(),
            token if token.is_keyword() => format!("<{}>", plain()),
            _ if bytes.len() > 10 => format!("{}...", quote_cut(bytes, Some(10))),
            _ => quote_cut(bytes, None),
        }
    }
}
