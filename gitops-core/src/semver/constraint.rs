//! Ranges of versions.

use std::{fmt, str::FromStr};

use super::{Version, scan};

/// The longest text that is read as a constraint, in bytes.
pub const CONSTRAINT_BYTES_MAX: usize = 512;
/// How many groups `||` may join.
pub const CONSTRAINT_GROUPS_MAX: usize = 32;

/// A range of versions such as `>=1.2 <2 || ^3.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    // Invariant: neither this nor any group is empty.
    groups: Vec<Group>,
}

/// Why a text is no constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstraintError {
    /// The text is longer than [`CONSTRAINT_BYTES_MAX`].
    #[error("constraint string is too long (max {CONSTRAINT_BYTES_MAX} bytes)")]
    TooLong,
    /// The text has more than [`CONSTRAINT_GROUPS_MAX`] groups.
    #[error("too many constraint groups (max {CONSTRAINT_GROUPS_MAX})")]
    TooManyGroups,
    /// One group does not have the form of a constraint.
    #[error("improper constraint: {}", scan::quoted(text))]
    Improper {
        /// The group as written, hyphen ranges written out.
        text: String,
    },
    /// An operand has the form of a version, but is none.
    #[error("constraint parser error")]
    Operand,
}

// All comparisons of a group must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    comparisons: Vec<Comparison>,
    // Whether one of the operands is a pre-release: only then does a pre-release meet the group.
    prerelease: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    symbol: &'static str,
    operand: String,
    version: Version,
    wild: Wild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

// Which of the three numbers is the first that the operand leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wild {
    None,
    All,
    Minor,
    Patch,
}

// Longer symbols stand before their own beginnings.
const SYMBOLS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl Constraint {
    /// Reads `text`.
    ///
    /// # Errors
    ///
    /// A [`ConstraintError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if CONSTRAINT_BYTES_MAX < text.len() {
            return Err(ConstraintError::TooLong);
        }
        let text = write_out_ranges(text);
        let groups: Vec<&str> = text.split("||").collect();
        if CONSTRAINT_GROUPS_MAX < groups.len() {
            return Err(ConstraintError::TooManyGroups);
        }
        Ok(Self { groups: groups.into_iter().map(Group::parse).collect::<Result<_, _>>()? })
    }

    /// Whether `version` is in the range.
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.check(version))
    }
}

impl FromStr for Constraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.groups.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { " || " })?;
            for (index, comparison) in group.comparisons.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { " " })?;
                write!(f, "{}{}", comparison.symbol, comparison.operand)?;
            }
        }
        Ok(())
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let improper = || ConstraintError::Improper { text: text.to_owned() };
        // The form of the whole group is judged before any of its operands.
        let mut found = Vec::new();
        let mut rest = &text[scan::space(text)..];
        loop {
            let (symbol, operator) = *SYMBOLS
                .iter()
                .find(|(symbol, _)| rest.starts_with(symbol))
                .unwrap_or(&("", Operator::Equal));
            rest = &rest[symbol.len()..];
            rest = &rest[scan::space(rest)..];
            let parts = scan::version(rest, is_segment).ok_or_else(improper)?;
            let operand = &rest[..parts.len];
            rest = &rest[parts.len..];
            found.push((symbol, operator, operand, parts));
            let space = scan::space(rest);
            rest = &rest[space..];
            if rest.is_empty() {
                break;
            }
            let after_comma = rest.strip_prefix(',');
            if after_comma.is_none() && space == 0 {
                return Err(improper());
            }
            rest = after_comma.unwrap_or(rest);
            rest = &rest[scan::space(rest)..];
        }
        let comparisons = found
            .into_iter()
            .map(|(symbol, operator, operand, parts)| {
                let (version, wild) = complete(operand, &parts)?;
                Ok(Comparison { operator, symbol, operand: operand.to_owned(), version, wild })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let prerelease = comparisons.iter().any(|one| !one.version.prerelease().is_empty());
        Ok(Self { comparisons, prerelease })
    }

    fn check(&self, version: &Version) -> bool {
        if !version.prerelease().is_empty() && !self.prerelease {
            return false;
        }
        self.comparisons.iter().all(|comparison| comparison.check(version))
    }
}

impl Comparison {
    fn check(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal if self.wild == Wild::None => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::GreaterOrEqual => self.version <= *version,
            Operator::Less => *version < self.version,
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn not_equal(&self, version: &Version) -> bool {
        let same_major = version.major() == self.version.major();
        let same_minor = version.minor() == self.version.minor();
        match self.wild {
            Wild::None | Wild::All => *version != self.version,
            Wild::Minor => !same_major,
            Wild::Patch => {
                !same_major || !same_minor || version.prerelease() != self.version.prerelease()
            }
        }
    }

    // `>1.2` means beyond all of 1.2, not beyond 1.2.0.
    fn greater(&self, version: &Version) -> bool {
        match self.wild {
            Wild::None | Wild::All => self.version < *version,
            Wild::Minor => self.version.major() < version.major(),
            Wild::Patch => {
                (self.version.major(), self.version.minor()) < (version.major(), version.minor())
            }
        }
    }

    // `<=1.2` includes all of 1.2.
    fn less_or_equal(&self, version: &Version) -> bool {
        match self.wild {
            Wild::None => *version <= self.version,
            Wild::Minor => version.major() <= self.version.major(),
            Wild::All | Wild::Patch => {
                (version.major(), version.minor()) <= (self.version.major(), self.version.minor())
            }
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version < own {
            return false;
        }
        let whole = matches!(self.wild, Wild::None | Wild::All);
        if whole && (own.major(), own.minor(), own.patch()) == (0, 0, 0) {
            return true;
        }
        let same_minor = version.minor() == own.minor() || self.wild == Wild::Minor;
        version.major() == own.major() && same_minor
    }

    // What stays is the leftmost number that is not zero.
    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version < own {
            return false;
        }
        if 0 < own.major() || self.wild == Wild::Minor {
            return version.major() == own.major();
        }
        if 0 < version.major() {
            return false;
        }
        if 0 < own.minor() || self.wild == Wild::Patch {
            return version.minor() == own.minor();
        }
        version.minor() == 0 && version.patch() == own.patch()
    }
}

// A single bar is no separator, but is taken for a part of a number.
fn is_segment(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

// Fills what the operand leaves open with zeros.
fn complete(operand: &str, parts: &scan::Parts<'_>) -> Result<(Version, Wild), ConstraintError> {
    let open = |segment: Option<&str>| matches!(segment, None | Some("x" | "X" | "*"));
    let pre = parts.pre.map(|pre| format!("-{pre}")).unwrap_or_default();
    let major = parts.major;
    let minor = parts.minor.unwrap_or_default();
    let (text, wild) = if open(Some(major)) {
        (format!("0.0.0{pre}"), Wild::All)
    } else if open(parts.minor) {
        (format!("{major}.0.0{pre}"), Wild::Minor)
    } else if open(parts.patch) {
        (format!("{major}.{minor}.0{pre}"), Wild::Patch)
    } else {
        (operand.to_owned(), Wild::None)
    };
    let version = Version::parse(&text).map_err(|_| ConstraintError::Operand)?;
    Ok((version, wild))
}

// Writes `1.2 - 1.4` as `>= 1.2, <= 1.4`, wherever in the text it stands.
fn write_out_ranges(text: &str) -> String {
    let mut written = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let Some(range) = text.get(at..).and_then(Range::at) else {
            at += 1;
            continue;
        };
        let whole = &text[at..at + range.len];
        let plain = format!(">= {}, <= {} ", range.low, range.high);
        written = written.replacen(whole, &plain, 1);
        at += range.len;
    }
    written
}

struct Range<'a> {
    low: &'a str,
    high: &'a str,
    len: usize,
}

impl<'a> Range<'a> {
    // Takes the hyphen range that `text` begins with, with the white space around it.
    fn at(text: &'a str) -> Option<Self> {
        let start = scan::space(text);
        let low = scan::version(&text[start..], is_segment)?;
        let hyphen = start + low.len;
        let gap = scan::space(&text[hyphen..]);
        let after = text[hyphen + gap..].strip_prefix('-').filter(|_| 0 < gap)?;
        let gap_after = scan::space(after);
        let high = scan::version(&after[gap_after..], is_segment).filter(|_| 0 < gap_after)?;
        let end = hyphen + gap + 1 + gap_after + high.len;
        Some(Self {
            low: &text[start..hyphen],
            high: &text[end - high.len..end],
            len: end + scan::space(&text[end..]),
        })
    }
}
