//! The patterns of `.Files.Glob`: `*` within a folder, `**` across folders, `?`, classes, `{a,b}`.

use std::{iter::Peekable, str::Chars};

/// How deep `{a,b}` may nest.
const ALTERNATIVES_DEPTH_MAX: u32 = 32;

/// A pattern that names files.
#[derive(Clone, Debug)]
pub(in crate::helm) struct FileGlob {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Char(char),
    /// One character, no slash.
    Single,
    /// Any number of characters, no slash.
    Star,
    /// Any number of characters.
    Everything,
    /// One of these characters, or none of them.
    OneOf {
        chars: String,
        negated: bool,
    },
    /// A character in this range, or outside it.
    Range {
        low: char,
        high: char,
        negated: bool,
    },
    /// One of these patterns.
    Either(Vec<Vec<Step>>),
}

impl FileGlob {
    /// Reads a pattern; `None` where it is none.
    pub(in crate::helm) fn parse(pattern: &str) -> Option<Self> {
        let mut parser = Parser { chars: pattern.chars().peekable() };
        let steps = parser.steps(0)?;
        Some(Self { steps })
    }

    /// Whether the pattern matches the whole of `name`.
    pub(in crate::helm) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let mut starts = vec![false; name.len() + 1];
        starts[0] = true;
        walk(&self.steps, &name, starts)[name.len()]
    }
}

// Returns where `steps` can end when they begin at one of `starts`: no place is tried twice.
fn walk(steps: &[Step], name: &[char], starts: Vec<bool>) -> Vec<bool> {
    let mut at = starts;
    for step in steps {
        let mut next = vec![false; name.len() + 1];
        let mut one = |fits: &dyn Fn(char) -> bool| {
            for (index, char) in name.iter().enumerate() {
                next[index + 1] = at[index] && fits(*char);
            }
        };
        match step {
            Step::Char(want) => one(&|char| char == *want),
            Step::Single => one(&|char| char != '/'),
            Step::OneOf { chars, negated } => one(&|char| chars.contains(char) != *negated),
            Step::Range { low, high, negated } => {
                one(&|char| (*low <= char && char <= *high) != *negated);
            }
            Step::Star | Step::Everything => {
                let everything = matches!(step, Step::Everything);
                next[0] = at[0];
                for (index, char) in name.iter().enumerate() {
                    next[index + 1] =
                        at[index + 1] || (next[index] && (everything || *char != '/'));
                }
            }
            Step::Either(patterns) => {
                for pattern in patterns {
                    let ends = walk(pattern, name, at.clone());
                    next.iter_mut().zip(ends).for_each(|(all, one)| *all |= one);
                }
            }
        }
        at = next;
    }
    at
}

struct Parser<'p> {
    chars: Peekable<Chars<'p>>,
}

impl Parser<'_> {
    // Reads up to the end; within `{}`, up to `,` or `}`, which is left.
    fn steps(&mut self, depth: u32) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while let Some(char) = self.chars.peek().copied() {
            if 0 < depth && matches!(char, ',' | '}') {
                break;
            }
            self.chars.next();
            steps.push(match char {
                '*' if self.chars.next_if_eq(&'*').is_some() => Step::Everything,
                '*' => Step::Star,
                '?' => Step::Single,
                '[' => self.class()?,
                '{' => self.either(depth + 1)?,
                '\\' => Step::Char(self.chars.next().unwrap_or('\\')),
                char => Step::Char(char),
            });
        }
        Some(steps)
    }

    fn either(&mut self, depth: u32) -> Option<Step> {
        if ALTERNATIVES_DEPTH_MAX < depth {
            return None;
        }
        let mut patterns = vec![self.steps(depth)?];
        while self.chars.next() == Some(',') {
            patterns.push(self.steps(depth)?);
        }
        Some(Step::Either(patterns))
    }

    // One range or a list of characters, never both.
    fn class(&mut self) -> Option<Step> {
        let negated = self.chars.next_if_eq(&'!').is_some();
        let mut chars = String::new();
        loop {
            match self.chars.next()? {
                ']' if chars.is_empty() => return None,
                ']' => return Some(Step::OneOf { chars, negated }),
                '\\' => chars.push(self.chars.next()?),
                low if chars.is_empty() && self.chars.next_if_eq(&'-').is_some() => {
                    let high = self.chars.next()?;
                    let closed = self.chars.next() == Some(']');
                    return (closed && low <= high).then_some(Step::Range { low, high, negated });
                }
                char => chars.push(char),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_slashes_and_double_stars_do_not() {
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "d/a.yaml", false),
            ("**.yaml", "d/a.yaml", true),
            ("**/a.yaml", "a.yaml", false),
            ("d/**", "d/e/f", true),
            ("d/?", "d/e", true),
            ("d?e", "d/e", false),
            ("{a,b}/*.{md,txt}", "b/x.txt", true),
            ("{a,b}/*.{md,txt}", "c/x.txt", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[abc]x", "cx", true),
            ("a\\*", "a*", true),
            ("a,b", "a,b", true),
        ] {
            let glob = FileGlob::parse(pattern).expect("a pattern");
            assert_eq!(glob.matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn alternatives_nest_so_deep() {
        let depth = usize::try_from(ALTERNATIVES_DEPTH_MAX).unwrap();
        let nested = |depth: usize| ["{".repeat(depth), "a".to_owned(), "}".repeat(depth)].concat();
        assert!(FileGlob::parse(&nested(depth)).is_some());
        assert!(FileGlob::parse(&nested(depth + 1)).is_none());
    }

    #[test]
    fn several_ranges_in_one_class_are_no_pattern() {
        for pattern in ["[a-zA-Z]", "[", "[]", "[z-a]", "[a"] {
            assert!(FileGlob::parse(pattern).is_none(), "{pattern} was read");
        }
    }
}
