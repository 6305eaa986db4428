//! Which state of a repository is meant.

use std::{fmt, str::FromStr};

use gitops_core::semver::{Constraint, ConstraintError};

/// Which state of a repository is meant.
///
/// # Text form
///
/// | text | meaning |
/// |---|---|
/// | `HEAD` | [`Head`](Self::Head) |
/// | `refs/…` | [`Name`](Self::Name) |
/// | `branch:NAME`, `tag:NAME`, `commit:ID` | exactly that |
/// | `semver:RANGE` | [`Semver`](Self::Semver) |
/// | 40 hex digits | [`Commit`](Self::Commit) |
/// | anything else | [`Any`](Self::Any) |
///
/// A colon cannot be part of the name of a branch or tag, so that no name is taken for a prefix.
///
/// ```
/// use gitops_git::Reference;
///
/// assert_eq!("tag:v1".parse::<Reference>()?, Reference::Tag("v1".into()));
/// assert_eq!("main".parse::<Reference>()?, Reference::Any("main".into()));
/// assert!("feature..x".parse::<Reference>().is_err());
/// # Ok::<(), gitops_git::InvalidReference>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference {
    /// Whatever the repository itself calls its current branch.
    #[default]
    Head,
    /// The tip of a branch, by its name without `refs/heads/`.
    Branch(String),
    /// What a tag points to, by its name without `refs/tags/`.
    Tag(String),
    /// The highest version in the range among the tags that are full versions, such as `1.4.0`
    /// or `v1.4.0`.
    Semver(Constraint),
    /// A commit by its id. A repository on disk also takes a unique beginning of it.
    Commit(String),
    /// Any reference by its full name, such as `refs/pull/7/head`.
    Name(String),
    /// A branch, or else a tag, or else, in a repository on disk, the beginning of a commit's id.
    Any(String),
}

/// A text that names no reference.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReference {
    /// The name cannot be one of a branch, tag or reference.
    #[error(
        "{name:?} cannot name a reference: expected HEAD, a branch, a tag, refs/…, \
         a commit id, or semver:RANGE"
    )]
    Name {
        /// The name as written.
        name: String,
    },
    /// The range is none.
    #[error("{range:?} is no range of versions")]
    Range {
        /// The range as written.
        range: String,
        /// What is wrong with it.
        #[source]
        cause: ConstraintError,
    },
    /// The id of a commit is none.
    #[error("{id:?} is no commit id: expected up to 40 hex digits")]
    Commit {
        /// The id as written.
        id: String,
    },
}

// The shortest beginning of a commit's id that is looked up.
const ID_DIGITS_MIN: usize = 4;
pub(crate) const ID_DIGITS: usize = 40;

impl Reference {
    /// Checks that the names and ids can be such.
    pub(crate) fn check(&self) -> Result<(), InvalidReference> {
        let invalid = |name: &str| InvalidReference::Name { name: name.to_owned() };
        match self {
            Self::Head | Self::Semver(_) => Ok(()),
            Self::Branch(name) | Self::Tag(name) | Self::Any(name) => {
                full_name(&format!("refs/heads/{name}")).ok_or_else(|| invalid(name))
            }
            Self::Name(name) => full_name(name).ok_or_else(|| invalid(name)),
            Self::Commit(id) if is_id(id) => Ok(()),
            Self::Commit(id) => Err(InvalidReference::Commit { id: id.clone() }),
        }
    }

    /// Names it in the middle of a sentence.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Head => "HEAD".to_owned(),
            Self::Branch(name) => format!("branch {name:?}"),
            Self::Tag(name) => format!("tag {name:?}"),
            Self::Semver(range) => format!("tag in the range \"{range}\""),
            Self::Commit(id) => format!("commit {id}"),
            Self::Name(name) => format!("reference {name:?}"),
            Self::Any(name) => format!("branch or tag {name:?}"),
        }
    }
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reference = match text.split_once(':') {
            Some(("branch", name)) => Self::Branch(name.to_owned()),
            Some(("tag", name)) => Self::Tag(name.to_owned()),
            Some(("commit", id)) => Self::Commit(id.to_ascii_lowercase()),
            Some(("semver", range)) => {
                let range = range.trim();
                let range = range
                    .parse()
                    .map_err(|cause| InvalidReference::Range { range: range.to_owned(), cause })?;
                Self::Semver(range)
            }
            _ if text == "HEAD" => Self::Head,
            _ if text.starts_with("refs/") => Self::Name(text.to_owned()),
            _ if text.len() == ID_DIGITS && is_id(text) => Self::Commit(text.to_ascii_lowercase()),
            _ => Self::Any(text.to_owned()),
        };
        reference.check()?;
        Ok(reference)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("HEAD"),
            Self::Branch(name) => write!(f, "branch:{name}"),
            Self::Tag(name) => write!(f, "tag:{name}"),
            Self::Semver(range) => write!(f, "semver:{range}"),
            Self::Commit(id) => write!(f, "commit:{id}"),
            Self::Name(name) | Self::Any(name) => f.write_str(name),
        }
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    (ID_DIGITS_MIN..=ID_DIGITS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn full_name(name: &str) -> Option<()> {
    gix::refs::FullName::try_from(name).ok().map(drop)
}
