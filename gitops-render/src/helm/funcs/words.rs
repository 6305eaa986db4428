//! Functions on words: upper and lower case, initials, abbreviations, white space.

use super::super::template::print::runes::{
    decode, is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, runes,
    to_lower, to_title, to_upper,
};
use super::super::value::{Type, Value};
use super::args::{bytes, int};
use super::strings::map_runes;
use super::wrap::wrap;
use super::{Answer, Function, fixed};

const STR: &[Type] = &[Type::Str];
const INT_STR: &[Type] = &[Type::Int, Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("untitle", STR, Type::Str, |_, v| Ok(Value::text(untitle(bytes(v, 0))))),
    fixed("nospace", STR, Type::Str, |_, v| Ok(Value::text(without_space(bytes(v, 0))))),
    fixed("initials", STR, Type::Str, |_, v| Ok(Value::text(initials(bytes(v, 0))))),
    fixed("swapcase", STR, Type::Str, |_, v| Ok(Value::text(swap_case(bytes(v, 0))))),
    fixed("camelcase", STR, Type::Str, |_, v| Ok(Value::text(pascal_case(bytes(v, 0))))),
    fixed("snakecase", STR, Type::Str, |_, v| Ok(Value::text(split_case(bytes(v, 0), b'_')))),
    fixed("kebabcase", STR, Type::Str, |_, v| Ok(Value::text(split_case(bytes(v, 0), b'-')))),
    fixed("abbrev", INT_STR, Type::Str, |_, v| abbreviate(0, int(v, 0), bytes(v, 1))),
    fixed("abbrevboth", &[Type::Int, Type::Int, Type::Str], Type::Str, |_, v| {
        abbreviate(int(v, 0), int(v, 1), bytes(v, 2))
    }),
    fixed("wrap", INT_STR, Type::Str, |_, v| {
        Ok(Value::text(wrap(bytes(v, 1), int(v, 0), b"", false)))
    }),
    fixed("wrapWith", &[Type::Int, Type::Str, Type::Str], Type::Str, |call, v| {
        let (text, line_end) = (bytes(v, 2), bytes(v, 1));
        call.room(text.len().saturating_mul(line_end.len().max(1)))?;
        Ok(Value::text(wrap(text, int(v, 0), line_end, true)))
    }),
];

fn untitle(text: &[u8]) -> Vec<u8> {
    let first = std::cell::Cell::new(true);
    map_runes(text, |rune| {
        if is_space(rune) {
            first.set(true);
        } else if first.replace(false) {
            return to_lower(rune);
        }
        rune
    })
}

/// Byte by byte, so that other than ASCII comes apart as soon as there is white space.
fn without_space(text: &[u8]) -> Vec<u8> {
    let is_gap = |byte: &u8| is_space(char::from(*byte));
    if !text.iter().any(is_gap) {
        return text.to_vec();
    }
    let kept = text.iter().filter(|byte| !is_gap(byte)).map(|byte| char::from(*byte));
    kept.collect::<String>().into_bytes()
}

fn initials(text: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    let mut after_gap = true;
    for byte in text {
        let rune = char::from(*byte);
        if is_space(rune) {
            after_gap = true;
        } else if after_gap {
            out.push(rune);
            after_gap = false;
        }
    }
    out.into_bytes()
}

fn swap_case(text: &[u8]) -> Vec<u8> {
    let after_gap = std::cell::Cell::new(true);
    map_runes(text, |rune| {
        if is_upper(rune) || is_title(rune) {
            after_gap.set(false);
            to_lower(rune)
        } else if is_lower(rune) {
            if after_gap.replace(false) { to_title(rune) } else { to_upper(rune) }
        } else {
            after_gap.set(is_space(rune));
            rune
        }
    })
}

fn abbreviate(left: i64, width: i64, text: &[u8]) -> Answer {
    if width < 4 || left > 0 && width < 7 {
        return Ok(Value::text(text));
    }
    Ok(Value::text(abbreviated(text, left, width)))
}

/// At most `width` bytes with dots for what is left out; `left` stays in sight.
fn abbreviated(text: &[u8], left: i64, width: i64) -> Vec<u8> {
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (Ok(room), true) = (usize::try_from(width - 3), size > width && width >= 4) else {
        return if width < 4 { Vec::new() } else { text.to_vec() };
    };
    let mut left = left.min(size);
    if size - left < width - 3 {
        left = size - (width - 3);
    }
    if left <= 4 {
        return [&text[..room], b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if left + width - 3 < size {
        let from = usize::try_from(left).unwrap_or(0);
        let inner = abbreviated(&text[from..], 0, width - 3);
        return [b"...", inner.as_slice()].concat();
    }
    [b"...", &text[text.len() - room..]].concat()
}

fn connects(rune: char) -> bool {
    rune == '-' || rune == '_' || is_space(rune)
}

/// `some words` as `SomeWords`.
fn pascal_case(text: &[u8]) -> Vec<u8> {
    let all: Vec<char> = runes(text).collect();
    let mut out = String::new();
    let lead = all.iter().take_while(|rune| connects(**rune)).count();
    out.extend(&all[..lead]);
    let Some((first, rest)) = all[lead..].split_first() else {
        return match all.last() {
            // The last connector is written twice where nothing follows.
            Some(last) => {
                out.push(*last);
                out.into_bytes()
            }
            None => Vec::new(),
        };
    };
    let mut upper_word = is_upper(*first);
    let mut current = to_upper(*first);
    for rune in rest {
        let before = std::mem::replace(&mut current, *rune);
        if connects(current) && connects(before) {
            out.push(before);
            continue;
        }
        if connects(before) {
            upper_word = is_upper(current);
            current = to_upper(current);
            continue;
        }
        if upper_word {
            if is_upper(current) {
                current = to_lower(current);
            } else {
                upper_word = false;
            }
        }
        out.push(before);
    }
    out.push(current);
    out.into_bytes()
}

/// What a run of runes is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Invalid,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// `FirstName` as `first_name`.
fn split_case(text: &[u8], connector: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut kind, mut word, mut rest) = next_word(text);
    while !rest.is_empty() {
        if kind != Word::Connector {
            lower(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(kind, Word::Letters | Word::Number) {
                    lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Invalid | Word::Punctuation | Word::Connector) {
                    out.push(connector);
                }
            }
            Word::Connector => lower(&mut out, before, last, connector),
            Word::Punctuation => {}
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                if kind == Word::Letters {
                    out.push(connector);
                    lower(&mut out, Word::Number, number, connector);
                    while matches!(kind, Word::Letters | Word::Number) {
                        lower(&mut out, kind, word, connector);
                        (kind, word, rest) = next_word(rest);
                    }
                    if !matches!(kind, Word::Invalid | Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                } else {
                    lower(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                }
            }
        }
    }
    lower(&mut out, kind, word, connector);
    out
}

fn lower(out: &mut Vec<u8>, kind: Word, word: &[u8], connector: u8) {
    if !matches!(kind, Word::Upper | Word::Connector) {
        out.extend_from_slice(word);
        return;
    }
    for rune in runes(word) {
        let shown = match rune {
            rune if connects(rune) => char::from(connector),
            rune if is_upper(rune) => to_lower(rune),
            rune => rune,
        };
        out.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// A letter of a script that has words.
fn is_alphabet(rune: char) -> bool {
    is_letter(rune)
        && !matches!(
            rune,
            '\u{4E00}'..='\u{9FCC}' | '\u{3400}'..='\u{4D85}' | '\u{20000}'..='\u{2B81D}'
        )
}

/// The next rune that is valid, with all that is passed; `before` at the end.
fn valid(text: &[u8], before: char) -> (char, usize) {
    let mut at = 0;
    while let Some((rune, width)) = decode(&text[at..]) {
        at += width;
        if rune != char::REPLACEMENT_CHARACTER {
            return (rune, at);
        }
    }
    (before, at)
}

fn next_word(text: &[u8]) -> (Word, &[u8], &[u8]) {
    if text.is_empty() {
        return (Word::Invalid, text, text);
    }
    let (rune, width) = valid(text, char::REPLACEMENT_CHARACTER);
    if rune == char::REPLACEMENT_CHARACTER {
        return (Word::Invalid, &text[..width], &text[width..]);
    }
    let other = |rune| !connects(rune) && !is_alphabet(rune) && !is_number(rune) && !is_punct(rune);
    let (kind, end) = if connects(rune) {
        (Word::Connector, pass(text, width, rune, connects))
    } else if is_punct(rune) {
        (Word::Punctuation, pass(text, width, rune, is_punct))
    } else if is_upper(rune) {
        (Word::Upper, upper_end(text, width, rune))
    } else if is_alphabet(rune) {
        (Word::Letters, pass(text, width, rune, |rune| is_alphabet(rune) && !is_upper(rune)))
    } else if is_number(rune) {
        (Word::Number, pass(text, width, rune, is_number))
    } else {
        (Word::Other, pass(text, width, rune, other))
    };
    (kind, &text[..end], &text[end..])
}

fn pass(text: &[u8], mut at: usize, mut rune: char, is_part: impl Fn(char) -> bool) -> usize {
    while at < text.len() {
        let (next, width) = valid(&text[at..], rune);
        rune = next;
        if !is_part(rune) {
            break;
        }
        at += width;
    }
    at
}

/// `HTTPStatus` is `HTTP` and `Status`: the last capital begins the next word.
fn upper_end(text: &[u8], at: usize, rune: char) -> usize {
    if at >= text.len() {
        return at;
    }
    let (second, width) = valid(&text[at..], rune);
    if !is_upper(second) {
        if is_alphabet(second) {
            return pass(text, at, rune, |rune| is_alphabet(rune) && !is_upper(rune));
        }
        return at;
    }
    let (mut end, mut last_width, mut rune) = (at + width, width, second);
    while end < text.len() {
        let (next, width) = valid(&text[end..], rune);
        rune = next;
        if !is_upper(rune) {
            return if is_alphabet(rune) { end - last_width } else { end };
        }
        last_width = width;
        end += width;
    }
    end
}
