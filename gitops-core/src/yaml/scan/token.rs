//! What the scanner finds in a text.

/// A place in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::yaml) struct Mark {
    /// The byte.
    pub(in crate::yaml) pos: u32,
    /// The line, counted from 0.
    pub(in crate::yaml) line: u32,
}

/// A part of the text, or of what was made from it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::yaml) struct Span {
    pub(in crate::yaml) start: u32,
    pub(in crate::yaml) end: u32,
    /// Whether escapes or line breaks were resolved, so that the span is one of the cooked text.
    pub(in crate::yaml) cooked: bool,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    #[default]
    Plain,
    /// Between `'`.
    SingleQuoted,
    /// Between `"`.
    DoubleQuoted,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::yaml) enum TokenKind {
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(Style),
}

#[derive(Clone, Copy, Debug)]
pub(in crate::yaml) struct Token {
    pub(in crate::yaml) kind: TokenKind,
    pub(in crate::yaml) start: Mark,
    pub(in crate::yaml) end: Mark,
    /// The text of a scalar; the number of a tag or tag directive in the scanner's list.
    pub(in crate::yaml) value: Span,
}

impl Token {
    pub(super) fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end, value: Span::default() }
    }
}

/// A tag as written, or a tag directive.
#[derive(Clone, Debug)]
pub(in crate::yaml) struct WrittenTag {
    pub(in crate::yaml) handle: String,
    /// The suffix of a tag, the prefix of a directive.
    pub(in crate::yaml) suffix: String,
}
