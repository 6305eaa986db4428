//! Versions and ranges by the rules of Masterminds' semver, which Helm and Flux follow.
//!
//! A [`Version`] may have a `v` before it and may leave out the minor and the patch number. A
//! [`Constraint`] understands `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `^`, hyphen ranges, wildcards,
//! `||` between groups and commas or blanks within one. A pre-release meets a group only when the
//! group itself names a pre-release: that is why people write `>=1.19-0`.
//!
//! ```
//! use gitops_core::semver::{Constraint, Version};
//!
//! let range: Constraint = "^1.2 || 2.x".parse()?;
//! assert!(range.check(&"v1.4.0".parse::<Version>()?));
//! assert!(!range.check(&"2.1.0-rc.1".parse::<Version>()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod constraint;
mod scan;
mod version;

pub use self::{
    constraint::{CONSTRAINT_BYTES_MAX, CONSTRAINT_GROUPS_MAX, Constraint, ConstraintError},
    version::{VERSION_BYTES_MAX, Version, VersionError},
};
