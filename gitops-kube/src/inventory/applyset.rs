//! The labels and annotations of an `ApplySet` parent, as kubectl writes and reads them.

use std::collections::BTreeSet;

use gitops_core::{Inventory, ObjectId, Owner};
use serde_json::{Value, json};

const ID: &str = "applyset.kubernetes.io/id";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";

/// The keys under which claims and revision are kept.
pub(super) const CLAIMS: &str = "claims";
pub(super) const REVISION: &str = "revision";

/// One set of objects, and who keeps it.
#[derive(Clone, Debug)]
pub(super) struct ApplySet {
    owner: Owner,
    tool: String,
    namespace: String,
}

impl ApplySet {
    pub(super) fn new(owner: Owner, tool: &str, namespace: &str) -> Self {
        Self { owner, tool: tool.to_owned(), namespace: namespace.to_owned() }
    }

    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Returns labels and annotations of the parent of what `inventory` holds.
    pub(super) fn metadata(&self, inventory: &Inventory) -> Value {
        let kinds: BTreeSet<String> = inventory.ids().map(group_kind).collect();
        let namespaces: BTreeSet<&str> = inventory
            .ids()
            .filter_map(|id| id.namespace.as_deref())
            .filter(|namespace| *namespace != self.namespace)
            .collect();
        json!({
            "labels": { ID: self.owner.as_str() },
            "annotations": {
                TOOLING: format!("{}/v{}", self.tool, env!("CARGO_PKG_VERSION")),
                KINDS: kinds.into_iter().collect::<Vec<_>>().join(","),
                NAMESPACES: namespaces.into_iter().collect::<Vec<_>>().join(","),
            },
        })
    }

    /// Says what is wrong with `stored` when it is not the parent of this set.
    pub(super) fn check(&self, stored: &Value) -> Result<(), String> {
        let metadata = |part: &str, key: &str| {
            stored.get("metadata")?.get(part)?.get(key)?.as_str().map(str::to_owned)
        };
        let Some(tooling) = metadata("annotations", TOOLING) else {
            return Err(format!(
                "it is no inventory, for it has no annotation {TOOLING}; choose another name"
            ));
        };
        // The tool is everything before the last slash; what follows is its version.
        let tool = tooling.rsplit_once('/').map_or(tooling.as_str(), |(tool, _)| tool);
        if tool != self.tool {
            return Err(format!("it belongs to {tool:?}; choose another name"));
        }
        match metadata("labels", ID) {
            Some(id) if id == self.owner.as_str() => Ok(()),
            Some(id) => Err(format!("its label {ID} is {id}, expected {}", self.owner)),
            None => Err(format!("its label {ID} is missing, expected {}", self.owner)),
        }
    }
}

fn group_kind(id: &ObjectId) -> String {
    if id.group.is_empty() { id.kind.clone() } else { format!("{}.{}", id.kind, id.group) }
}
