//! Strings in each of their styles.

use super::{
    INDENT,
    analyze::{is_break, is_printable, is_string, style_of},
    sink::Sink,
};
use crate::yaml::Style;

/// Writes a string; lines after its first one are indented by `indent`.
pub(super) fn write(sink: &mut Sink<'_>, text: &str, indent: usize, simple_key: bool) {
    if is_simple(text) {
        sink.write_token(text);
        return;
    }
    match style_of(text, simple_key) {
        Style::Plain => write_plain(sink, text, indent, !simple_key),
        Style::SingleQuoted => write_single_quoted(sink, text, indent, !simple_key),
        Style::Literal | Style::Folded => write_literal(sink, text, indent),
        Style::DoubleQuoted => write_double_quoted(sink, text, indent, !simple_key),
    }
}

// Whether the text is plain at first sight: most keys and values are.
fn is_simple(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    first.is_ascii_alphanumeric()
        && text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b':' && byte != b'#')
        && is_string(text)
}

fn write_plain(sink: &mut Sink<'_>, text: &str, indent: usize, fold: bool) {
    sink.separate();
    write_foldable(sink, text, indent, fold, false);
    sink.end_token();
}

fn write_single_quoted(sink: &mut Sink<'_>, text: &str, indent: usize, fold: bool) {
    sink.separate();
    sink.put('\'');
    sink.end_token();
    write_foldable(sink, text, indent, fold, true);
    sink.put('\'');
    sink.end_token();
}

// Writes text in which a line break between words means a blank.
fn write_foldable(sink: &mut Sink<'_>, text: &str, indent: usize, fold: bool, quoted: bool) {
    let chars = text.chars().count();
    let breaks_none = !text.contains(is_break);
    if breaks_none && !(quoted && text.contains('\'')) && (!fold || sink.has_room(chars)) {
        sink.put_str(text, chars);
        return;
    }
    let (mut after_space, mut after_break) = (false, false);
    let mut iter = text.char_indices().peekable();
    while let Some((at, char)) = iter.next() {
        let next = iter.peek().map(|(_, char)| *char);
        if char == ' ' {
            let inside = !quoted || (0 < at && next.is_some());
            if fold && !after_space && sink.is_full() && inside && next != Some(' ') {
                sink.write_indent(indent);
            } else {
                sink.put(' ');
            }
            after_space = true;
        } else if is_break(char) {
            if !after_break && char == '\n' {
                sink.put_break();
            }
            sink.put_break_char(char);
            after_break = true;
        } else {
            if after_break {
                sink.write_indent(indent);
            }
            if quoted && char == '\'' {
                sink.put('\'');
            }
            sink.put(char);
            sink.end_indention();
            (after_space, after_break) = (false, false);
        }
    }
}

fn write_literal(sink: &mut Sink<'_>, text: &str, indent: usize) {
    sink.separate();
    sink.put('|');
    sink.end_token();
    let first = text.chars().next();
    if first.is_some_and(|char| char == ' ' || is_break(char)) {
        sink.put_str(&INDENT.to_string(), 1);
    }
    let mut from_end = text.chars().rev();
    match (from_end.next().is_some_and(is_break), from_end.next()) {
        (false, _) => sink.put('-'),
        (true, before) if before.is_none_or(is_break) => sink.put('+'),
        (true, _) => {}
    }
    sink.start_block();
    let mut after_break = true;
    let mut run = 0;
    for (at, char) in text.char_indices().filter(|(_, char)| is_break(*char)) {
        write_line(sink, &text[run..at], indent, &mut after_break);
        sink.put_break_char(char);
        after_break = true;
        run = at + char.len_utf8();
    }
    write_line(sink, &text[run..], indent, &mut after_break);
}

fn write_line(sink: &mut Sink<'_>, line: &str, indent: usize, after_break: &mut bool) {
    if line.is_empty() {
        return;
    }
    if std::mem::take(after_break) {
        sink.write_indent(indent);
    }
    sink.put_str(line, line.chars().count());
    sink.end_indention();
}

fn write_double_quoted(sink: &mut Sink<'_>, text: &str, indent: usize, fold: bool) {
    sink.separate();
    sink.put('"');
    sink.end_token();
    // Behind a byte order mark go-yaml escapes every character.
    let marked = text.starts_with('\u{feff}');
    let mut after_space = false;
    let mut iter = text.char_indices().peekable();
    while let Some((at, char)) = iter.next() {
        let next = iter.peek().map(|(_, char)| *char);
        if marked || !is_printable(char) || is_break(char) || matches!(char, '"' | '\\') {
            write_escape(sink, char);
            after_space = false;
        } else if char == ' ' {
            if fold && !after_space && sink.is_full() && 0 < at && next.is_some() {
                sink.write_indent(indent);
                if next == Some(' ') {
                    sink.put('\\');
                }
            } else {
                sink.put(' ');
            }
            after_space = true;
        } else {
            sink.put(char);
            after_space = false;
        }
    }
    sink.put('"');
    sink.end_token();
}

fn write_escape(sink: &mut Sink<'_>, char: char) {
    let short = match char {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => char,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(char);
            let escape = match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
            sink.put_str(&escape, escape.len());
            return;
        }
    };
    sink.put('\\');
    sink.put(short);
}
