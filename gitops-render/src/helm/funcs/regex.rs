//! Compiled regular expressions: one that is made fast for short texts, one that is fast for long.

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
#[derive(Debug)]
pub(in crate::helm) struct Regex {
    source: String,
    bytes_max: usize,
    short: meta::Regex,
    long: OnceLock<meta::Regex>,
}

impl Regex {
    /// Compiles to at most so many bytes.
    pub(super) fn new(source: String, bytes_max: usize) -> Result<Self, BuildError> {
        let quick = Config::new().hybrid(false).onepass(false).dfa(false).auto_prefilter(false);
        let short = build(&source, quick, bytes_max)?;
        Ok(Self { source, bytes_max, short, long: OnceLock::new() })
    }

    // What looks through a text of that length.
    fn over(&self, length: usize) -> &meta::Regex {
        if length < LONG_BYTES {
            return &self.short;
        }
        self.long.get_or_init(|| {
            let built = build(&self.source, Config::new(), self.bytes_max);
            built.unwrap_or_else(|_| self.short.clone())
        })
    }

    /// Whether it matches anywhere.
    pub(in crate::helm) fn is_match(&self, text: &[u8]) -> bool {
        self.over(text.len()).is_match(text)
    }

    /// Where the first match from `at` on begins and ends.
    pub(super) fn find_at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let found = self.over(text.len()).find(Input::new(text).range(at..))?;
        Some((found.start(), found.end()))
    }

    /// Room for what [`read_at`](Self::read_at) finds in a text of that length.
    pub(super) fn groups(&self, length: usize) -> Captures {
        self.over(length).create_captures()
    }

    /// Where the first match from `at` on begins and ends; its groups are written to `groups`.
    pub(super) fn read_at(
        &self,
        groups: &mut Captures,
        text: &[u8],
        at: usize,
    ) -> Option<(usize, usize)> {
        self.over(text.len()).captures(Input::new(text).range(at..), groups);
        let found = groups.get_match()?;
        Some((found.start(), found.end()))
    }
}

fn build(source: &str, config: Config, bytes_max: usize) -> Result<meta::Regex, BuildError> {
    let config = config.utf8_empty(false).nfa_size_limit(Some(bytes_max));
    let bytes = syntax::Config::new().utf8(false);
    meta::Builder::new().configure(config).syntax(bytes).build(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_searched_alike() {
        let regex = Regex::new("(?:^)(x+)(y)?|z(?:$)".into(), 1 << 20).unwrap();
        for length in [0, LONG_BYTES] {
            let text = [b"xxy", " ".repeat(length).as_bytes(), b"xz"].concat();
            let end = text.len();
            assert!(regex.is_match(&text));
            assert_eq!(regex.find_at(&text, 0), Some((0, 3)));
            assert_eq!(regex.find_at(&text, 1), Some((end - 1, end)));
            let mut groups = regex.groups(text.len());
            assert_eq!(regex.read_at(&mut groups, &text, 0), Some((0, 3)));
            assert_eq!(groups.get_group(2).map(|span| span.range()), Some(2..3));
        }
    }
}
