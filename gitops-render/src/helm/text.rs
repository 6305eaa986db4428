//! Text as Go's standard library quotes, trims and compares it.

use std::fmt::Write as _;

/// Returns `text` in double quotes, as Go's `%q` shows it.
pub(in crate::helm) fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            _ if go_print(char) => quoted.push(char),
            _ => escape(&mut quoted, char),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns `char` in single quotes, as Go's `%q` shows it.
pub(in crate::helm) fn go_quote_rune(char: char) -> String {
    match char {
        '"' => "'\"'".to_owned(),
        '\'' => "'\\''".to_owned(),
        _ => {
            let quoted = go_quote(char.encode_utf8(&mut [0; 4]));
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

fn escape(quoted: &mut String, char: char) {
    let code = u32::from(char);
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0x7f => write!(quoted, "\\x{code:02x}"),
        0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}

/// Whether Go counts `char` as white space.
pub(in crate::helm) fn go_space(char: char) -> bool {
    // The one thing that Unicode's property has and Go's has too: the same set.
    char.is_whitespace()
}

/// Whether Go would print `char` as it is: letters, marks, numbers, signs and the plain blank.
pub(in crate::helm) fn go_print(char: char) -> bool {
    match char {
        ' ' => true,
        '\u{ad}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{e00ff}'
        | '\u{f0000}'..='\u{10ffff}' => false,
        '\u{fe00}'..='\u{fe0f}' => true,
        _ => !char.is_control() && !char.is_whitespace(),
    }
}

/// Returns `text` in lower case where Go's `EqualFold` compares it with ASCII words.
pub(in crate::helm) fn fold(text: &str) -> String {
    let lower = |char| match char {
        'ſ' => 's',
        '\u{212a}' => 'k',
        _ => char.to_ascii_lowercase(),
    };
    text.chars().map(lower).collect()
}

/// Returns `value` as log lines show it: in quotes where it holds more than a word.
pub(in crate::helm) fn log_value(value: &str) -> String {
    let plain = |char: char| go_print(char) && !matches!(char, ' ' | '"' | '=');
    if !value.is_empty() && value.chars().all(plain) { value.to_owned() } else { go_quote(value) }
}
