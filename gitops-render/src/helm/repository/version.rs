//! Which of the published versions is meant.

use gitops_core::semver::{Constraint, Version};

use super::problem::{Outcome, Problem, invalid};

// More versions help nobody.
const VERSIONS_SHOWN_MAX: usize = 5;

/// The versions that will do.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    text: String,
    constraint: Constraint,
}

impl Wanted {
    /// Reads a version or a range. Nothing means the newest version that is no pre-release.
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let range = if text.is_empty() { "*" } else { text };
        let constraint = Constraint::parse(range).map_err(|err| {
            invalid(format!("the version {text:?} is no version and no range: {err}"))
        })?;
        Ok(Self { text: text.to_owned(), constraint })
    }

    /// Returns the text, which is one version and no range.
    pub(super) fn exact(&self) -> Option<&str> {
        Version::parse(&self.text).is_ok().then_some(self.text.as_str())
    }

    /// Picks the newest version that will do: the very text where it is one of the versions.
    /// `known` is sorted, the newest first.
    pub(super) fn pick<'a, T>(
        &self,
        known: &'a [T],
        version: impl Fn(&T) -> &str,
    ) -> Option<&'a T> {
        let same = known.iter().find(|it| !self.text.is_empty() && version(it) == self.text);
        let fits = |it: &&T| {
            Version::parse(version(it)).is_ok_and(|version| self.constraint.check(&version))
        };
        same.or_else(|| known.iter().find(fits))
    }

    /// Says that no version of the chart will do, and which there are.
    pub(super) fn missing<'a>(
        &self,
        chart: &str,
        mut known: impl Iterator<Item = &'a str>,
    ) -> Problem {
        let shown: Vec<&str> = known.by_ref().take(VERSIONS_SHOWN_MAX).collect();
        let more = known.count();
        let hint = match (shown.is_empty(), more) {
            (true, _) => "it has no version of this chart".to_owned(),
            (false, 0) => format!("it has the versions {}", shown.join(", ")),
            (false, _) => format!("it has the versions {} and {more} more", shown.join(", ")),
        };
        let reference = match self.text.as_str() {
            "" => format!("version of chart {chart:?} that is no pre-release"),
            text => format!("version {text:?} of chart {chart:?}"),
        };
        Problem::NoReference { reference, hint }
    }
}

/// Sorts by version, the newest first; equal ones stay in their order.
pub(super) fn sort<T>(list: &mut [T], version: impl Fn(&T) -> &str) {
    list.sort_by_cached_key(|it| Version::parse(version(it)).ok().map(std::cmp::Reverse));
}

/// Whether a tag is a version in its full form, as Helm asks it of tags.
pub(super) fn is_strict(tag: &str) -> bool {
    Version::parse_strict(tag).is_ok()
}
