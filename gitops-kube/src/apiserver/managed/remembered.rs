//! The managers of objects that were written last, so that they need not be read again.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::owners::Managed;
use crate::apiserver::{
    store::{Key, ResourceName},
    world::text,
};

/// Of how many objects the managers are remembered; when there are more, all are forgotten.
pub(crate) const REMEMBERED_MAX: usize = 1_024;

/// Managers, by object and version.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    known: HashMap<(Arc<ResourceName>, Key), (String, Managed)>,
}

impl Remembered {
    /// Returns the managers of a stored object.
    pub(crate) fn of(&self, resource: &Arc<ResourceName>, key: &Key, live: &Value) -> Managed {
        let version = text(live, "/metadata/resourceVersion");
        match self.known.get(&(Arc::clone(resource), key.clone())) {
            Some((known, managed)) if known == version => managed.clone(),
            _ => Managed::of(live),
        }
    }

    /// Remembers the managers that were written into a stored object.
    pub(crate) fn note(
        &mut self,
        resource: &Arc<ResourceName>,
        key: Key,
        stored: &Value,
        managed: Managed,
    ) {
        // Who scaled reads back under another version than it is known by here.
        let reads_back = managed
            .owners
            .iter()
            .all(|(manager, owned)| manager.version.is_empty() || manager.version == owned.version);
        if !reads_back {
            self.known.remove(&(Arc::clone(resource), key));
            return;
        }
        if REMEMBERED_MAX <= self.known.len() {
            self.known.clear();
        }
        let version = text(stored, "/metadata/resourceVersion").to_owned();
        self.known.insert((Arc::clone(resource), key), (version, managed));
    }
}
