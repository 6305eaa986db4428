//! Functions on strings that work on bytes and runes as Go's `strings` does.

use super::super::template::print::quote::quote;
use super::super::template::print::runes::{decode, decode_last, is_space, runes};
use super::super::template::print::runes::{is_digit, is_letter, to_lower, to_title, to_upper};
use super::super::template::print::{print_to, sprint, sprintf};
use super::super::value::{Text, Type, Value};
use super::args::{bytes, int, string};
use super::reflect::to_text;
use super::{Answer, Call, Function, fixed, variadic};

const ANY: &[Type] = &[Type::Any];
const STR: &[Type] = &[Type::Str];
const STR2: &[Type] = &[Type::Str, Type::Str];
const STR3: &[Type] = &[Type::Str, Type::Str, Type::Str];
const INT_STR: &[Type] = &[Type::Int, Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("hello", &[], Type::Str, |_, _| Ok(Value::text("Hello!"))),
    fixed("trim", STR, Type::Str, |_, v| Ok(Value::text(trim_space(bytes(v, 0))))),
    fixed("trimAll", STR2, Type::Str, trim_all),
    fixed("trimall", STR2, Type::Str, trim_all),
    fixed("trimSuffix", STR2, Type::Str, |_, v| {
        let text = bytes(v, 1);
        Ok(Value::text(text.strip_suffix(bytes(v, 0)).unwrap_or(text)))
    }),
    fixed("trimPrefix", STR2, Type::Str, |_, v| {
        let text = bytes(v, 1);
        Ok(Value::text(text.strip_prefix(bytes(v, 0)).unwrap_or(text)))
    }),
    fixed("upper", STR, Type::Str, |_, v| Ok(Value::text(map_runes(bytes(v, 0), to_upper)))),
    fixed("lower", STR, Type::Str, |_, v| Ok(Value::text(map_runes(bytes(v, 0), to_lower)))),
    fixed("title", STR, Type::Str, |_, v| Ok(Value::text(title(bytes(v, 0))))),
    fixed("repeat", INT_STR, Type::Str, repeat),
    fixed("substr", &[Type::Int, Type::Int, Type::Str], Type::Str, |_, v| substr(v)),
    fixed("trunc", INT_STR, Type::Str, |_, v| Ok(Value::text(truncate(int(v, 0), bytes(v, 1))))),
    fixed("contains", STR2, Type::Bool, |_, v| {
        Ok(Value::Bool(find(bytes(v, 1), bytes(v, 0)).is_some()))
    }),
    fixed("hasPrefix", STR2, Type::Bool, |_, v| {
        Ok(Value::Bool(bytes(v, 1).starts_with(bytes(v, 0))))
    }),
    fixed("hasSuffix", STR2, Type::Bool, |_, v| {
        Ok(Value::Bool(bytes(v, 1).ends_with(bytes(v, 0))))
    }),
    variadic("quote", ANY, Type::Str, |_, v| Ok(Value::text(quoted(v)))),
    variadic("squote", ANY, Type::Str, |_, v| Ok(Value::text(single_quoted(v)))),
    variadic("cat", ANY, Type::Str, |_, v| Ok(Value::text(cat(v)))),
    fixed("indent", INT_STR, Type::Str, |call, v| indent(call, v, false)),
    fixed("nindent", INT_STR, Type::Str, |call, v| indent(call, v, true)),
    fixed("replace", STR3, Type::Str, |call, v| {
        let text = replace(bytes(v, 2), bytes(v, 0), bytes(v, 1));
        call.room(text.len())?;
        Ok(Value::text(text))
    }),
    fixed("plural", &[Type::Str, Type::Str, Type::Int], Type::Str, |_, v| {
        Ok(Value::text(bytes(v, usize::from(int(v, 2) != 1))))
    }),
    fixed("toString", ANY, Type::Str, |_, v| Ok(Value::Str(to_text(&v[0])))),
    fixed("atoi", STR, Type::Int, |_, v| Ok(Value::int(atoi(&string(v, 0))))),
];

/// `strings.TrimSpace`.
pub(super) fn trim_space(text: &[u8]) -> &[u8] {
    trim_where(text, is_space)
}

fn trim_where(mut text: &[u8], drop: impl Fn(char) -> bool) -> &[u8] {
    while let Some((rune, width)) = decode(text).filter(|(rune, _)| drop(*rune)) {
        let _ = rune;
        text = &text[width..];
    }
    while let Some((_, width)) = decode_last(text).filter(|(rune, _)| drop(*rune)) {
        text = &text[..text.len() - width];
    }
    text
}

fn trim_all(_: &mut Call<'_>, values: &[Value]) -> Answer {
    let set: Vec<char> = runes(bytes(values, 0)).collect();
    Ok(Value::text(trim_where(bytes(values, 1), |rune| set.contains(&rune))))
}

pub(super) fn map_runes(text: &[u8], change: impl Fn(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for rune in runes(text) {
        out.extend_from_slice(change(rune).encode_utf8(&mut [0; 4]).as_bytes());
    }
    out
}

/// `strings.Title`: the first letter of each word.
fn title(text: &[u8]) -> Vec<u8> {
    let mut before = ' ';
    let mut out = Vec::with_capacity(text.len());
    for rune in runes(text) {
        let shown = if separates(before) { to_title(rune) } else { rune };
        before = rune;
        out.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
    }
    out
}

fn separates(rune: char) -> bool {
    if rune.is_ascii() {
        return !rune.is_ascii_alphanumeric() && rune != '_';
    }
    !is_letter(rune) && !is_digit(rune) && is_space(rune)
}

fn repeat(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let (count, text) = (int(values, 0), bytes(values, 1));
    let Ok(count) = usize::try_from(count) else {
        return Err("strings: negative Repeat count".into());
    };
    let Some(size) = text.len().checked_mul(count) else {
        return Err("strings: Repeat output length overflow".into());
    };
    call.room(size)?;
    Ok(Value::text(text.repeat(count)))
}

fn substr(values: &[Value]) -> Answer {
    let (start, end, text) = (int(values, 0), int(values, 1), bytes(values, 2));
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (start, end) = match (start, end) {
        (start, end) if start < 0 => (0, end),
        (start, end) if end < 0 || end > size => (start, size),
        both => both,
    };
    let cut = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match cut.and_then(|(start, end)| text.get(start..end)) {
        Some(cut) => Ok(Value::text(cut)),
        None if start == 0 && values_start(values) => Err(bounds(&format!(":{end}"), end, size)),
        None if end == size && !exact_end(values, size) => {
            Err(format!("runtime error: slice bounds out of range [{start}:{size}]").into())
        }
        None => Err(format!("runtime error: slice bounds out of range [{start}:{end}]").into()),
    }
}

fn values_start(values: &[Value]) -> bool {
    int(values, 0) < 0
}

fn exact_end(values: &[Value], size: i64) -> bool {
    (0..=size).contains(&int(values, 1))
}

/// Go's words for a slice beyond its string.
fn bounds(shown: &str, end: i64, size: i64) -> super::Failure {
    if end < 0 {
        return format!("runtime error: slice bounds out of range [{shown}]").into();
    }
    format!("runtime error: slice bounds out of range [{shown}] with length {size}").into()
}

/// At most so many bytes from the start, or from the end when negative.
fn truncate(count: i64, text: &[u8]) -> &[u8] {
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        let from = text.len().saturating_sub(size);
        return if size < text.len() { &text[from..] } else { text };
    }
    &text[..size.min(text.len())]
}

/// Where `word` is first.
pub(super) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    if word.is_empty() {
        return Some(0);
    }
    text.windows(word.len()).position(|part| part == word)
}

/// `strings.Replace` of all.
pub(super) fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    if old.is_empty() {
        while let Some((_, width)) = decode(rest) {
            out.extend_from_slice(new);
            out.extend_from_slice(&rest[..width]);
            rest = &rest[width..];
        }
        out.extend_from_slice(new);
        return out;
    }
    while let Some(at) = find(rest, old) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn quoted(values: &[Value]) -> Vec<u8> {
    joined(values, |value, out| out.extend_from_slice(&quote(&to_text(value))))
}

fn single_quoted(values: &[Value]) -> Vec<u8> {
    joined(values, |value, out| {
        out.push(b'\'');
        print_to(out, value);
        out.push(b'\'');
    })
}

fn joined(values: &[Value], write: impl Fn(&Value, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut first = true;
    for value in values.iter().filter(|value| !matches!(value, Value::Nil)) {
        if !first {
            out.push(b' ');
        }
        first = false;
        write(value, &mut out);
    }
    out
}

fn cat(values: &[Value]) -> Vec<u8> {
    let given: Vec<Value> =
        values.iter().filter(|value| !matches!(value, Value::Nil)).cloned().collect();
    let format = vec!["%v"; given.len()].join(" ");
    sprintf(format.as_bytes(), &given)
}

fn indent(call: &mut Call<'_>, values: &[Value], newline: bool) -> Answer {
    let Ok(spaces) = usize::try_from(int(values, 0)) else {
        return Err("strings: negative Repeat count".into());
    };
    let text = bytes(values, 1);
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    call.room(lines.saturating_mul(spaces).saturating_add(text.len()))?;
    let mut out = Vec::with_capacity(text.len() + lines * spaces + 1);
    if newline {
        out.push(b'\n');
    }
    out.resize(out.len() + spaces, b' ');
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(line);
        if line.ends_with(b"\n") {
            out.resize(out.len() + spaces, b' ');
        }
    }
    Ok(Value::text(out))
}

/// `strconv.Atoi`, where what is out of range becomes the nearest and what is no number 0.
pub(super) fn atoi(text: &str) -> i64 {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match text.parse() {
        Ok(number) => number,
        Err(_) if text.starts_with('-') => i64::MIN,
        Err(_) => i64::MAX,
    }
}

/// `strings.Split` and `strings.SplitN`.
pub(super) fn split(text: &[u8], separator: &[u8], most: i64) -> Vec<Text> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if most == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    if separator.is_empty() {
        while let Some((rune, width)) = decode(rest) {
            if parts.len() + 1 == most {
                parts.push(Text::from(rest));
                return parts;
            }
            let bad = rune == char::REPLACEMENT_CHARACTER && width == 1;
            parts.push(if bad { Text::from(&rest[..1]) } else { Text::from(&rest[..width]) });
            rest = &rest[width..];
        }
        return parts;
    }
    while parts.len() + 1 < most {
        let Some(at) = find(rest, separator) else {
            break;
        };
        parts.push(Text::from(&rest[..at]));
        rest = &rest[at + separator.len()..];
    }
    parts.push(Text::from(rest));
    parts
}

/// `fmt.Sprint` as UTF-8.
pub(super) fn shown(value: &Value) -> String {
    String::from_utf8_lossy(&sprint(value)).into_owned()
}
