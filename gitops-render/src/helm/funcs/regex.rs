//! Compiled regular expressions: each text is searched with the one that is made soonest for it.

use std::sync::OnceLock;

use regex_automata::{
    Input,
    meta::{self, BuildError, Config},
    util::{captures::Captures, syntax},
};

/// From how many bytes on a text is worth an automaton of its own.
const LONG_BYTES: usize = 4 << 10;

/// A regular expression over bytes.
///
/// Most are compiled to look at one short name once, where compiling takes longer than looking.
/// One that knows no characters beyond ASCII is compiled soonest, and finds the same in ASCII.
#[derive(Debug)]
pub(in crate::helm) struct Regex {
    source: String,
    bytes_max: usize,
    /// Made first: for ASCII alone, or else for any short text.
    first: meta::Regex,
    first_is_ascii: bool,
    short: OnceLock<Option<meta::Regex>>,
    long: OnceLock<Option<meta::Regex>>,
}

/// Which texts an expression is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    Ascii,
    Short,
    Long,
}

impl Regex {
    /// Compiles to at most so many bytes. A `small` expression is compiled for texts beyond ASCII
    /// when there is one.
    pub(super) fn new(source: String, bytes_max: usize, small: bool) -> Result<Self, BuildError> {
        let ascii = match small && source.is_ascii() {
            true => build(&source, Texts::Ascii, bytes_max).ok(),
            false => None,
        };
        let first_is_ascii = ascii.is_some();
        let first = match ascii {
            Some(ascii) => ascii,
            None => build(&source, Texts::Short, bytes_max)?,
        };
        let (short, long) = (OnceLock::new(), OnceLock::new());
        Ok(Self { source, bytes_max, first, first_is_ascii, short, long })
    }

    // What looks through that text. Where one cannot be made, the next best is taken: what is
    // small can always be.
    fn over(&self, text: &[u8]) -> &meta::Regex {
        let made = |texts| build(&self.source, texts, self.bytes_max).ok();
        let long = match text.len() < LONG_BYTES {
            true => None,
            false => self.long.get_or_init(|| made(Texts::Long)).as_ref(),
        };
        if let Some(long) = long {
            return long;
        }
        if !self.first_is_ascii || text.is_ascii() {
            return &self.first;
        }
        self.short.get_or_init(|| made(Texts::Short)).as_ref().unwrap_or(&self.first)
    }

    /// Whether it matches anywhere.
    pub(in crate::helm) fn is_match(&self, text: &[u8]) -> bool {
        self.over(text).is_match(text)
    }

    /// Where the first match from `at` on begins and ends.
    pub(super) fn find_at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let found = self.over(text).find(Input::new(text).range(at..))?;
        Some((found.start(), found.end()))
    }

    /// Room for what [`read_at`](Self::read_at) finds in that text.
    pub(super) fn groups(&self, text: &[u8]) -> Captures {
        self.over(text).create_captures()
    }

    /// Where the first match from `at` on begins and ends; its groups are written to `groups`.
    pub(super) fn read_at(
        &self,
        groups: &mut Captures,
        text: &[u8],
        at: usize,
    ) -> Option<(usize, usize)> {
        self.over(text).captures(Input::new(text).range(at..), groups);
        let found = groups.get_match()?;
        Some((found.start(), found.end()))
    }
}

fn build(source: &str, texts: Texts, bytes_max: usize) -> Result<meta::Regex, BuildError> {
    let mut config = Config::new();
    if texts != Texts::Long {
        config = config.hybrid(false).onepass(false).dfa(false).auto_prefilter(false);
    }
    let config = config.utf8_empty(false).nfa_size_limit(Some(bytes_max));
    let bytes = syntax::Config::new().utf8(false).unicode(texts != Texts::Ascii);
    meta::Builder::new().configure(config).syntax(bytes).build(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_searched_alike() {
        let regex = Regex::new("(?:^)(x+)(y)?|z(?:$)".into(), 1 << 20, true).unwrap();
        for (length, filler) in [(0, " "), (3, "é"), (LONG_BYTES, " ")] {
            let text = [b"xxy", filler.repeat(length).as_bytes(), b"xz"].concat();
            let end = text.len();
            assert!(regex.is_match(&text));
            assert_eq!(regex.find_at(&text, 0), Some((0, 3)));
            assert_eq!(regex.find_at(&text, 1), Some((end - 1, end)));
            let mut groups = regex.groups(&text);
            assert_eq!(regex.read_at(&mut groups, &text, 0), Some((0, 3)));
            assert_eq!(groups.get_group(2).map(|span| span.range()), Some(2..3));
        }
    }

    #[test]
    fn one_character_is_one_beyond_ascii() {
        for small in [true, false] {
            let regex = Regex::new("[^a]x".into(), 1 << 20, small).unwrap();
            assert_eq!(regex.first_is_ascii, small);
            assert_eq!(regex.find_at("aéx".as_bytes(), 0), Some((1, 4)));
            assert_eq!(regex.find_at(b"abx", 0), Some((1, 3)));
        }
        // What ASCII alone cannot say is compiled for all texts.
        let letters = Regex::new("[\\p{L}]+".into(), 1 << 20, true).unwrap();
        assert!(!letters.first_is_ascii && letters.is_match("é".as_bytes()));
    }
}
