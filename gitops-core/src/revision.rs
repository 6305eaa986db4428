//! The name of one state of a source.

use std::{convert::Infallible, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of one immutable state of a source, such as `main@sha1:9f2c…`.
///
/// The part after the last `@` identifies the state, the part before it says which moving name
/// led there. Two revisions are equal when both parts are.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "String", into = "String")]
pub struct Revision {
    reference: Option<String>,
    id: String,
}

impl Revision {
    /// Names the state `id`, to which no moving name led.
    pub fn new(id: impl Into<String>) -> Self {
        Self { reference: None, id: id.into() }
    }

    /// Names the state `id`, to which `reference` led.
    pub fn at(reference: impl Into<String>, id: impl Into<String>) -> Self {
        Self { reference: Some(reference.into()), id: id.into() }
    }

    /// Returns what identifies the state, such as `sha1:9f2c…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the moving name that led to the state, such as `main`.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reference {
            Some(reference) => write!(f, "{reference}@{}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

impl From<String> for Revision {
    fn from(text: String) -> Self {
        match text.rsplit_once('@') {
            Some((reference, id)) => Self::at(reference, id),
            None => Self::new(text),
        }
    }
}

impl From<Revision> for String {
    fn from(revision: Revision) -> Self {
        revision.to_string()
    }
}

impl FromStr for Revision {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}
