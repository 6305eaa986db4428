//! Objects that are stored in other bytes than those they would be written in after reading them.
//!
//! A real server leaves an object alone when the bytes to write are those it has. Some writes leave
//! bytes that no later write repeats, so that the next one counts, though it changes nothing.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{
    store::{Key, ResourceName},
    traces::Rewritten,
    world::text,
};

/// How many such objects are remembered; when there are more, all are forgotten.
pub(crate) const STALE_MAX: usize = 1_024;

/// Such objects, with the version they have and why they are what they are.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    known: HashMap<(Arc<ResourceName>, Key), (String, Rewritten)>,
}

impl Stale {
    /// Says why the next write of a stored object counts, whatever it says.
    pub(crate) fn why(
        &self,
        resource: &Arc<ResourceName>,
        key: &Key,
        live: &Value,
    ) -> Option<Rewritten> {
        if self.known.is_empty() {
            return None;
        }
        let (version, why) = self.known.get(&(Arc::clone(resource), key.clone()))?;
        (version == text(live, "/metadata/resourceVersion")).then_some(*why)
    }

    /// Remembers that an object that was just stored is such a one.
    pub(crate) fn note(
        &mut self,
        resource: &Arc<ResourceName>,
        key: Key,
        stored: &Value,
        why: Rewritten,
    ) {
        if STALE_MAX <= self.known.len() {
            self.known.clear();
        }
        let version = text(stored, "/metadata/resourceVersion").to_owned();
        self.known.insert((Arc::clone(resource), key), (version, why));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_stale_in_one_version_and_there_is_a_limit() {
        let resource =
            Arc::new(ResourceName { group: String::new(), plural: "secrets".to_owned() });
        let object = |version: &str| json!({ "metadata": { "resourceVersion": version } });
        let key = |name: usize| ("default".to_owned(), name.to_string());
        let mut stale = Stale::default();
        let why = Rewritten::NullBytes;
        stale.note(&resource, key(0), &object("1"), why);
        assert_eq!(stale.why(&resource, &key(0), &object("1")), Some(why));
        assert_eq!(stale.why(&resource, &key(0), &object("2")), None);
        for name in 1..=STALE_MAX {
            stale.note(&resource, key(name), &object("1"), why);
        }
        assert_eq!(stale.why(&resource, &key(0), &object("1")), None);
        assert_eq!(stale.why(&resource, &key(STALE_MAX), &object("1")), Some(why));
    }
}
