//! The text form that versions and the operands of constraints share.

/// A version taken apart, nothing of it judged yet.
pub(super) struct Parts<'a> {
    pub(super) major: &'a str,
    pub(super) minor: Option<&'a str>,
    pub(super) patch: Option<&'a str>,
    pub(super) pre: Option<&'a str>,
    pub(super) metadata: Option<&'a str>,
    /// How many bytes of the text were taken.
    pub(super) len: usize,
}

/// Takes the longest version that `text` begins with, where `segment` says which bytes the three
/// numbers may consist of.
pub(super) fn version(text: &str, segment: fn(u8) -> bool) -> Option<Parts<'_>> {
    let mut at = usize::from(text.starts_with('v'));
    let major = run(text, at, segment)?;
    at += major.len();
    let minor = after(text, at, b'.', segment);
    at += minor.map_or(0, |text| text.len() + 1);
    let patch = minor.and_then(|_| after(text, at, b'.', segment));
    at += patch.map_or(0, |text| text.len() + 1);
    let pre = identifiers(text, at, b'-');
    at += pre.map_or(0, |text| text.len() + 1);
    let metadata = identifiers(text, at, b'+');
    at += metadata.map_or(0, |text| text.len() + 1);
    Some(Parts { major, minor, patch, pre, metadata, len: at })
}

/// Returns how many bytes of white space `text` begins with.
pub(super) fn space(text: &str) -> usize {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c');
    text.bytes().take_while(is_space).count()
}

/// Prints `text` in quotes as Go does, so that messages read the same in both worlds.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            '\'' => quoted.push('\''),
            char if char.escape_debug().count() == 1 => quoted.push(char),
            char => quoted.push_str(&escaped(u32::from(char))),
        }
    }
    quoted.push('"');
    quoted
}

fn escaped(code: u32) -> String {
    match code {
        0..=0x7F => format!("\\x{code:02x}"),
        0x80..=0xFFFF => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn run(text: &str, at: usize, accept: fn(u8) -> bool) -> Option<&str> {
    let len = text.as_bytes()[at..].iter().take_while(|byte| accept(**byte)).count();
    (0 < len).then(|| &text[at..at + len])
}

fn after(text: &str, at: usize, mark: u8, accept: fn(u8) -> bool) -> Option<&str> {
    (text.as_bytes().get(at) == Some(&mark)).then(|| run(text, at + 1, accept)).flatten()
}

// Dot separated identifiers after `mark`. A dot that no identifier follows is not taken.
fn identifiers(text: &str, at: usize, mark: u8) -> Option<&str> {
    let start = at + 1;
    let mut end = start + after(text, at, mark, is_identifier)?.len();
    while let Some(next) = after(text, end, b'.', is_identifier) {
        end += next.len() + 1;
    }
    Some(&text[start..end])
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}
