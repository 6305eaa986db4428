//! The bytes of a stream as text, as far as they can be read.

use std::borrow::Cow;

use super::{YAML_BYTES_MAX, YamlError};

/// What go-yaml reads at a time: a character that is not allowed is met as soon as its block is.
const BLOCK_BYTES: usize = 512;

/// A stream of YAML documents as text.
///
/// The bytes are UTF-8, or UTF-16 with a byte order mark.
#[derive(Debug)]
pub struct Input<'a> {
    text: Cow<'a, str>,
    start: usize,
    // What follows the text, if it does not end there.
    rest: Option<YamlError>,
}

impl<'a> Input<'a> {
    /// Takes `bytes` as a stream. What cannot be read is an error of the document it is in.
    pub fn new(bytes: &'a [u8]) -> Self {
        if bytes.len() > YAML_BYTES_MAX {
            let problem = format!("more than {YAML_BYTES_MAX} bytes");
            let rest = YamlError::limit(1, "YAML_BYTES_MAX", YAML_BYTES_MAX, problem);
            return Self { text: Cow::Borrowed(""), start: 0, rest: Some(rest) };
        }
        match bytes {
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            _ => utf8(bytes),
        }
    }

    /// Returns the text, up to what cannot be read.
    pub fn text(&self) -> &str {
        &self.text
    }

    // Where the first character after a byte order mark is.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn rest(&self) -> Option<&YamlError> {
        self.rest.as_ref()
    }
}

fn utf8(bytes: &[u8]) -> Input<'_> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(err) => std::str::from_utf8(&bytes[..err.valid_up_to()]).unwrap_or_default(),
    };
    let bad = first_forbidden(valid.as_bytes()).unwrap_or(valid.len());
    if bad == bytes.len() {
        return Input { text: Cow::Borrowed(valid), start, rest: None };
    }
    let end = block_start(bytes, bad).max(start);
    let line = line_of(&valid[..bad]);
    let rest = YamlError::plain(Some(line), problem(&bytes[bad..]));
    Input { text: Cow::Borrowed(&valid[..end.min(valid.len())]), start, rest: Some(rest) }
}

fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Input<'a> {
    let (units, tail) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut rest = (!tail.is_empty()).then_some("incomplete UTF-16 character");
    for unit in char::decode_utf16(units.iter().map(|pair| unit(*pair))) {
        match unit {
            Ok(char) if is_allowed(char) => text.push(char),
            Ok(_) => {
                rest = Some("control characters are not allowed");
                break;
            }
            Err(err) => {
                let low = err.unpaired_surrogate() >= 0xdc00;
                let problems = ["expected low surrogate area", "unexpected low surrogate area"];
                rest = Some(problems[usize::from(low)]);
                break;
            }
        }
    }
    let line = line_of(&text);
    let rest = rest.map(|problem| YamlError::plain(Some(line), problem));
    Input { text: Cow::Owned(text), start: 0, rest }
}

// Returns the line, counted from 1, that follows `text`.
fn line_of(text: &str) -> u32 {
    u32::try_from(1 + text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..)
        && !matches!(char, '\u{fffe}' | '\u{ffff}')
}

// Returns where the first character is that YAML does not allow.
fn first_forbidden(bytes: &[u8]) -> Option<usize> {
    const SUSPECT: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 0x20 {
            table[byte] = byte != 9 && byte != 10 && byte != 13;
            byte += 1;
        }
        table[0x7f] = true;
        table[0xc2] = true;
        table[0xef] = true;
        table
    };
    let mut from = 0;
    loop {
        from += usual_run(&bytes[from..]);
        from += bytes[from..].iter().position(|byte| SUSPECT[usize::from(*byte)])?;
        let allowed = match &bytes[from..] {
            [0xc2, next, ..] => *next == 0x85 || 0xa0 <= *next,
            [0xef, 0xbf, last, ..] => *last < 0xbe,
            [0xef, ..] => true,
            _ => false,
        };
        if !allowed {
            return Some(from);
        }
        from += 1;
    }
}

// Returns how many bytes have nothing to look at, in steps that are checked at once.
fn usual_run(bytes: &[u8]) -> usize {
    const STEP: usize = 32;
    // Sums, not conditions: a step is checked as a whole.
    let suspects = |byte: &u8| {
        let spaces = u8::from(*byte == b'\t') | u8::from(*byte == b'\n') | u8::from(*byte == b'\r');
        let control = u8::from(*byte < 0x20) ^ spaces;
        control | u8::from(*byte == 0x7f) | u8::from(*byte == 0xc2) | u8::from(*byte == 0xef)
    };
    let (steps, _) = bytes.as_chunks::<STEP>();
    let usual = |step: &&[u8; STEP]| step.iter().fold(0, |all, byte| all | suspects(byte)) == 0;
    steps.iter().take_while(usual).count() * STEP
}

// Returns where the block starts in which the character at `bad` is met.
fn block_start(bytes: &[u8], bad: usize) -> usize {
    let mut start = 0;
    loop {
        let end = start + BLOCK_BYTES;
        if bytes.len() <= end {
            return start;
        }
        if bad < end {
            // A character that is cut by the end of the block is met in the next one.
            let cut = 1 < width(bytes[bad]) && end - bad < width(bytes[bad]);
            return if cut { bad } else { start };
        }
        let back = (1..4).find(|back| bytes[end - back] & 0xc0 != 0x80).unwrap_or(1);
        start = if back < width(bytes[end - back]) { end - back } else { end };
    }
}

fn width(lead: u8) -> usize {
    match lead {
        0x00..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf8 => 4,
        _ => 0,
    }
}

// Says what is wrong with the character that `bytes` starts with.
fn problem(bytes: &[u8]) -> &'static str {
    let width = width(bytes[0]);
    if width == 0 {
        return "invalid leading UTF-8 octet";
    }
    let Some(char) = bytes.get(..width) else {
        return "incomplete UTF-8 octet sequence";
    };
    if char[1..].iter().any(|byte| byte & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let lead = u32::from(char[0]) & (0xff >> if width == 1 { 1 } else { width + 1 });
    let value = char[1..].iter().fold(lead, |value, byte| value << 6 | u32::from(byte & 0x3f));
    let least = [0, 0, 0x80, 0x800, 0x10000][width];
    if value < least {
        return "invalid length of a UTF-8 sequence";
    }
    if (0xd800..=0xdfff).contains(&value) || 0x0010_ffff < value {
        return "invalid Unicode character";
    }
    "control characters are not allowed"
}
