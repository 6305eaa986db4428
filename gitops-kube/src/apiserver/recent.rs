//! The trees of the versions that were asked for last, so that they need not be read again.

use std::{collections::HashMap, mem, sync::Arc};

use serde_json::Value;

/// How much text the trees may come from, in bytes; they themselves take about ten times that.
pub(crate) const RECENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Trees by version.
///
/// When the younger half is full it becomes the older one, and what nobody asked for since it was
/// there is forgotten.
#[derive(Debug)]
pub(crate) struct Recent {
    young: HashMap<u64, (Arc<Value>, usize)>,
    old: HashMap<u64, (Arc<Value>, usize)>,
    bytes: usize,
    limit: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self::of(RECENT_BYTES_MAX)
    }
}

impl Recent {
    fn of(limit: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, limit }
    }

    pub(crate) fn get(&mut self, version: u64) -> Option<Arc<Value>> {
        if let Some((tree, _)) = self.young.get(&version) {
            return Some(Arc::clone(tree));
        }
        let (tree, bytes) = self.old.remove(&version)?;
        self.note(version, &tree, bytes);
        Some(tree)
    }

    /// Remembers a tree that comes from `bytes` of text.
    pub(crate) fn note(&mut self, version: u64, tree: &Arc<Value>, bytes: usize) {
        if self.limit / 2 < self.bytes + bytes {
            self.old = mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(version, (Arc::clone(tree), bytes));
    }

    pub(crate) fn forget(&mut self, version: u64) {
        match self.young.remove(&version) {
            Some((_, bytes)) => self.bytes -= bytes,
            None => drop(self.old.remove(&version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::Recent;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes_beyond_the_limit() {
        let mut recent = Recent::of(20);
        for version in 1..=100 {
            recent.note(version, &Arc::new(json!(version)), 1);
            assert!(recent.get(1).is_some(), "asked for after every one, at {version}");
        }
        assert_eq!(recent.get(100).as_deref(), Some(&json!(100)));
        assert_eq!(recent.get(50), None);
        assert!(recent.young.len() + recent.old.len() <= 20);
        recent.forget(1);
        recent.forget(100);
        assert_eq!((recent.get(1), recent.get(100)), (None, None));
    }

    #[test]
    fn what_is_larger_than_the_limit_is_remembered_alone() {
        let mut recent = Recent::of(20);
        for version in 1..=3 {
            recent.note(version, &Arc::new(json!(version)), 1000);
        }
        assert_eq!(recent.young.len() + recent.old.len(), 2);
        assert!(recent.get(3).is_some());
    }
}
