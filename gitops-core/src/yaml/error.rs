//! Why a text is not the YAML that is expected.

use std::{borrow::Cow, fmt};

/// Why a text could not be read or a value not be printed.
///
/// The text form is the one that go-yaml gives, so that people find what they know from kubectl,
/// Helm and Kustomize. go-yaml counts the line of some problems from 0; [`line`](Self::line) is
/// always right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    // Boxed, since every step of the reader returns a result.
    inner: Box<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    prefix: Prefix,
    problem: Cow<'static, str>,
    line: Option<u32>,
    limit: Option<(&'static str, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Prefix {
    /// `yaml: line 3: `, or `yaml: ` where go-yaml does not know the line.
    Line(Option<u32>),
    /// `yaml: unmarshal errors:`, one problem a line.
    Unmarshal,
    /// The problem alone.
    None,
}

impl YamlError {
    pub(super) fn at(line: u32, shown: Option<u32>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Prefix::Line(shown), problem.into(), Some(line))
    }

    pub(super) fn plain(line: Option<u32>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Prefix::Line(None), problem.into(), line)
    }

    pub(super) fn unmarshal(line: u32, problems: &[String]) -> Self {
        Self::new(Prefix::Unmarshal, problems.join("\n  ").into(), Some(line))
    }

    pub(super) fn bare(line: Option<u32>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Prefix::None, problem.into(), line)
    }

    pub(super) fn limit(
        line: u32,
        limit: &'static str,
        max: usize,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut err = Self::at(line, Some(line), problem);
        err.inner.limit = Some((limit, max as u64));
        err
    }

    fn new(prefix: Prefix, problem: Cow<'static, str>, line: Option<u32>) -> Self {
        Self { inner: Box::new(Inner { prefix, problem, line, limit: None }) }
    }

    /// Returns the line to look at, counted from 1, where there is one.
    pub fn line(&self) -> Option<u32> {
        self.inner.line
    }

    /// Returns what is wrong, without the line.
    pub fn problem(&self) -> &str {
        &self.inner.problem
    }

    /// Returns the name of the limit that was reached, and what it allows.
    pub fn limit_passed(&self) -> Option<(&'static str, u64)> {
        self.inner.limit
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = self.problem();
        match self.inner.prefix {
            Prefix::Line(Some(line)) => write!(f, "yaml: line {line}: {problem}"),
            Prefix::Line(None) => write!(f, "yaml: {problem}"),
            Prefix::Unmarshal => write!(f, "yaml: unmarshal errors:\n  {problem}"),
            Prefix::None => f.write_str(problem),
        }
    }
}

impl std::error::Error for YamlError {}
