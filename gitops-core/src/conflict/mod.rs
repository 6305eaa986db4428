//! Fields that two managers want.

mod rules;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::rules::{Rule, Rules, Verdict};

/// One field that another manager owns.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Conflict {
    /// The path of the field, such as `spec.replicas`.
    pub path: String,
    /// The field manager that owns it.
    pub manager: String,
}

impl Conflict {
    /// Joins conflicts in one sentence that says what to do.
    pub fn list(conflicts: &[Self]) -> String {
        let all: Vec<_> = conflicts.iter().map(Self::to_string).collect();
        format!(
            "{}; take the field out of the desired object, or have the other manager give it up",
            all.join(", ")
        )
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is owned by {}", self.path, self.manager)
    }
}
