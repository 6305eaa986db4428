//! Paths that cannot leave their tree.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize};

use super::TreeError;

/// A path below the root of a tree: segments joined by `/`, none of them empty, `.` or `..`.
///
/// The root itself is the empty path and shows as `.`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TreePath {
    // Invariant: normal form, see the type's documentation.
    text: String,
}

impl TreePath {
    /// Returns the root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads `text` as a path below the root. `.` segments are dropped and `..` goes up.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when the path is absolute or goes above the root.
    pub fn new(text: &str) -> Result<Self, TreeError> {
        Self::root().join(text)
    }

    /// Reads `text` as a path relative to this directory.
    ///
    /// # Errors
    ///
    /// [`TreeError::Leaves`] when the path is absolute, holds a NUL byte or goes above the root.
    pub fn join(&self, text: &str) -> Result<Self, TreeError> {
        let leaves = || TreeError::Leaves { path: text.to_owned(), base: self.clone() };
        if text.starts_with('/') || text.contains('\0') {
            return Err(leaves());
        }
        let mut joined = self.clone();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => joined = joined.parent().ok_or_else(leaves)?,
                name => joined.push(name),
            }
        }
        Ok(joined)
    }

    /// Returns the directory that holds this path, or `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.text.rfind('/').unwrap_or(0);
        Some(Self { text: self.text[..end].to_owned() })
    }

    /// Returns the last segment, or `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        (!self.is_root()).then(|| self.text.rsplit('/').next().unwrap_or(&self.text))
    }

    /// Returns the path as text, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the segments from the root down.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split('/').filter(|segment| !segment.is_empty())
    }

    /// Returns how many segments there are.
    pub fn depth(&self) -> usize {
        self.segments().count()
    }

    /// Whether this path is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        other.is_root()
            || self
                .text
                .strip_prefix(&other.text)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    // `name` is one segment that is neither empty, `.` nor `..`.
    pub(super) fn push(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.text.push('/');
        }
        self.text.push_str(name);
    }

    pub(super) fn child(&self, name: &str) -> Self {
        let mut child = self.clone();
        child.push(name);
        child
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { &self.text })
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_stay_inside() {
        let base = TreePath::new("a/b").unwrap();
        assert_eq!(base.join("../c/./d").unwrap().as_str(), "a/c/d");
        assert_eq!(base.join("../..").unwrap(), TreePath::root());
        for text in ["../../..", "/etc", "x/../../../.."] {
            assert!(matches!(base.join(text), Err(TreeError::Leaves { .. })), "{text} stayed");
        }
    }

    #[test]
    fn within_compares_segments() {
        let path = |text| TreePath::new(text).unwrap();
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
        assert!(path("a").is_within(&TreePath::root()));
    }
}
