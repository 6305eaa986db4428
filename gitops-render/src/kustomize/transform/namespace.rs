//! `namespace`.

use std::collections::HashMap;

use super::super::{
    config::{Create, Spec, set_scalar},
    id::is_cluster_kind,
    id::split_api_version,
    node::Node,
    problem::{Outcome, problem},
    scalar::Tag,
    set::Set,
};

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::kustomize) enum Subjects {
    /// Those with the name `default`.
    #[default]
    Default,
    /// Service accounts.
    Accounts,
    None,
}

/// What `namespace` does.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct Namespacer {
    pub(in crate::kustomize) namespace: String,
    pub(in crate::kustomize) fields: Vec<Spec>,
    pub(in crate::kustomize) subjects: Subjects,
    /// Whether only what has no namespace gets one.
    pub(in crate::kustomize) unset_only: bool,
}

impl Subjects {
    /// Reads `setRoleBindingSubjects`.
    pub(in crate::kustomize) fn read(text: &str) -> Outcome<Self> {
        match text {
            "" | "defaultOnly" => Ok(Self::Default),
            "allServiceAccounts" => Ok(Self::Accounts),
            "none" => Ok(Self::None),
            other => Err(problem(format!(
                "invalid value {other:?} for setRoleBindingSubjects: \
                 must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\""
            ))),
        }
    }
}

impl Namespacer {
    /// Sets the namespace of every resource.
    pub(in crate::kustomize) fn apply(&self, set: &mut Set) -> Outcome<()> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        let mut known: HashMap<_, usize> = HashMap::new();
        for resource in &set.list {
            *known.entry(resource.id().key()).or_default() += 1;
        }
        for at in 0..set.list.len() {
            let resource = &mut set.list[at];
            if resource.from_helm || resource.is_gone() {
                continue;
            }
            let before = resource.id().key();
            resource.remember_id();
            self.set(&mut resource.node)
                .map_err(|err| err.within(|| format!("namespace of {}", resource.id())))?;
            let (id, after) = (resource.id(), resource.id().key());
            if let Some(count) = known.get_mut(&before) {
                *count -= 1;
            }
            let count = known.entry(after).or_default();
            *count += 1;
            if 1 < *count {
                let text = format!("namespace transformation produces ID conflict: {id}");
                return Err(problem(text));
            }
        }
        Ok(())
    }

    /// Sets the namespace of one resource.
    pub(in crate::kustomize) fn set(&self, node: &mut Node) -> Outcome<()> {
        let api_version = node.get("apiVersion").map_or("", Node::text).to_owned();
        let kind = node.get("kind").map_or("", Node::text).to_owned();
        let (group, version) = split_api_version(&api_version);
        if !is_cluster_kind(group, version, &kind) {
            let spec = Spec::everywhere("metadata/namespace", true);
            spec.apply(node, Create::Scalar(Tag::None), &mut |field| self.put(field))?;
        }
        let binding = matches!(&*kind, "RoleBinding" | "ClusterRoleBinding");
        if binding {
            self.set_subjects(node)?;
        }
        for spec in &self.fields {
            let is = |path: &[&str]| spec.path == *path;
            // These are set above, or mean something else for other versions.
            if is(&["metadata", "namespace"])
                || (is(&["metadata", "name"]) && api_version != "v1")
                || (binding
                    && matches!(&*spec.kind, "RoleBinding" | "ClusterRoleBinding")
                    && is(&["subjects", "namespace"]))
            {
                continue;
            }
            spec.apply(node, Create::Scalar(Tag::Str), &mut |field| self.put(field))?;
        }
        Ok(())
    }

    fn put(&self, field: &mut Node) -> Outcome<()> {
        if self.unset_only && !field.known_text().is_empty() {
            return Ok(());
        }
        set_scalar(field, &self.namespace, Tag::Str)
    }

    fn set_subjects(&self, node: &mut Node) -> Outcome<()> {
        let subjects = node.as_map_mut().and_then(|map| map.get_mut("subjects"));
        let subjects = match subjects {
            None => return Ok(()),
            Some(Node::List(subjects)) => subjects,
            Some(other) if other.is_null() => return Ok(()),
            Some(other) => {
                return Err(problem(format!("subjects must be a list, found {}", other.shape())));
            }
        };
        for subject in subjects {
            let is = |key: &str, text: &str| subject.get(key).map(Node::text) == Some(text);
            let wanted = match self.subjects {
                Subjects::None => false,
                Subjects::Default => is("name", "default"),
                Subjects::Accounts => is("kind", "ServiceAccount"),
            };
            let Some(map) = subject.as_map_mut().filter(|_| wanted) else { continue };
            if map.get("namespace").is_none() {
                map.entries.push(("namespace".to_owned(), Node::untyped("")));
            }
            if let Some(field) = map.get_mut("namespace") {
                self.put(field)?;
            }
        }
        Ok(())
    }
}
