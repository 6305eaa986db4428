//! The words of a template, and how errors name them.

use super::super::value::Text;
use super::print::quote::quote_cut;

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
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) token: Token,
    pub(super) pos: usize,
    pub(super) line: u32,
    pub(super) word: Word<'a>,
}

/// The bytes of a word.
#[derive(Clone, Debug)]
pub(super) enum Word<'a> {
    /// As they stand in the template.
    Source(&'a [u8]),
    /// The text of an error.
    Message(Text),
}

impl Item<'_> {
    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.word {
            Word::Source(bytes) => bytes,
            Word::Message(text) => text,
        }
    }

    /// As errors print it.
    pub(super) fn describe(&self) -> String {
        let bytes = self.bytes();
        let plain = || String::from_utf8_lossy(bytes).into_owned();
        match self.token {
            Token::Eof => "EOF".into(),
            Token::Error => plain(),
            token if token.is_keyword() => format!("<{}>", plain()),
            _ if bytes.len() > 10 => format!("{}...", quote_cut(bytes, Some(10))),
            _ => quote_cut(bytes, None),
        }
    }
}
