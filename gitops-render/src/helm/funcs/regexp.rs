//! The functions over regular expressions.

use std::rc::Rc;

use super::super::template::limits::KEPT_TEXTS_MAX;
use super::super::template::print::quote::quote_cut;
use super::super::template::print::runes::decode;
use super::super::value::{Elem, List, Text, Type, Value};
use super::args::{bytes, int, text};
use super::regex::Regex;
use super::{Answer, Call, Failure, Function, Pattern, fixed};

const STR: &[Type] = &[Type::Str];
const STR2: &[Type] = &[Type::Str, Type::Str];
const STR3: &[Type] = &[Type::Str, Type::Str, Type::Str];
const STR2_INT: &[Type] = &[Type::Str, Type::Str, Type::Int];

pub(super) const TABLE: &[Function] = &[
    fixed("regexMatch", STR2, Type::Bool, |call, v| {
        let pattern = pattern(call, v);
        Ok(Value::Bool(pattern.regex.as_ref().is_ok_and(|regex| regex.is_match(bytes(v, 1)))))
    }),
    fixed("mustRegexMatch", STR2, Type::Bool, |call, v| {
        let pattern = pattern(call, v);
        Ok(Value::Bool(must(&pattern)?.is_match(bytes(v, 1))))
    }),
    fixed("regexFind", STR2, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        Ok(first(compiled(&pattern, v)?, bytes(v, 1)))
    }),
    fixed("mustRegexFind", STR2, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        Ok(first(must(&pattern)?, bytes(v, 1)))
    }),
    fixed("regexFindAll", STR2_INT, Type::List, |call, v| {
        let pattern = pattern(call, v);
        all(call, compiled(&pattern, v)?, v)
    }),
    fixed("mustRegexFindAll", STR2_INT, Type::List, |call, v| {
        let pattern = pattern(call, v);
        all(call, must(&pattern)?, v)
    }),
    fixed("regexReplaceAll", STR3, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        compiled(&pattern, v)?;
        replace(call, &pattern, v, false)
    }),
    fixed("mustRegexReplaceAll", STR3, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        replace(call, &pattern, v, false)
    }),
    fixed("regexReplaceAllLiteral", STR3, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        compiled(&pattern, v)?;
        replace(call, &pattern, v, true)
    }),
    fixed("mustRegexReplaceAllLiteral", STR3, Type::Str, |call, v| {
        let pattern = pattern(call, v);
        replace(call, &pattern, v, true)
    }),
    fixed("regexSplit", STR2_INT, Type::List, |call, v| {
        let pattern = pattern(call, v);
        split(call, compiled(&pattern, v)?, v)
    }),
    fixed("mustRegexSplit", STR2_INT, Type::List, |call, v| {
        let pattern = pattern(call, v);
        split(call, must(&pattern)?, v)
    }),
    fixed("regexQuoteMeta", STR, Type::Str, |_, v| Ok(Value::text(quote_meta(bytes(v, 0))))),
];

/// The first argument, compiled once a render.
fn pattern(call: &mut Call<'_>, values: &[Value]) -> Rc<Pattern> {
    let bytes_max = call.runtime.environment.limits.regex_bytes;
    let patterns = &mut call.runtime.patterns;
    let source = text(values, 0);
    if let Some(pattern) = patterns.get(&source) {
        return Rc::clone(pattern);
    }
    let pattern = Rc::new(Pattern::new(&source, bytes_max));
    if patterns.len() >= KEPT_TEXTS_MAX {
        patterns.clear();
    }
    patterns.insert(source, Rc::clone(&pattern));
    pattern
}

fn must(pattern: &Pattern) -> Result<&Regex, Failure> {
    pattern.regex.as_ref().map_err(|problem| Failure::new(problem.clone()))
}

/// The same with the words of `regexp.MustCompile`.
fn compiled<'p>(pattern: &'p Pattern, values: &[Value]) -> Result<&'p Regex, Failure> {
    pattern.regex.as_ref().map_err(|problem| {
        let source = bytes(values, 0);
        let plain = std::str::from_utf8(source)
            .ok()
            .filter(|text| !text.contains('`') && !text.contains(char::is_control));
        let shown = match plain {
            Some(text) => format!("`{text}`"),
            None => quote_cut(source, None),
        };
        Failure::new(format!("regexp: Compile({shown}): {problem}"))
    })
}

fn first(regex: &Regex, text: &[u8]) -> Value {
    Value::text(regex.find_at(text, 0).map_or(&b""[..], |(from, to)| &text[from..to]))
}

/// Where the pattern matches: no empty match right behind another.
fn matches(regex: &Regex, text: &[u8], most: i64) -> Vec<(usize, usize)> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let (mut at, mut last_end) = (0, None);
    while found.len() < most && at <= text.len() {
        let Some(range) = regex.find_at(text, at) else {
            break;
        };
        let mut accepted = true;
        if range.1 == at && range.0 == range.1 {
            accepted = last_end != Some(range.0);
            at += decode(&text[at..]).map_or(1, |(_, width)| width);
        } else {
            accepted = accepted && !(range.0 == range.1 && last_end == Some(range.0));
            at = range.1;
        }
        last_end = Some(range.1);
        if accepted {
            found.push(range);
        }
    }
    found
}

fn all(call: &Call<'_>, regex: &Regex, values: &[Value]) -> Answer {
    let text = bytes(values, 1);
    let found = matches(regex, text, int(values, 2));
    call.room_for_items(found.len())?;
    if found.is_empty() {
        return Ok(Value::List(Rc::new(List::nil(Elem::Str))));
    }
    Ok(Value::strings(found.into_iter().map(|(from, to)| &text[from..to])))
}

fn split(call: &Call<'_>, regex: &Regex, values: &[Value]) -> Answer {
    let (text, most) = (bytes(values, 1), int(values, 2));
    if most == 0 {
        return Ok(Value::List(Rc::new(List::nil(Elem::Str))));
    }
    if text.is_empty() && !bytes(values, 0).is_empty() {
        return Ok(Value::strings([""]));
    }
    let mut parts: Vec<Text> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for (from, to) in matches(regex, text, most) {
        if most > 0 && i64::try_from(parts.len()).is_ok_and(|count| count == most - 1) {
            break;
        }
        end = from;
        if to != 0 {
            parts.push(Text::from(&text[begin..end]));
        }
        begin = to;
    }
    if end != text.len() {
        parts.push(Text::from(&text[begin..]));
    }
    call.room_for_items(parts.len())?;
    Ok(Value::strings(parts))
}

fn replace(call: &mut Call<'_>, pattern: &Pattern, values: &[Value], literal: bool) -> Answer {
    let (regex, text, template) = (must(pattern)?, bytes(values, 1), bytes(values, 2));
    let mut out = Vec::new();
    let (mut at, mut last_end) = (0, 0);
    let mut groups = regex.groups(text);
    while at <= text.len() {
        let Some((from, to)) = regex.read_at(&mut groups, text, at) else {
            break;
        };
        out.extend_from_slice(&text[last_end..from]);
        if to > last_end || from == 0 {
            if literal {
                out.extend_from_slice(template);
            } else {
                let group = |index| groups.get_group(index).map(|span| &text[span.range()]);
                expand(template, pattern, group, &mut out);
            }
            call.room(0)?;
            if out.len() > call.runtime.environment.limits.output_bytes {
                call.room(out.len())?;
            }
        }
        last_end = to;
        let width = decode(&text[at..]).map_or(0, |(_, width)| width);
        at = if at + width > to {
            at + width
        } else if at + 1 > to {
            at + 1
        } else {
            to
        };
    }
    out.extend_from_slice(text.get(last_end..).unwrap_or_default());
    call.room(out.len())?;
    Ok(Value::text(out))
}

/// Writes `template` with `$1`, `$name` and `${name}` for the groups.
fn expand<'t>(
    template: &[u8],
    pattern: &Pattern,
    group: impl Fn(usize) -> Option<&'t [u8]>,
    out: &mut Vec<u8>,
) {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        if rest.get(1) == Some(&b'$') {
            out.push(b'$');
            rest = &rest[2..];
            continue;
        }
        let Some((name, after)) = group_name(rest) else {
            out.push(b'$');
            rest = &rest[1..];
            continue;
        };
        rest = after;
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if let Some(text) = name.parse().ok().and_then(&group) {
                out.extend_from_slice(text);
            }
        } else {
            let index = pattern.names.iter().position(|known| known.as_deref() == Some(name));
            if let Some(text) = index.and_then(&group) {
                out.extend_from_slice(text);
            }
        }
    }
    out.extend_from_slice(rest);
}

/// The name behind `$`, as long as it can be, and what follows.
fn group_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let brace = text.get(1) == Some(&b'{');
    let from = if brace { 2 } else { 1 };
    let body = text.get(from..)?;
    let length =
        body.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    if length == 0 {
        return None;
    }
    let name = std::str::from_utf8(&body[..length]).ok()?;
    let mut rest = &body[length..];
    if brace {
        rest = rest.strip_prefix(b"}")?;
    }
    Some((name, rest))
}

fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if b"\\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}
