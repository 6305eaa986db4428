//! In which styles a string can be written.

use crate::yaml::{
    Style,
    resolve::{Scalar, resolve_plain},
};

/// Whether a character ends a line.
pub(super) fn is_break(char: char) -> bool {
    matches!(char, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether the text has a line break.
pub(super) fn is_multiline(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0xc2 | 0xe2)) && text.contains(is_break)
}

/// Whether a character can be written without an escape.
pub(super) fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && char != '\u{feff}'
}

/// Returns the style in which a string is written.
pub(super) fn style_of(text: &str, simple_key: bool) -> Style {
    let allowed = Allowed::of(text);
    let multiline = text.contains('\n');
    let mut style = if multiline {
        Style::Literal
    } else if is_string(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    if simple_key && is_multiline(text) {
        style = Style::DoubleQuoted;
    }
    match style {
        Style::Plain if allowed.plain => Style::Plain,
        Style::Plain | Style::SingleQuoted if allowed.single_quoted => Style::SingleQuoted,
        Style::Literal if allowed.block && !simple_key => Style::Literal,
        _ => Style::DoubleQuoted,
    }
}

/// Whether the text reads back as a string without quotes, if it can be written so.
pub(super) fn is_string(text: &str) -> bool {
    matches!(resolve_plain(text, true), Scalar::Str(_)) && !is_base_60(text)
}

// A number to base 60, such as a time of day, is a number to other readers.
fn is_base_60(text: &str) -> bool {
    // `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !text.starts_with(|char: char| char.is_ascii_digit()) {
        return false;
    }
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let is_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let is_sixtieth = |part: &&str| match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [high, low] => matches!(high, b'0'..=b'5') && low.is_ascii_digit(),
        _ => false,
    };
    is_digits(first) && is_digits(fraction) && middle.iter().all(is_sixtieth) && is_sixtieth(&last)
}

/// The styles that keep a string as it is.
#[derive(Clone, Copy)]
struct Allowed {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

/// What there is in a string.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the string")]
struct Facts {
    indicator: bool,
    special: bool,
    line_break: bool,
    blank_ends: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
}

impl Allowed {
    fn of(text: &str) -> Self {
        let facts = Facts::of(text);
        let odd = facts.space_break || facts.special;
        Self {
            plain: !(facts.indicator
                || facts.line_break
                || facts.blank_ends
                || facts.break_space
                || odd),
            single_quoted: !(facts.break_space || odd),
            block: !text.is_empty() && !facts.trailing_space && !odd,
        }
    }
}

impl Facts {
    fn of(text: &str) -> Self {
        let mut facts = Self {
            indicator: text.starts_with("---") || text.starts_with("...") || starts_special(text),
            ..Self::default()
        };
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let next = chars.peek().copied();
            let before_blank = before.is_none_or(|it| it == ' ' || it == '\t' || is_break(it));
            facts.indicator |= before.is_some()
                && (char == ':' && next.is_none_or(|it| it == ' ' || it == '\t')
                    || char == '#' && before_blank);
            facts.special |= !is_printable(char);
            let ends = before.is_none() || next.is_none();
            if char == ' ' {
                facts.blank_ends |= ends;
                facts.trailing_space |= next.is_none();
                facts.break_space |= before.is_some_and(is_break);
            } else if is_break(char) {
                facts.line_break = true;
                facts.blank_ends |= ends;
                facts.space_break |= before == Some(' ');
            }
            before = Some(char);
        }
        facts
    }
}

// Whether the first character means something else than itself.
fn starts_special(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        '?' | ':' | '-' => chars.next().is_none_or(|next| next == ' ' || next == '\t'),
        _ => false,
    }
}
