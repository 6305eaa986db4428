//! Where bytes are in a text, without asking first what the processor can do.
//!
//! Within a virtual machine that question alone takes longer than a search through 100 KiB, and programs that
//! render run once and end.

use std::iter;

use memchr::arch::all::twoway;

/// Finders that look at 16 bytes at once, as every processor of this kind can.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod finders {
    use memchr::arch::all::packedpair::Pair;
    use memchr::arch::x86_64::sse2::memchr::{One, Three, Two};
    use memchr::arch::x86_64::sse2::packedpair::Finder;

    pub(super) fn one(byte: u8) -> Option<One> {
        One::new(byte)
    }

    pub(super) fn two([a, b]: [u8; 2]) -> Option<Two> {
        Two::new(a, b)
    }

    pub(super) fn three([a, b, c]: [u8; 3]) -> Option<Three> {
        Three::new(a, b, c)
    }

    /// Where `word` is, when it has two bytes and the text is not too short for this.
    pub(super) fn pair(word: &[u8], text: &[u8]) -> Result<Option<usize>, super::Short> {
        let pair = Pair::with_indices(word, 0, 1).ok_or(super::Short)?;
        let finder = Finder::with_pair(word, pair).ok_or(super::Short)?;
        if text.len() < finder.min_haystack_len() {
            return Err(super::Short);
        }
        Ok(finder.find(text, word))
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
mod finders {
    use memchr::arch::all::memchr::{One, Three, Two};

    pub(super) fn one(byte: u8) -> Option<One> {
        Some(One::new(byte))
    }

    pub(super) fn two([a, b]: [u8; 2]) -> Option<Two> {
        Some(Two::new(a, b))
    }

    pub(super) fn three([a, b, c]: [u8; 3]) -> Option<Three> {
        Some(Three::new(a, b, c))
    }

    pub(super) fn pair(_: &[u8], _: &[u8]) -> Result<Option<usize>, super::Short> {
        Err(super::Short)
    }
}

/// A text or word is too short for a way to search.
struct Short;

/// From how many bytes on a word may be much of a text, so that to compare it everywhere would take long.
const LONG_WORD: usize = 16;

/// Returns the first place of `byte`.
pub fn byte(byte: u8, text: &[u8]) -> Option<usize> {
    finders::one(byte)?.find(text)
}

/// Returns the last place of `byte`.
pub fn last_byte(byte: u8, text: &[u8]) -> Option<usize> {
    finders::one(byte)?.rfind(text)
}

/// Returns the first place of one of two bytes.
pub fn byte_of_two(bytes: [u8; 2], text: &[u8]) -> Option<usize> {
    finders::two(bytes)?.find(text)
}

/// Returns the first place of one of three bytes.
pub fn byte_of_three(bytes: [u8; 3], text: &[u8]) -> Option<usize> {
    finders::three(bytes)?.find(text)
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
    finders::one(byte).map_or(0, |finder| finder.count(text))
}

/// Returns the first place of `word`.
pub fn word(word: &[u8], text: &[u8]) -> Option<usize> {
    if word.len() >= LONG_WORD {
        return twoway::Finder::new(word).find(text, word);
    }
    if let Ok(found) = finders::pair(word, text) {
        return found;
    }
    let Some(first) = word.first() else { return Some(0) };
    let finder = finders::one(*first)?;
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
    use proptest::prelude::*;

    use super::*;

    // Of few characters, so that much of a word is often there.
    fn bytes(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"ab{".to_vec()), length)
    }

    proptest! {
        #[test]
        fn words_are_where_a_plain_search_finds_them(wanted in bytes(0..20), text in bytes(0..100)) {
            let plain = (0..=text.len()).find(|at| text[*at..].starts_with(&wanted));
            prop_assert_eq!(word(&wanted, &text), plain);
            let first = wanted.first().copied().unwrap_or(b'a');
            let places = text.iter().enumerate().filter(|(_, byte)| **byte == first);
            let places: Vec<_> = places.map(|(at, _)| at).collect();
            prop_assert_eq!(byte(first, &text), places.first().copied());
            prop_assert_eq!(last_byte(first, &text), places.last().copied());
            prop_assert_eq!(count(first, &text), places.len());
        }
    }

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
