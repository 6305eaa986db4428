//! One resource of a build, and a set of them.

use gitops_core::Origin;

use super::{
    id::{Id, is_cluster_kind, split_api_version},
    metadata::Provenance,
    node::Node,
    scalar::{Scalar, Tag},
};

/// What happens to the object that a generator's one meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

/// The name that a resource had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Previous {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) kind: String,
}

/// One resource while it goes through a build.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an annotation of its own")]
pub(super) struct Resource {
    pub(super) node: Node,
    /// Where it was written.
    pub(super) at: Origin,
    /// The names it had, the first one first.
    pub(super) previous: Vec<Previous>,
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    /// Whether its name gets a hash in the end.
    pub(super) needs_hash: bool,
    pub(super) behavior: Behavior,
    /// What a patch may change; of patches only.
    pub(super) allow_name_change: bool,
    pub(super) allow_kind_change: bool,
    /// The variables that read it.
    pub(super) variables: Vec<String>,
    /// Whether Helm made it, which gave it its namespace.
    pub(super) from_helm: bool,
    pub(super) provenance: Provenance,
}

impl Resource {
    pub(super) fn new(node: Node, at: Origin) -> Self {
        Self {
            node,
            at,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            needs_hash: false,
            behavior: Behavior::default(),
            allow_name_change: false,
            allow_kind_change: false,
            variables: Vec::new(),
            from_helm: false,
            provenance: Provenance::default(),
        }
    }

    pub(super) fn kind(&self) -> &str {
        self.node.get("kind").map_or("", Node::text)
    }

    pub(super) fn api_version(&self) -> &str {
        self.node.get("apiVersion").map_or("", Node::text)
    }

    pub(super) fn name(&self) -> &str {
        self.meta("name")
    }

    pub(super) fn namespace(&self) -> &str {
        self.meta("namespace")
    }

    fn meta(&self, key: &str) -> &str {
        let found = self.node.get("metadata").and_then(|meta| meta.get(key));
        found.filter(|value| !value.is_empty()).map_or("", Node::text)
    }

    pub(super) fn set_name(&mut self, name: &str) {
        self.set_meta("name", name);
    }

    pub(super) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            let meta = self.node.as_map_mut().and_then(|map| map.get_mut("metadata"));
            if let Some(meta) = meta.and_then(Node::as_map_mut) {
                meta.remove("namespace");
            }
            return;
        }
        self.set_meta("namespace", namespace);
    }

    fn set_meta(&mut self, key: &str, text: &str) {
        if let Some(meta) = self.node.make_map(&["metadata"]) {
            meta.set(key, Node::untyped(text));
        }
    }

    pub(super) fn set_kind(&mut self, kind: &str) {
        if let Some(map) = self.node.as_map_mut() {
            map.set("kind", Node::untyped(kind));
        }
    }

    /// Returns what it is called.
    pub(super) fn id(&self) -> Id {
        let (group, version) = split_api_version(self.api_version());
        Id {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: self.kind().to_owned(),
            name: self.name().to_owned(),
            namespace: self.namespace().to_owned(),
            cluster: is_cluster_kind(group, version, self.kind()),
        }
    }

    /// Returns what it was called, the first name first.
    pub(super) fn previous_ids(&self) -> impl Iterator<Item = Id> {
        let (group, version) = split_api_version(self.api_version());
        self.previous.iter().map(move |previous| Id {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: previous.kind.clone(),
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
            cluster: false,
        })
    }

    /// Returns what it was called when it was read.
    pub(super) fn original_id(&self) -> Id {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Returns all names, the current one last.
    pub(super) fn all_ids(&self) -> Vec<Id> {
        self.previous_ids().chain([self.id()]).collect()
    }

    /// Forgets what it was called and where it came from.
    pub(super) fn forget(&mut self) {
        let node = std::mem::replace(&mut self.node, Node::map());
        let variables = std::mem::take(&mut self.variables);
        *self = Self { variables, ..Self::new(node, self.at.clone()) };
    }

    /// Remembers what it is called before that changes.
    pub(super) fn remember_id(&mut self) {
        let id = self.id();
        let namespace = id.effective_namespace().to_owned();
        self.previous.push(Previous { namespace, name: id.name, kind: id.kind });
    }

    /// Returns a string of `metadata.annotations`.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.node.find(&["metadata", "annotations", key]).map(Node::text)
    }

    /// Returns the pairs of `metadata.labels` or `metadata.annotations`.
    pub(super) fn pairs(&self, field: &str) -> Vec<(&str, &str)> {
        let map = self.node.find(&["metadata", field]).and_then(Node::as_map);
        let entries = map.into_iter().flat_map(|map| &map.entries);
        entries.map(|(key, value)| (key.as_str(), value.text())).collect()
    }

    /// Replaces `metadata.labels` or `metadata.annotations`; without pairs the field goes away.
    pub(super) fn set_pairs(&mut self, field: &str, pairs: Vec<(String, String)>) {
        let Some(meta) = self.node.make_map(&["metadata"]) else { return };
        meta.remove(field);
        if pairs.is_empty() {
            return;
        }
        let entries = pairs.into_iter().map(|(key, text)| (key, Node::string(text))).collect();
        meta.entries.push((field.to_owned(), Node::Map(super::node::Mapping::of(entries))));
    }

    /// Whether nothing is left of it.
    pub(super) fn is_gone(&self) -> bool {
        self.node.is_empty()
    }

    /// Takes everything out, so that it is dropped.
    pub(super) fn clear(&mut self) {
        self.node = Node::Scalar(Scalar::of(Tag::Null, ""));
    }
}
