//! Where an object was written.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The file and line where an object was written. Shows as `path:line`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Origin {
    /// The file, from the root of the tree.
    pub path: String,
    /// The line of the object's first key, counted from 1.
    pub line: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}
