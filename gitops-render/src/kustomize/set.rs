//! The resources of a build, in the order in which they came.

use std::collections::{BTreeMap, HashSet};

use gitops_core::{ObjectId, RenderError};

use super::{
    id::Id,
    limits::KUSTOMIZE_RESOURCES_MAX,
    problem::{Outcome, problem},
    resource::{Behavior, Resource},
};

/// Resources in order. No two have one id.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) list: Vec<Resource>,
}

impl Set {
    /// Adds resources whose ids must be free.
    pub(super) fn append(&mut self, resources: Vec<Resource>) -> Outcome<()> {
        if KUSTOMIZE_RESOURCES_MAX < self.list.len() + resources.len() {
            let max = KUSTOMIZE_RESOURCES_MAX;
            return Err(problem(format!("more resources than KUSTOMIZE_RESOURCES_MAX: {max}")));
        }
        let mut known: HashSet<_> = self.list.iter().map(|resource| resource.id().key()).collect();
        for resource in resources {
            let id = resource.id();
            if !known.insert(id.key()) {
                return Err(self.twice(&id, &resource));
            }
            self.list.push(resource);
        }
        Ok(())
    }

    fn twice(&self, id: &Id, second: &Resource) -> Box<super::problem::Problem> {
        let first = self.list.iter().find(|resource| resource.id().same(id));
        let first = first.map_or_else(|| second.at.clone(), |first| first.at.clone());
        let namespace = Some(id.namespace.clone()).filter(|namespace| !namespace.is_empty());
        let (group, kind, name) = (id.group.clone(), id.kind.clone(), id.name.clone());
        let id = ObjectId { group, kind, namespace, name };
        RenderError::Duplicate { id, first, second: second.at.clone() }.into()
    }

    /// Returns where the resources are that go or went by a name that `matches`.
    pub(super) fn by_any_id(&self, matches: impl Fn(&Id) -> bool) -> Vec<usize> {
        let found = |resource: &Resource| {
            !resource.is_gone()
                && (resource.previous_ids().any(|id| matches(&id)) || matches(&resource.id()))
        };
        let indexed = self.list.iter().enumerate();
        indexed.filter(|(_, resource)| found(resource)).map(|(at, _)| at).collect()
    }

    /// Returns where the one resource is that goes or went by `id`.
    pub(super) fn one_by_id(&self, id: &Id) -> Outcome<usize> {
        let found = self.by_any_id(|other| id.same(other));
        let count = match found[..] {
            [at] => return Ok(at),
            [] => "no matches",
            _ => "multiple matches",
        };
        let text = format!("{count} for Id {id}; failed to find unique target for patch {id}");
        Err(problem(text))
    }

    /// Adds what a generator made, or puts it in the place of what it changes.
    pub(super) fn absorb(&mut self, mut resource: Resource) -> Outcome<()> {
        let id = resource.id();
        let found = self.by_any_id(|other| id.same(other));
        let at = match found[..] {
            [] => {
                if matches!(resource.behavior, Behavior::Merge | Behavior::Replace) {
                    let text = format!("id {id} does not exist; cannot merge or replace");
                    return Err(problem(text));
                }
                return self.append(vec![resource]);
            }
            [at] => at,
            _ => {
                let text = format!("found {} objects that could accept merge of {id}", found.len());
                return Err(problem(text));
            }
        };
        let old = &self.list[at];
        match resource.behavior {
            Behavior::Replace => resource.take_metadata_of(old),
            Behavior::Merge => {
                resource.take_metadata_of(old);
                resource.merge_data_of(old, "data");
                resource.merge_data_of(old, "binaryData");
                resource.provenance = old.provenance.clone();
            }
            Behavior::Unspecified | Behavior::Create => {
                let behavior = match resource.behavior {
                    Behavior::Create => "create",
                    _ => "unspecified",
                };
                return Err(problem(format!(
                    "id {id} exists; can not use behavior: '{behavior}', \
                     behavior must be merge or replace"
                )));
            }
        }
        self.list[at] = resource;
        Ok(())
    }

    /// Drops what is empty.
    pub(super) fn drop_gone(&mut self) {
        self.list.retain(|resource| !resource.is_gone());
    }
}

impl Resource {
    // Names, labels and annotations of the old object stay, those of this one come on top.
    fn take_metadata_of(&mut self, old: &Self) {
        for field in ["labels", "annotations"] {
            let pairs = merged(old.pairs(field), self.pairs(field));
            self.set_pairs(field, pairs);
        }
        self.needs_hash &= old.needs_hash;
        self.previous.clone_from(&old.previous);
        self.prefixes.clone_from(&old.prefixes);
        self.suffixes.clone_from(&old.suffixes);
        self.behavior = old.behavior;
        self.variables.clone_from(&old.variables);
        self.from_helm = old.from_helm;
        self.set_name(old.name());
        self.set_namespace(old.namespace());
    }

    fn merge_data_of(&mut self, old: &Self, field: &str) {
        let pairs = |resource: &Self| -> Vec<(String, String)> {
            let map = resource.node.get(field).and_then(|data| data.as_map());
            let entries = map.into_iter().flat_map(|map| &map.entries);
            entries.map(|(key, value)| (key.clone(), value.known_text().to_owned())).collect()
        };
        let all: BTreeMap<String, String> = pairs(old).into_iter().chain(pairs(self)).collect();
        let Some(map) = self.node.as_map_mut() else { return };
        map.remove(field);
        if all.is_empty() {
            return;
        }
        let entries = all.into_iter().map(|(key, text)| (key, super::node::Node::string(text)));
        let data = super::node::Mapping::of(entries.collect());
        map.entries.push((field.to_owned(), super::node::Node::Map(data)));
    }
}

fn merged(old: Vec<(&str, &str)>, new: Vec<(&str, &str)>) -> Vec<(String, String)> {
    let all: BTreeMap<_, _> = old.into_iter().chain(new).collect();
    all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
