//! One formatted argument: width, precision and flags of Go's `fmt` over a Vec of bytes.

use super::float::format_float;
use super::quote::{cut_runes, quote, quote_ascii, quote_rune};
use super::runes::{is_print, runes};

/// The flags between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one character of the format")]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`.
    pub(super) plus_v: bool,
    /// `%#v`.
    pub(super) sharp_v: bool,
}

/// Writes `text` padded to the width.
pub(super) fn pad(out: &mut Vec<u8>, flags: Flags, text: &[u8]) {
    let Some(width) = flags.width.filter(|width| *width > 0) else {
        out.extend_from_slice(text);
        return;
    };
    let missing = width.saturating_sub(runes(text).count());
    if flags.minus {
        out.extend_from_slice(text);
    }
    let fill = if flags.zero && !flags.minus { b'0' } else { b' ' };
    out.resize(out.len() + missing, fill);
    if !flags.minus {
        out.extend_from_slice(text);
    }
}

pub(super) fn string(out: &mut Vec<u8>, flags: Flags, text: &[u8], verb: char) -> bool {
    let cut = flags.precision.map_or(text, |count| cut_runes(text, count));
    match verb {
        'v' if flags.sharp_v => pad(out, flags, &quoted(flags, cut)),
        'v' | 's' => pad(out, flags, cut),
        'q' => pad(out, flags, &quoted(flags, cut)),
        'x' | 'X' => hexadecimal(out, flags, text, verb == 'X'),
        _ => return false,
    }
    true
}

fn quoted(flags: Flags, text: &[u8]) -> Vec<u8> {
    let backquote = flags.sharp
        && std::str::from_utf8(text).is_ok_and(|text| {
            !text.contains(['`', '\x7f', '\u{feff}'])
                && !text.chars().any(|rune| rune < ' ' && rune != '\t')
        });
    if backquote {
        return [b"`", text, b"`"].concat();
    }
    if flags.plus { quote_ascii(text) } else { quote(text) }
}

fn hexadecimal(out: &mut Vec<u8>, flags: Flags, text: &[u8], upper: bool) {
    let text = &text[..flags.precision.unwrap_or(text.len()).min(text.len())];
    let prefix: &[u8] = match (flags.sharp && !text.is_empty(), upper) {
        (false, _) => b"",
        (true, true) => b"0X",
        (true, false) => b"0x",
    };
    let mut shown = prefix.to_vec();
    for (at, byte) in text.iter().enumerate() {
        if flags.space && at > 0 {
            shown.push(b' ');
            shown.extend_from_slice(prefix);
        }
        let pair = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        shown.extend_from_slice(pair.as_bytes());
    }
    pad(out, flags, &shown);
}

/// An integer given as its size and sign.
pub(super) fn integer(
    out: &mut Vec<u8>,
    mut flags: Flags,
    negative: bool,
    size: u64,
    verb: char,
) -> bool {
    let digits = match verb {
        'v' | 'd' => size.to_string(),
        'b' => format!("{size:b}"),
        'o' | 'O' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        'c' | 'q' | 'U' => {
            rune(out, flags, negative, size, verb);
            return true;
        }
        _ => return false,
    };
    let signed = negative || flags.plus || flags.space;
    let mut wanted = 0;
    if let Some(precision) = flags.precision {
        wanted = precision;
        if precision == 0 && size == 0 {
            flags.zero = false;
            pad(out, Flags { minus: false, ..flags }, b"");
            return true;
        }
    } else if let Some(width) = flags.width.filter(|_| flags.zero && !flags.minus) {
        wanted = width.saturating_sub(usize::from(signed));
    }
    let mut shown = format!("{digits:0>wanted$}");
    if flags.sharp {
        match verb {
            'b' => shown.insert_str(0, "0b"),
            'o' | 'O' if !shown.starts_with('0') => shown.insert(0, '0'),
            'x' => shown.insert_str(0, "0x"),
            'X' => shown.insert_str(0, "0X"),
            _ => {}
        }
    }
    if verb == 'O' {
        shown.insert_str(0, "0o");
    }
    if negative {
        shown.insert(0, '-');
    } else if flags.plus {
        shown.insert(0, '+');
    } else if flags.space {
        shown.insert(0, ' ');
    }
    flags.zero = false;
    pad(out, flags, shown.as_bytes());
    true
}

fn rune(out: &mut Vec<u8>, mut flags: Flags, negative: bool, size: u64, verb: char) {
    let code = if negative { size.wrapping_neg() } else { size };
    let rune = u32::try_from(code).ok().and_then(char::from_u32);
    let shown = rune.unwrap_or(char::REPLACEMENT_CHARACTER);
    match verb {
        'c' => pad(out, flags, shown.encode_utf8(&mut [0; 4]).as_bytes()),
        'q' => pad(out, flags, &quote_rune(shown, flags.plus)),
        _ => {
            let digits = flags.precision.unwrap_or(4).max(4);
            let mut text = format!("U+{code:0>digits$X}");
            if let Some(rune) = rune.filter(|rune| flags.sharp && is_print(*rune)) {
                text.push_str(&format!(" '{rune}'"));
            }
            flags.zero = false;
            pad(out, flags, text.as_bytes());
        }
    }
}

pub(super) fn float(out: &mut Vec<u8>, mut flags: Flags, value: f64, verb: char) -> bool {
    let (format, precision) = match verb {
        'v' => (b'g', None),
        'b' | 'g' | 'G' | 'x' | 'X' => (u8::try_from(verb).unwrap_or(b'g'), None),
        'e' | 'E' => (u8::try_from(verb).unwrap_or(b'e'), Some(6)),
        'f' | 'F' => (b'f', Some(6)),
        _ => return false,
    };
    let precision = flags.precision.or(precision);
    let mut text = format_float(value, format, precision);
    if !text.starts_with(['+', '-']) {
        text.insert(0, '+');
    }
    if flags.space && text.starts_with('+') && !flags.plus {
        text.replace_range(..1, " ");
    }
    if !value.is_finite() {
        flags.zero = false;
        let shown = if value.is_nan() && !flags.space && !flags.plus { &text[1..] } else { &text };
        pad(out, flags, shown.as_bytes());
        return true;
    }
    if flags.sharp && format != b'b' {
        text = with_point(&text, format, precision);
    }
    if !flags.plus && text.starts_with('+') {
        pad(out, flags, &text.as_bytes()[1..]);
    } else if flags.zero && !flags.minus && flags.width.is_some_and(|width| width > text.len()) {
        out.push(text.as_bytes()[0]);
        let width = flags.width.map(|width| width - 1);
        pad(out, Flags { width, ..flags }, &text.as_bytes()[1..]);
    } else {
        pad(out, flags, text.as_bytes());
    }
    true
}

/// `%#g`: with a decimal point and the zeros that `%g` leaves out.
fn with_point(text: &str, format: u8, precision: Option<usize>) -> String {
    let mut digits = match format {
        b'g' | b'G' | b'x' | b'X' => precision.map_or(6, |count| count.max(1)),
        _ => 0,
    };
    let marks: &[char] = if matches!(format, b'x' | b'X') { &['p', 'P'] } else { &['e', 'E'] };
    let (number, tail) = match text.find(marks) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let significant = number[1..].trim_start_matches(['0', '.']);
    let seen = significant.bytes().filter(|byte| *byte != b'.').count();
    digits = digits.saturating_sub(seen);
    let mut out = number.to_owned();
    if !out.contains('.') {
        if &out[1..] == "0" {
            digits = digits.saturating_sub(1);
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', digits));
    out + tail
}
