//! Character classes of Go's regular expressions.

use super::pattern::{Problem, literal};

/// A class as the `regex` crate writes it, in or without brackets.
pub(super) struct Class(String);

/// The names between `[:` and `:]`, with their ASCII ranges.
const POSIX: &[(&str, &str)] = &[
    ("alnum", "0-9A-Za-z"),
    ("alpha", "A-Za-z"),
    ("ascii", r"\x00-\x7F"),
    ("blank", r"\t "),
    ("cntrl", r"\x00-\x1F\x7F"),
    ("digit", "0-9"),
    ("graph", "!-~"),
    ("lower", "a-z"),
    ("print", " -~"),
    ("punct", "!-/:-@\\[-`\\{-~"),
    ("space", r"\t\n\v\f\r "),
    ("upper", "A-Z"),
    ("word", "0-9A-Za-z_"),
    ("xdigit", "0-9A-Fa-f"),
];

const BAD_RANGE: &str = "invalid character class range";

impl Class {
    pub(super) fn text(&self) -> String {
        self.0.clone()
    }

    /// A class in brackets and what is behind it.
    pub(super) fn parse(text: &str) -> Result<(Self, &str), Problem> {
        let whole = text;
        let mut out = String::from("[");
        let mut rest = &text[1..];
        if let Some(after) = rest.strip_prefix('^') {
            out.push('^');
            rest = after;
        }
        let mut first = true;
        loop {
            if rest.starts_with(']') && !first {
                out.push(']');
                return Ok((Self(out), &rest[1..]));
            }
            if rest.is_empty() {
                return Err(("missing closing ]", whole.to_owned()));
            }
            first = false;
            if let Some((item, after)) = Self::named(rest)? {
                out.push_str(&item);
                rest = after;
                continue;
            }
            let before = rest;
            let (low, after) = Self::member(rest, whole)?;
            rest = after;
            let mut high = low;
            if rest.starts_with('-') && rest.len() >= 2 && !rest[1..].starts_with(']') {
                let (found, after) = Self::member(&rest[1..], whole)?;
                high = found;
                rest = after;
                if high < low {
                    let part = &before[..before.len() - rest.len()];
                    return Err((BAD_RANGE, part.to_owned()));
                }
            }
            out.push_str(&literal(low));
            if high != low {
                out.push('-');
                out.push_str(&literal(high));
            }
        }
    }

    /// `[:alpha:]`, `\d`, `\pL` within a class.
    fn named(text: &str) -> Result<Option<(String, &str)>, Problem> {
        if let Some(inner) = text.strip_prefix("[:")
            && let Some(end) = inner.find(":]")
        {
            let name = &inner[..end];
            let (negative, plain) = match name.strip_prefix('^') {
                Some(plain) => ("^", plain),
                None => ("", name),
            };
            return match POSIX.iter().find(|(known, _)| *known == plain) {
                Some((_, ranges)) => Ok(Some((format!("[{negative}{ranges}]"), &inner[end + 2..]))),
                None => Err((BAD_RANGE, text[..end + 4].to_owned())),
            };
        }
        if let Some(class) = perl(text) {
            return Ok(Some((class.to_owned(), &text[2..])));
        }
        if text.starts_with("\\p") || text.starts_with("\\P") {
            let (class, rest) = unicode(text)?;
            return Ok(Some((class, rest)));
        }
        Ok(None)
    }

    fn member<'t>(text: &'t str, whole: &str) -> Result<(char, &'t str), Problem> {
        let Some(rune) = text.chars().next() else {
            return Err(("missing closing ]", whole.to_owned()));
        };
        if rune == '\\' {
            return escaped(text);
        }
        Ok((rune, &text[rune.len_utf8()..]))
    }

    /// An escape outside a class.
    pub(super) fn escape(text: &str) -> Result<(Self, &str), Problem> {
        if let Some(class) = perl(text) {
            return Ok((Self(class.to_owned()), &text[2..]));
        }
        if text.starts_with("\\p") || text.starts_with("\\P") {
            let (class, rest) = unicode(text)?;
            return Ok((Self(class), rest));
        }
        let (rune, rest) = escaped(text)?;
        Ok((Self(literal(rune)), rest))
    }
}

/// Perl's classes are of ASCII.
fn perl(text: &str) -> Option<&'static str> {
    Some(match text.get(..2)? {
        "\\d" => "[0-9]",
        "\\D" => "[^0-9]",
        "\\s" => r"[\t\n\f\r ]",
        "\\S" => r"[^\t\n\f\r ]",
        "\\w" => "[0-9A-Za-z_]",
        "\\W" => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`.
fn unicode(text: &str) -> Result<(String, &str), Problem> {
    let mut negative = text.starts_with("\\P");
    let after = &text[2..];
    let (name, rest) = if let Some(inner) = after.strip_prefix('{') {
        match inner.find('}') {
            Some(end) => (&inner[..end], &inner[end + 1..]),
            None => return Err((BAD_RANGE, text.to_owned())),
        }
    } else {
        let width = after.chars().next().map_or(0, char::len_utf8);
        (&after[..width], &after[width..])
    };
    let part = || text[..text.len() - rest.len()].to_owned();
    let plain = match name.strip_prefix('^') {
        Some(plain) => {
            negative = !negative;
            plain
        }
        None => name,
    };
    if plain == "Any" {
        return Ok((
            if negative { "[^\\x{0}-\\x{10FFFF}]" } else { "[\\x{0}-\\x{10FFFF}]" }.into(),
            rest,
        ));
    }
    let letter = if negative { 'P' } else { 'p' };
    let class = format!("\\{letter}{{{plain}}}");
    let known = !plain.is_empty()
        && plain.chars().all(|rune| rune.is_ascii_alphanumeric() || rune == '_')
        && plain.starts_with(|rune: char| rune.is_ascii_uppercase())
        && ::regex::Regex::new(&class).is_ok();
    if known { Ok((class, rest)) } else { Err((BAD_RANGE, part())) }
}

/// An escape that means one character.
fn escaped(text: &str) -> Result<(char, &str), Problem> {
    let rest = &text[1..];
    let Some(rune) = rest.chars().next() else {
        return Err(("trailing backslash at end of expression", String::new()));
    };
    let after = &rest[rune.len_utf8()..];
    let bad =
        |after: &str| Err(("invalid escape sequence", text[..text.len() - after.len()].to_owned()));
    match rune {
        'a' => Ok(('\x07', after)),
        'f' => Ok(('\x0c', after)),
        'n' => Ok(('\n', after)),
        'r' => Ok(('\r', after)),
        't' => Ok(('\t', after)),
        'v' => Ok(('\x0b', after)),
        '0'..='7' => {
            let second = after.starts_with(|rune: char| ('0'..='7').contains(&rune));
            if rune != '0' && !second {
                return bad(after);
            }
            let count = after.chars().take(2).take_while(|rune| ('0'..='7').contains(rune)).count();
            let digits = &rest[..=count];
            let code = u32::from_str_radix(digits, 8).unwrap_or(0);
            Ok((char::from_u32(code).unwrap_or('\0'), &after[count..]))
        }
        'x' => hexadecimal(text, after),
        rune if rune.is_ascii() && !rune.is_ascii_alphanumeric() => Ok((rune, after)),
        _ => bad(after),
    }
}

fn hexadecimal<'t>(text: &'t str, after: &'t str) -> Result<(char, &'t str), Problem> {
    let bad =
        |rest: &str| Err(("invalid escape sequence", text[..text.len() - rest.len()].to_owned()));
    let (digits, rest) = if let Some(inner) = after.strip_prefix('{') {
        let end = inner.find(|rune: char| !rune.is_ascii_hexdigit()).unwrap_or(inner.len());
        let (digits, rest) = inner.split_at(end);
        if let Some(rest) = rest.strip_prefix('}') {
            (digits, rest)
        } else {
            let width = rest.chars().next().map_or(0, char::len_utf8);
            return bad(&rest[width..]);
        }
    } else {
        let end = after.chars().take(2).take_while(char::is_ascii_hexdigit).count();
        if end < 2 {
            let width: usize = after.chars().take(end + 1).map(char::len_utf8).sum();
            return bad(&after[width..]);
        }
        after.split_at(2)
    };
    match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
        Some(rune) => Ok((rune, rest)),
        None => bad(rest),
    }
}
