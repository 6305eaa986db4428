//! The three languages of patches, as the libraries of a Kubernetes API server speak them.
//!
//! [`json`] is RFC 6902, [`merge`] is RFC 7386, [`strategic`] is the merge patch that knows which
//! lists merge by key. All three agree with the libraries that a real server uses, down to the
//! words of their errors and to what those do that no RFC asks for.
//!
//! # Example
//!
//! ```
//! use gitops_kube::apiserver::patch;
//! use serde_json::json;
//!
//! let live = json!({ "spec": { "replicas": 1, "paused": true } });
//! let change = json!({ "spec": { "replicas": 3, "paused": null } });
//! assert_eq!(patch::merge(live, change)?, json!({ "spec": { "replicas": 3 } }));
//! # Ok::<(), patch::PatchError>(())
//! ```

mod apply;
mod json;
mod last_applied;
mod list;
mod merge;
mod meta;
mod node;
mod order;
mod repeat;
mod serve;
mod shown;
mod strategic;

use std::{error, fmt};

use serde_json::Value;

pub(crate) use self::{
    apply::{check_typed, refuse, writable},
    repeat::Repeats,
    serve::{is_patch, patch, scale},
};
pub use self::{json::json, merge::merge, strategic::strategic};

/// How many operations a JSON patch may have.
pub const JSON_PATCH_OPERATIONS_MAX: usize = 10_000;

/// How deep a JSON or strategic merge patch, and the object under it, may nest.
pub const PATCH_DEPTH_MAX: usize = 500;

/// Why a patch was not applied. The text is the one a real server's library uses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchError {
    /// The patch is none in its language; a server answers 400.
    Malformed(String),
    /// A JSON patch has more operations than [`JSON_PATCH_OPERATIONS_MAX`]; a server answers 413.
    TooMany(usize),
    /// The patch does not fit the object; a server answers 422.
    Unfitting(String),
    /// The patch contradicts itself or the object's type; a server answers 500.
    Contradictory(String),
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) | Self::Unfitting(text) | Self::Contradictory(text) => {
                f.write_str(text)
            }
            Self::TooMany(found) => write!(
                f,
                "The allowed maximum operations in a JSON patch is {JSON_PATCH_OPERATIONS_MAX}, \
                 got {found}"
            ),
        }
    }
}

impl error::Error for PatchError {}

/// Whether a value nests deeper than `left` levels.
fn is_deeper(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| is_deeper(item, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|item| is_deeper(item, left - 1)),
        _ => false,
    }
}

fn check_depth(value: &Value) -> Result<(), PatchError> {
    if is_deeper(value, PATCH_DEPTH_MAX) {
        return Err(PatchError::Malformed(format!(
            "the patch or its object nests deeper than {PATCH_DEPTH_MAX} levels"
        )));
    }
    Ok(())
}
