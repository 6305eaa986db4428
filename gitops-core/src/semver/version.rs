//! One version.

use std::{cmp::Ordering, fmt, str::FromStr};

use super::scan;

/// The longest text that is read as a version, in bytes.
pub const VERSION_BYTES_MAX: usize = 256;

/// A semantic version such as `1.4.0-rc.1+build.7`.
///
/// Versions are compared by their precedence: build metadata does not count, so `1.0.0+a` and
/// `1.0.0+b` are equal.
#[derive(Clone, Debug)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: String,
    metadata: String,
    original: String,
}

/// Why a text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The text does not have the form of a version.
    #[error("invalid semantic version")]
    Invalid,
    /// The text is empty.
    #[error("version string empty")]
    Empty,
    /// The text is longer than [`VERSION_BYTES_MAX`].
    #[error("version string is too long (max {VERSION_BYTES_MAX} bytes)")]
    TooLong,
    /// A number has other characters than digits.
    #[error("invalid characters in version")]
    Characters,
    /// A number, or a number in the pre-release, starts with a zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// The pre-release has an empty part or an unexpected character.
    #[error("invalid prerelease string")]
    Prerelease,
    /// The build metadata has an empty part or an unexpected character.
    #[error("invalid metadata string")]
    Metadata,
    /// A number does not fit 64 bits.
    #[error(
        "error parsing version segment: \
         strconv.ParseUint: parsing {}: value out of range",
        scan::quoted(segment)
    )]
    OutOfRange {
        /// The number as written.
        segment: String,
    },
}

impl Version {
    /// Reads `text`, which may have a `v` before it, leave out the minor and patch numbers and
    /// write them with leading zeros.
    ///
    /// # Errors
    ///
    /// A [`VersionError`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if VERSION_BYTES_MAX < text.len() {
            return Err(VersionError::TooLong);
        }
        let parts = scan::version(text, |byte| byte.is_ascii_digit())
            .filter(|parts| parts.len == text.len())
            .ok_or(VersionError::Invalid)?;
        let version = Self {
            major: number(parts.major)?,
            minor: parts.minor.map_or(Ok(0), number)?,
            patch: parts.patch.map_or(Ok(0), number)?,
            pre: parts.pre.unwrap_or_default().to_owned(),
            metadata: parts.metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        };
        check_prerelease(&version.pre)?;
        Ok(version)
    }

    /// Reads `text` as a version with all three numbers, without a `v` and leading zeros.
    ///
    /// # Errors
    ///
    /// A [`VersionError`] that says what is wrong.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if VERSION_BYTES_MAX < text.len() {
            return Err(VersionError::TooLong);
        }
        let mut segments = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) =
            (segments.next(), segments.next(), segments.next())
        else {
            return Err(VersionError::Invalid);
        };
        let (rest, metadata) = split(rest, '+');
        metadata.map_or(Ok(()), check_metadata)?;
        let (patch, pre) = split(rest, '-');
        pre.map_or(Ok(()), check_parts_of_prerelease)?;
        for segment in [major, minor, patch] {
            if !segment.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(VersionError::Characters);
            }
            if 1 < segment.len() && segment.starts_with('0') {
                return Err(VersionError::LeadingZero);
            }
        }
        if [major, minor, patch].contains(&"") {
            return Err(VersionError::Invalid);
        }
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: pre.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// Returns the first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// Returns the second number.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// Returns the third number.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// Returns what follows the `-`, or nothing.
    pub fn prerelease(&self) -> &str {
        &self.pre
    }

    /// Returns what follows the `+`, or nothing.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Returns the text as it was read, with its `v`.
    pub fn original(&self) -> &str {
        &self.original
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_prerelease(&self.pre, &other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

fn compare_prerelease(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => compare_part(left, right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

// Numbers come before words; a number that does not fit 64 bits counts as a word.
fn compare_part(left: &str, right: &str) -> Ordering {
    match (word_or_number(left), word_or_number(right)) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(left), Err(right)) => left.cmp(right),
    }
}

fn word_or_number(part: &str) -> Result<u64, &str> {
    if part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part.parse().map_err(|_| part);
    }
    Err(part)
}

fn number(segment: &str) -> Result<u64, VersionError> {
    // Only digits come here, so that the one thing that can be wrong is their number.
    segment.parse().map_err(|_| VersionError::OutOfRange { segment: segment.to_owned() })
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn check_prerelease(pre: &str) -> Result<(), VersionError> {
    if pre.is_empty() { Ok(()) } else { check_parts_of_prerelease(pre) }
}

fn check_parts_of_prerelease(pre: &str) -> Result<(), VersionError> {
    for part in pre.split('.') {
        if !is_identifier(part) {
            return Err(VersionError::Prerelease);
        }
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        if digits && 1 < part.len() && part.starts_with('0') {
            return Err(VersionError::LeadingZero);
        }
    }
    Ok(())
}

fn check_metadata(metadata: &str) -> Result<(), VersionError> {
    let is_good = metadata.split('.').all(is_identifier);
    if is_good { Ok(()) } else { Err(VersionError::Metadata) }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
