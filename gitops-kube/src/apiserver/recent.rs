//! The trees of the versions that were asked for last, so that they need not be read again.

use std::{collections::HashMap, mem};

use super::held::Parts;

/// How much text the trees may come from, in bytes; they themselves take about ten times that.
pub(crate) const RECENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Trees by version.
///
/// When the younger half is full it becomes the older one, and what nobody asked for since it was
/// there is forgotten.
#[derive(Debug)]
pub(crate) struct Recent {
    young: HashMap<u64, (Parts, usize)>,
    old: HashMap<u64, (Parts, usize)>,
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

    pub(crate) fn get(&mut self, version: u64) -> Option<Parts> {
        if let Some((parts, _)) = self.young.get(&version) {
            return Some(parts.clone());
        }
        let (parts, bytes) = self.old.remove(&version)?;
        self.note(version, parts.clone(), bytes);
        Some(parts)
    }

    /// Remembers a tree that comes from `bytes` of text.
    pub(crate) fn note(&mut self, version: u64, parts: Parts, bytes: usize) {
        if self.limit / 2 < self.bytes + bytes {
            self.old = mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(version, (parts, bytes));
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
    use serde_json::{Value, json};

    use super::{Parts, Recent};

    fn parts(version: u64) -> Parts {
        Parts::of(json!({ "metadata": version }))
    }

    fn known(recent: &mut Recent, version: u64) -> Option<Value> {
        recent.get(version).map(|parts| (*parts.tree).clone())
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes_beyond_the_limit() {
        let mut recent = Recent::of(20);
        for version in 1..=100 {
            recent.note(version, parts(version), 1);
            assert!(recent.get(1).is_some(), "asked for after every one, at {version}");
        }
        assert!(known(&mut recent, 100).is_some());
        assert_eq!(known(&mut recent, 50), None);
        assert!(recent.young.len() + recent.old.len() <= 20);
        recent.forget(1);
        recent.forget(100);
        assert_eq!((known(&mut recent, 1), known(&mut recent, 100)), (None, None));
    }

    #[test]
    fn what_is_larger_than_the_limit_is_remembered_alone() {
        let mut recent = Recent::of(20);
        for version in 1..=3 {
            recent.note(version, parts(version), 1000);
        }
        assert_eq!(recent.young.len() + recent.old.len(), 2);
        assert!(recent.get(3).is_some());
    }
}
