//! Go's regular expressions, rewritten for the `regex` crate, with Go's words for bad ones.

use super::class::Class;
use super::regex::Regex;

/// The largest count in braces, also over nested ones.
const REPEAT_MAX: u32 = 1_000;
/// How deep groups may nest.
const GROUP_DEPTH_MAX: usize = 1_000;

/// A compiled pattern, or why it is none.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The expression.
    pub(in crate::helm) regex: Result<Regex, String>,
    /// The names of its groups, the whole match first.
    pub(super) names: Vec<Option<String>>,
}

/// Patterns of so many bytes, without counts, are never too large.
const SMALL_BYTES_MAX: usize = 100;

fn is_small(source: &str) -> bool {
    source.len() <= SMALL_BYTES_MAX && !source.contains('{')
}

impl Pattern {
    /// Returns why a pattern is none, without compiling it where that can be told.
    pub(in crate::helm) fn problem(source: &str, bytes_max: usize) -> Option<String> {
        if !is_small(source) {
            return Self::new(source.as_bytes(), bytes_max).regex.err();
        }
        let rewritten = Rewriter::new(source).run();
        rewritten.err().map(|(problem, part)| format!("error parsing regexp: {problem}: `{part}`"))
    }

    /// Compiles a pattern to at most so many bytes.
    pub(crate) fn new(source: &[u8], bytes_max: usize) -> Self {
        let Ok(source) = std::str::from_utf8(source) else {
            let text = String::from_utf8_lossy(source);
            let problem = format!("error parsing regexp: invalid UTF-8: `{text}`");
            return Self { regex: Err(problem), names: Vec::new() };
        };
        let mut rewriter = Rewriter::new(source);
        let regex = rewriter
            .run()
            .map_err(|(problem, part)| format!("error parsing regexp: {problem}: `{part}`"));
        let regex = regex.and_then(|text| {
            Regex::new(text, bytes_max, is_small(source))
                .map_err(|_| format!("error parsing regexp: expression too large: `{source}`"))
        });
        Self { regex, names: rewriter.names }
    }
}

/// What is wrong, and the part of the pattern that is.
pub(super) type Problem = (&'static str, String);

struct Rewriter<'a> {
    source: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<Option<String>>,
    /// Of each open group: where its last atom is, and the repetitions within.
    groups: Vec<Atom>,
    last: Atom,
    /// The repetition that stands right before, if any.
    repeated: Option<&'a str>,
}

/// The piece that a repetition would repeat.
#[derive(Clone, Copy, Default)]
struct Atom {
    present: bool,
    start: usize,
    count: u32,
    // The largest count in the group so far.
    group_count: u32,
}

impl<'a> Rewriter<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            rest: source,
            out: String::new(),
            names: vec![None],
            groups: Vec::new(),
            last: Atom { count: 1, group_count: 1, ..Atom::default() },
            repeated: None,
        }
    }

    fn run(&mut self) -> Result<String, Problem> {
        while let Some(rune) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeated = None;
            match rune {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.last.present = false;
                    self.rest = &self.rest[1..];
                }
                '^' | '$' | '.' => {
                    self.atom(&format!("(?:{rune})"));
                    self.rest = &self.rest[1..];
                }
                '[' => {
                    let (class, rest) = Class::parse(self.rest)?;
                    self.atom(&class.text());
                    self.rest = rest;
                }
                '*' | '+' | '?' => {
                    self.rest = &self.rest[1..];
                    repeated = Some(self.repeat(before, 1)?);
                }
                '{' => {
                    if let Some((least, most, rest)) = counts(self.rest) {
                        self.rest = rest;
                        let bad = |count: Option<u32>| count.is_none_or(|c| c > REPEAT_MAX);
                        if bad(least) || most.is_some_and(|most| bad(most) || most < least) {
                            let part = &before[..before.len() - rest.len()];
                            return Err(("invalid repeat count", part.to_owned()));
                        }
                        let count = most.flatten().or(least).unwrap_or(0);
                        repeated = Some(self.repeat(before, count.max(least.unwrap_or(0)))?);
                    } else {
                        self.atom("\\{");
                        self.rest = &self.rest[1..];
                    }
                }
                '\\' => self.escape()?,
                rune => {
                    self.atom(&literal(rune));
                    self.rest = &self.rest[rune.len_utf8()..];
                }
            }
            self.repeated = repeated;
        }
        if !self.groups.is_empty() {
            return Err(("missing closing )", self.source.to_owned()));
        }
        Ok(std::mem::take(&mut self.out))
    }

    fn atom(&mut self, text: &str) {
        self.last.present = true;
        self.last.start = self.out.len();
        self.last.count = 1;
        self.out.push_str(text);
    }

    /// The repetition that `before` starts with, of which the sign is passed.
    fn repeat(&mut self, before: &'a str, count: u32) -> Result<&'a str, Problem> {
        let sign = &before[..before.len() - self.rest.len()];
        let mut whole = sign;
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            whole = &before[..before.len() - rest.len()];
        }
        if let Some(last) = self.repeated {
            // Both stand side by side.
            let from = self.source.len() - before.len() - last.len();
            let to = self.source.len() - self.rest.len();
            let part = self.source[from..to].to_owned();
            return Err(("invalid nested repetition operator", part));
        }
        if !self.last.present {
            return Err(("missing argument to repetition operator", whole.to_owned()));
        }
        if count >= 2 {
            self.last.count = self.last.count.saturating_mul(count);
            if self.last.count > REPEAT_MAX {
                return Err(("invalid repeat count", whole.to_owned()));
            }
        }
        self.last.group_count = self.last.group_count.max(self.last.count);
        self.out.push_str(whole);
        Ok(whole)
    }

    fn open(&mut self) -> Result<(), Problem> {
        if self.groups.len() >= GROUP_DEPTH_MAX {
            return Err(("expression nests too deeply", self.source.to_owned()));
        }
        let start = self.out.len();
        if self.rest.starts_with("(?") {
            if !self.special_group()? {
                return Ok(());
            }
        } else {
            self.names.push(None);
            self.out.push('(');
            self.rest = &self.rest[1..];
        }
        let outer = Atom { start, ..self.last };
        self.groups.push(outer);
        self.last = Atom { count: 1, group_count: 1, ..Atom::default() };
        Ok(())
    }

    /// `(?P<name>`, `(?:`, `(?i)`; false when no group is open after it.
    fn special_group(&mut self) -> Result<bool, Problem> {
        let named = self.rest.strip_prefix("(?P<").or_else(|| self.rest.strip_prefix("(?<"));
        if let Some(after) = named {
            let look = after.starts_with(['=', '!']) && !self.rest.starts_with("(?P");
            if !look {
                let Some(end) = after.find('>') else {
                    return Err(("invalid named capture", self.rest.to_owned()));
                };
                let name = &after[..end];
                let head = self.rest.len() - after.len();
                let valid = !name.is_empty()
                    && name.chars().all(|rune| rune == '_' || rune.is_ascii_alphanumeric());
                if !valid {
                    let part = self.rest[..=head + end].to_owned();
                    return Err(("invalid named capture", part));
                }
                if self.names.iter().any(|known| known.as_deref() == Some(name)) {
                    return Err(("duplicate capture group name", name.to_owned()));
                }
                self.names.push(Some(name.to_owned()));
                self.out.push('(');
                self.rest = &after[end + 1..];
                return Ok(true);
            }
        }
        let mut negative = false;
        let mut seen = false;
        for (at, rune) in self.rest.char_indices().skip(2) {
            match rune {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negative => {
                    negative = true;
                    seen = false;
                }
                ':' | ')' if !negative || seen => {
                    self.out.push_str(&self.rest[..=at]);
                    self.rest = &self.rest[at + 1..];
                    return Ok(rune == ':');
                }
                _ => {
                    let part = self.rest[..at + rune.len_utf8()].to_owned();
                    return Err(("invalid or unsupported Perl syntax", part));
                }
            }
        }
        Err(("missing closing )", self.source.to_owned()))
    }

    fn close(&mut self) -> Result<(), Problem> {
        let Some(outer) = self.groups.pop() else {
            return Err(("unexpected )", self.source.to_owned()));
        };
        self.out.push(')');
        self.rest = &self.rest[1..];
        let inner = self.last.group_count;
        self.last = Atom { present: true, count: inner, ..outer };
        self.last.group_count = outer.group_count.max(inner);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Problem> {
        let mut runes = self.rest.chars();
        runes.next();
        let simple = match runes.next() {
            None => return Err(("trailing backslash at end of expression", String::new())),
            Some('A') => "(?:\\A)",
            Some('z') => "(?:\\z)",
            Some('b') => "(?-u:\\b)",
            Some('B') => "(?-u:\\B)",
            Some('C') => return Err(("invalid escape sequence", self.rest[..2].to_owned())),
            Some('Q') => {
                self.quoted();
                return Ok(());
            }
            Some(_) => "",
        };
        if !simple.is_empty() {
            self.atom(simple);
            self.rest = &self.rest[2..];
            return Ok(());
        }
        let (class, rest) = Class::escape(self.rest)?;
        self.atom(&class.text());
        self.rest = rest;
        Ok(())
    }

    /// `\Q…\E`: all as it stands.
    fn quoted(&mut self) {
        let text = &self.rest[2..];
        let (text, rest) = match text.find("\\E") {
            Some(end) => (&text[..end], &text[end + 2..]),
            None => (text, ""),
        };
        for rune in text.chars() {
            self.atom(&literal(rune));
        }
        self.rest = rest;
    }
}

/// `{2}`, `{2,}` or `{2,3}` and what is behind; none when it is a plain brace. A number too large
/// is nothing.
type Counts<'a> = (Option<u32>, Option<Option<u32>>, &'a str);

fn counts(text: &str) -> Option<Counts<'_>> {
    let rest = text.strip_prefix('{')?;
    let (least, rest) = count(rest)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((least, Some(least), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((least, None, rest));
    }
    let (most, rest) = count(rest)?;
    Some((least, Some(most), rest.strip_prefix('}')?))
}

fn count(text: &str) -> Option<(Option<u32>, &str)> {
    let end = text.find(|rune: char| !rune.is_ascii_digit()).unwrap_or(text.len());
    let digits = &text[..end];
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok().filter(|count| *count < 100_000_000), &text[end..]))
}

/// One character that stands for itself.
pub(super) fn literal(rune: char) -> String {
    if rune.is_ascii_alphanumeric() {
        return rune.to_string();
    }
    format!("\\x{{{:X}}}", u32::from(rune))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_without_compiling() {
        let long = "a".repeat(SMALL_BYTES_MAX + 1);
        let sources = [
            "", "^a.*b$", "\\pL+", "(", "a**", "[b-a]", "\\8", "a{2}", "a{1001}", "(?P<x>a)", &long,
        ];
        for source in sources {
            let compiled = Pattern::new(source.as_bytes(), 1 << 20);
            assert_eq!(Pattern::problem(source, 1 << 20), compiled.regex.err(), "{source}");
        }
        let large = "\\pL".repeat(SMALL_BYTES_MAX);
        assert!(Pattern::problem(&large, 1 << 10).is_some_and(|it| it.contains("too large")));
    }
}
