//! One version of an object as the store holds it: its text, and what is asked of it most.

use std::sync::Arc;

use serde_json::Value;

use super::{
    garbage::owners,
    managed::Managed,
    shown::Json,
    world::{At, metadata, text},
};

/// An object, and beside it who owns its fields.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The object without `managedFields`.
    pub(crate) tree: Arc<Value>,
    pub(crate) managed: Arc<Managed>,
}

impl Parts {
    /// Takes an object and its managers apart.
    pub(crate) fn of(mut whole: Value) -> Self {
        let managed = Managed::of(&whole);
        metadata(&mut whole).remove("managedFields");
        Self { tree: Arc::new(whole), managed: Arc::new(managed) }
    }

    /// Returns the object with its managers in it.
    pub(crate) fn whole(&self) -> Value {
        let mut whole = (*self.tree).clone();
        self.managed.write(&mut whole);
        whole
    }
}

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
    /// The whole object.
    pub(crate) json: Json,
    /// What is too deep to be read back from its text.
    deep: Option<Parts>,
}

impl Held {
    pub(crate) fn of(version: u64, parts: &Parts) -> Self {
        let tree = &parts.tree;
        let json = Json::of_parts(tree, &parts.managed);
        let deep = json.is_deep().then(|| parts.clone());
        Self {
            version,
            uid: text(tree, "/metadata/uid").into(),
            owners: owners(tree).iter().map(|owner| text(owner, "/uid").into()).collect(),
            marked: tree.at("/metadata/deletionTimestamp").is_some(),
            json,
            deep,
        }
    }

    /// Reads the object and its managers.
    pub(crate) fn parts(&self) -> Parts {
        self.deep.clone().unwrap_or_else(|| Parts::of(self.json.parse()))
    }

    /// Reads the whole object.
    pub(crate) fn whole(&self) -> Value {
        self.deep.as_ref().map_or_else(|| self.json.parse(), Parts::whole)
    }
}
