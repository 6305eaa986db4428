//! The name under which fields are owned.

use std::fmt;

/// How many bytes the name of a field manager may have, as the API server counts.
pub const FIELD_MANAGER_BYTES_MAX: usize = 128;

/// The field manager under which objects are applied.
///
/// Two deliveries may share one; two programs should not, for each would take away the fields
/// that the other no longer mentions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldManager(String);

/// A text that is no name of a field manager.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is no name of a field manager: it needs 1 to {FIELD_MANAGER_BYTES_MAX} printable \
     characters"
)]
pub struct InvalidFieldManager {
    name: String,
}

impl FieldManager {
    /// Takes `name` as the name of a field manager.
    ///
    /// # Errors
    ///
    /// [`InvalidFieldManager`] when the API server would not take it.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidFieldManager> {
        let name = name.into();
        let printable = name.chars().all(|c| !c.is_control());
        if name.is_empty() || FIELD_MANAGER_BYTES_MAX < name.len() || !printable {
            return Err(InvalidFieldManager { name });
        }
        Ok(Self(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
