//! Bytes as runes, and Go's classes of them.

use unicode_properties::UnicodeGeneralCategory as _;
use unicode_properties::{GeneralCategory as Category, GeneralCategoryGroup as Group};

/// The first rune and its width; U+FFFD of width 1 for a byte that is no UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((char::from(first), 1));
    }
    let width = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let rune = bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match rune.and_then(|text| text.chars().next()) {
        Some(rune) => Some((rune, width)),
        None => Some((char::REPLACEMENT_CHARACTER, 1)),
    }
}

/// The last rune and its width.
pub(crate) fn decode_last(bytes: &[u8]) -> Option<(char, usize)> {
    let last = *bytes.last()?;
    if last < 0x80 {
        return Some((char::from(last), 1));
    }
    for width in 2..=4.min(bytes.len()) {
        let tail = &bytes[bytes.len() - width..];
        if let Some((rune, found)) = decode(tail)
            && found == width
        {
            return Some((rune, width));
        }
    }
    Some((char::REPLACEMENT_CHARACTER, 1))
}

/// The runes of bytes; what is no UTF-8 comes as U+FFFD, byte by byte.
pub(crate) fn runes(bytes: &[u8]) -> impl Iterator<Item = char> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (rune, width) = decode(rest)?;
        rest = &rest[width..];
        Some(rune)
    })
}

/// `unicode.IsLetter`.
pub(crate) fn is_letter(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_alphabetic();
    }
    rune.general_category_group() == Group::Letter
}

/// `unicode.IsDigit`.
pub(crate) fn is_digit(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    rune.general_category() == Category::DecimalNumber
}

/// `unicode.IsNumber`.
pub(crate) fn is_number(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_digit();
    }
    rune.general_category_group() == Group::Number
}

/// `unicode.IsPunct`.
pub(crate) fn is_punct(rune: char) -> bool {
    rune.general_category_group() == Group::Punctuation
}

/// `unicode.IsUpper`.
pub(crate) fn is_upper(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_uppercase();
    }
    rune.general_category() == Category::UppercaseLetter
}

/// `unicode.IsLower`.
pub(crate) fn is_lower(rune: char) -> bool {
    if rune.is_ascii() {
        return rune.is_ascii_lowercase();
    }
    rune.general_category() == Category::LowercaseLetter
}

/// `unicode.IsTitle`.
pub(crate) fn is_title(rune: char) -> bool {
    !rune.is_ascii() && rune.general_category() == Category::TitlecaseLetter
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(rune: char) -> bool {
    if rune.is_ascii() {
        return matches!(rune, ' '..='~');
    }
    !matches!(rune.general_category_group(), Group::Separator | Group::Other)
}

/// `unicode.IsSpace`.
pub(crate) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

/// `unicode.ToUpper`: one rune for one.
pub(crate) fn to_upper(rune: char) -> char {
    // Greek letters with an iota below them have a capital of one rune too.
    match rune {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => {
            char::from_u32(u32::from(rune) + 8).unwrap_or(rune)
        }
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => char::from_u32(u32::from(rune) + 9).unwrap_or(rune),
        _ => single(rune.to_uppercase(), rune),
    }
}

/// `unicode.ToLower`: one rune for one.
pub(crate) fn to_lower(rune: char) -> char {
    if rune == 'İ' { 'i' } else { single(rune.to_lowercase(), rune) }
}

/// `unicode.ToTitle`: one rune for one.
pub(crate) fn to_title(rune: char) -> char {
    match rune {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        'ა'..='ჺ' | 'ჽ'..='ჿ' => rune,
        _ => to_upper(rune),
    }
}

fn single(mut runes: impl Iterator<Item = char>, otherwise: char) -> char {
    match (runes.next(), runes.next()) {
        (Some(rune), None) => rune,
        _ => otherwise,
    }
}
