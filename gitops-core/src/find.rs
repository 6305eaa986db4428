//! Where bytes are in a text, without asking first what the processor can do.
//!
//! Within a virtual machine that question alone takes longer than a search through 100 KiB, and programs that
//! render run once and end.

use std::iter;

use memchr::arch::all::{
    memchr::{One, Three, Two},
    twoway,
};

/// From how many bytes on a word may be much of a text, so that to compare it everywhere would take long.
const LONG_WORD: usize = 16;

/// Returns the first place of `byte`.
pub fn byte(byte: u8, text: &[u8]) -> Option<usize> {
    One::new(byte).find(text)
}

/// Returns the last place of `byte`.
pub fn last_byte(byte: u8, text: &[u8]) -> Option<usize> {
    One::new(byte).rfind(text)
}

/// Returns the first place of one of two bytes.
pub fn byte_of_two([a, b]: [u8; 2], text: &[u8]) -> Option<usize> {
    Two::new(a, b).find(text)
}

/// Returns the first place of one of three bytes.
pub fn byte_of_three([a, b, c]: [u8; 3], text: &[u8]) -> Option<usize> {
    Three::new(a, b, c).find(text)
}

/// Returns the places of three bytes.
pub fn bytes_of_three(bytes: [u8; 3], text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut from = 0;
    iter::from_fn(move || {
        let at = from + byte_of_three(bytes, text.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

/// Returns how often `byte` is there.
pub fn count(byte: u8, text: &[u8]) -> usize {
    One::new(byte).count(text)
}

/// Returns the first place of `word`.
pub fn word(word: &[u8], text: &[u8]) -> Option<usize> {
    if word.len() >= LONG_WORD {
        return twoway::Finder::new(word).find(text, word);
    }
    let Some(first) = word.first() else { return Some(0) };
    let finder = One::new(*first);
    let mut from = 0;
    while let Some(at) = finder.find(text.get(from..)?) {
        if text[from + at..].starts_with(word) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Returns the places of `word` from the first on, none within another.
pub fn words<'t>(word: &'t [u8], text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let mut from = 0;
    iter::from_fn(move || {
        let at = from + self::word(word, text.get(from..)?)?;
        from = at + word.len().max(1);
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_plain_search() {
        let text = b"aab{{ba}}bb a long word, a long word: a lon";
        for wanted in [
            &b"a"[..],
            b"aab",
            b"{{",
            b"}}",
            b"}}}",
            b"lon",
            b"a long word, a long",
            b"a long word: b",
        ] {
            let plain = (0..text.len()).find(|at| text[*at..].starts_with(wanted));
            assert_eq!(word(wanted, text), plain, "{wanted:?}");
            assert_eq!(byte(wanted[0], text), (0..text.len()).find(|at| text[*at] == wanted[0]));
        }
        assert_eq!(words(b"long", text).collect::<Vec<_>>(), [14, 27]);
        assert_eq!(words(b"aa", b"aaaaa").collect::<Vec<_>>(), [0, 2]);
        assert_eq!((word(b"", b""), word(b"a", b"")), (Some(0), None));
        assert_eq!((last_byte(b'{', text), last_byte(b'?', text)), (Some(4), None));
        assert_eq!((byte_of_two(*b"}b", text), byte_of_three(*b"?}:", text)), (Some(2), Some(7)));
        assert_eq!(bytes_of_three(*b"?}{", text).collect::<Vec<_>>(), [3, 4, 7, 8]);
        assert_eq!((count(b'b', text), count(b'?', text)), (4, 0));
    }
}
