//! Applies that changed nothing: the same one again changes nothing either.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use serde_json::Value;

use super::super::{
    store::{Key, ResourceName},
    world::{Call, text},
};

/// How many applies are remembered; when there are more, all are forgotten.
pub(crate) const REPEATS_MAX: usize = 1_024;
/// How long the body of an apply may be to be remembered, in bytes.
pub(crate) const REPEAT_BYTES_MAX: usize = 16 * 1024;

/// The last apply of each object that changed nothing.
///
/// What an apply does follows from the object, the request and the definition of its kind, not
/// from the time; so that the answer to one that was answered with the object as it is stands for
/// as long as the object does.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    known: HashMap<(Arc<ResourceName>, Key), Known>,
}

#[derive(Debug)]
struct Known {
    version: u64,
    path: String,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl Repeats {
    /// Whether the same apply of the same object changed nothing before.
    pub(crate) fn knows(&self, call: &Call<'_>, version: u64) -> bool {
        let request = call.request;
        self.known.get(&(Arc::clone(&call.kind.resource), call.key())).is_some_and(|known| {
            known.version == version
                && known.body == request.body
                && known.query == request.query
                && known.path == request.path
        })
    }

    /// Remembers an apply that changed nothing.
    pub(crate) fn note(&mut self, call: &Call<'_>, live: &Value) {
        let request = call.request;
        if REPEAT_BYTES_MAX < request.body.len() {
            return;
        }
        if REPEATS_MAX <= self.known.len() {
            self.known.clear();
        }
        let known = Known {
            version: text(live, "/metadata/resourceVersion").parse().unwrap_or_default(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: request.body.clone(),
        };
        self.known.insert((Arc::clone(&call.kind.resource), call.key()), known);
    }

    /// Forgets everything, since kinds changed.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }
}
