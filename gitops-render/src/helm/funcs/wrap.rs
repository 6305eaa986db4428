//! Breaks a line at blanks.

use super::strings::find;

/// Breaks `text` so that lines have at most `width` bytes, where blanks allow it; long words are
/// broken too when asked for.
pub(super) fn wrap(text: &[u8], width: i64, line_end: &[u8], break_words: bool) -> Vec<u8> {
    let line_end: &[u8] = if line_end.is_empty() { b"\n" } else { line_end };
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while text.len() - at > width {
        if text[at] == b' ' {
            at += 1;
            continue;
        }
        let window = &text[at..=(at + width)];
        let (line, next) = if let Some(blank) = window.iter().rposition(|byte| *byte == b' ') {
            (at + blank, at + blank + 1)
        } else if break_words {
            (at + width, at + width)
        } else if let Some(blank) = find(&text[at + width..], b" ") {
            (at + width + blank, at + width + blank + 1)
        } else {
            out.extend_from_slice(&text[at..]);
            return out;
        };
        out.extend_from_slice(&text[at..line]);
        out.extend_from_slice(line_end);
        at = next;
    }
    out.extend_from_slice(&text[at..]);
    out
}
