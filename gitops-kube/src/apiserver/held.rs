//! One version of an object as the store holds it: its text, and what is asked of it most.

use std::sync::Arc;

use serde_json::Value;

use super::{
    garbage::owners,
    shown::{Json, Shown},
    world::{At, text},
};

/// One version of an object.
///
/// A tree takes ten times the room of its text, so that the text is what is held; the trees of the
/// versions that were asked for last are remembered elsewhere.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) version: u64,
    pub(crate) uid: Box<str>,
    /// The uids of the owners.
    pub(crate) owners: Box<[Box<str>]>,
    /// Whether the object is on its way out.
    pub(crate) marked: bool,
    pub(crate) json: Json,
    /// The tree of an object that is too deep to be read back from its text.
    deep: Option<Arc<Value>>,
}

impl Held {
    pub(crate) fn of(version: u64, tree: &Arc<Value>) -> Self {
        let json = Json::of(tree);
        let deep = json.is_deep().then(|| Arc::clone(tree));
        Self {
            version,
            uid: text(tree, "/metadata/uid").into(),
            owners: owners(tree).iter().map(|owner| text(owner, "/uid").into()).collect(),
            marked: tree.at("/metadata/deletionTimestamp").is_some(),
            json,
            deep,
        }
    }

    /// Returns the object as a tree.
    pub(crate) fn tree(&self) -> Arc<Value> {
        self.deep.clone().unwrap_or_else(|| Arc::new(self.json.parse()))
    }

    /// Returns the object for an answer.
    pub(crate) fn shown(&self) -> Shown {
        match &self.deep {
            Some(tree) => Shown::both(Arc::clone(tree), self.json.clone()),
            None => Shown::from(self.json.clone()),
        }
    }
}
