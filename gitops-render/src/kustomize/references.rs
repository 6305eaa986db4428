//! Names that follow the objects they name.

use std::collections::HashMap;

use super::{
    config::{Fields, References, Spec},
    id::Id,
    node::Node,
    problem::{Outcome, problem},
    resource::Resource,
    set::Set,
};

// What a reference needs to know of an object that had another name.
struct Target {
    at: usize,
    id: Id,
    original: Id,
    previous: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

impl Target {
    fn new(at: usize, resource: &Resource) -> Self {
        Self {
            at,
            id: resource.id(),
            original: resource.original_id(),
            previous: resource.previous_ids().collect(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        }
    }

    fn was(&self, group: &str, version: &str, kind: &str) -> bool {
        self.previous.iter().any(|id| id.is_of(group, version, kind))
    }
}

/// Changes every name of an object that has another name by now.
pub(super) fn update(set: &mut Set, fields: &Fields) -> Outcome<()> {
    if set.list.iter().all(|found| found.previous.is_empty()) {
        return Ok(());
    }
    let indexed = set.list.iter().enumerate();
    let targets: Vec<Target> = indexed.map(|(at, found)| Target::new(at, found)).collect();
    let mut by_name: HashMap<&str, Vec<&Target>> = HashMap::new();
    for target in &targets {
        for id in &target.previous {
            let known = by_name.entry(&id.name).or_default();
            if known.last().is_none_or(|last| last.at != target.at) {
                known.push(target);
            }
        }
    }
    for resource in &mut set.list {
        let at = resource.at.clone();
        let referrer = Referrer::new(resource);
        for references in &fields.name_reference {
            for spec in &references.fields {
                if !referrer.is_of(spec) {
                    continue;
                }
                let finder = Finder {
                    referrer: &referrer,
                    references,
                    spec,
                    targets: &targets,
                    by_name: &by_name,
                };
                let done = spec.apply_to_any(&mut resource.node, &mut |node| finder.set(node));
                done.map_err(|err| err.within(|| format!("{}", referrer.id)).at(|| at.clone()))?;
            }
        }
    }
    Ok(())
}

// The object that holds the names.
struct Referrer {
    id: Id,
    original: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// The namespaces of the accounts that a binding names.
    subjects: Vec<String>,
    role: Option<(String, String)>,
}

impl Referrer {
    fn new(resource: &Resource) -> Self {
        let text = |node: &Node, key: &str| node.get(key).map(|found| found.text().to_owned());
        let role = resource.node.get("roleRef");
        let subjects = match (resource.kind(), resource.node.get("subjects")) {
            ("RoleBinding", Some(Node::List(subjects))) => subjects
                .iter()
                .filter(|subject| text(subject, "kind").as_deref() == Some("ServiceAccount"))
                .filter_map(|subject| text(subject, "namespace"))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            id: resource.id(),
            original: resource.original_id(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
            subjects,
            role: role.and_then(|role| Some((text(role, "apiGroup")?, text(role, "kind")?))),
        }
    }

    fn is_of(&self, spec: &Spec) -> bool {
        self.original.is_of(&spec.group, &spec.version, &spec.kind)
    }

    // Whether it may name an object in another namespace, or that one is in its own.
    fn may_name(&self, target: &Target) -> bool {
        self.id.cluster
            || target.id.cluster
            || target.id.effective_namespace() == self.id.effective_namespace()
            || self.subjects.contains(&target.id.namespace)
    }
}

struct Finder<'a> {
    referrer: &'a Referrer,
    references: &'a References,
    spec: &'a Spec,
    targets: &'a [Target],
    by_name: &'a HashMap<&'a str, Vec<&'a Target>>,
}

impl Finder<'_> {
    fn set(&self, node: &mut Node) -> Outcome<()> {
        match node {
            Node::List(items) => items.iter_mut().try_for_each(|item| match item {
                Node::List(_) => Err(problem("expected a name or a mapping with a name")),
                other if other.is_null() => Ok(()),
                other => self.set_one(other),
            }),
            other if other.is_null() => Ok(()),
            other => self.set_one(other),
        }
    }

    fn set_one(&self, node: &mut Node) -> Outcome<()> {
        match node {
            Node::Scalar(scalar) => {
                let all = |targets: &[&Target]| {
                    targets.iter().all(|target| target.id.name == targets[0].id.name)
                };
                if let Some(target) = self.find(&scalar.text, |_| true, all)?
                    && target.id.name != scalar.text
                {
                    scalar.text.clone_from(&target.id.name);
                    scalar.tag = super::scalar::Tag::None;
                }
                Ok(())
            }
            _ => self.set_mapping(node),
        }
    }

    fn set_mapping(&self, node: &mut Node) -> Outcome<()> {
        let name = match node.get("name") {
            Some(name) => name.text().to_owned(),
            None => return Err(problem("path config error; no 'name' field in node")),
        };
        let namespace = node.get("namespace").map(|found| found.text().to_owned());
        let original = namespace.as_deref().is_some_and(|namespace| self.any_in(namespace));
        let in_namespace = |target: &Target| match &namespace {
            None => true,
            Some(namespace) => {
                let id = if original { &target.original } else { &target.id };
                !target.id.cluster && id.effective_namespace() == namespace
            }
        };
        let same = |targets: &[&Target]| {
            let first = &targets[0].id;
            let same = |target: &&Target| {
                target.id.name == first.name && target.id.namespace == first.namespace
            };
            targets.iter().all(same)
        };
        let Some(target) = self.find(&name, in_namespace, same)? else { return Ok(()) };
        let (new_name, new_namespace) = (&target.id.name, &target.id.namespace);
        if *new_name == name && new_namespace.is_empty() {
            return Ok(());
        }
        let Some(map) = node.as_map_mut() else { return Ok(()) };
        map.set("name", Node::untyped(new_name));
        if !new_namespace.is_empty() {
            map.set("namespace", Node::untyped(new_namespace));
        }
        Ok(())
    }

    // Whether any object that can be named was in the namespace when it was read.
    fn any_in(&self, namespace: &str) -> bool {
        self.targets.iter().any(|target| {
            self.referrer.may_name(target) && target.original.effective_namespace() == namespace
        })
    }

    fn find(
        &self,
        name: &str,
        matches: impl Fn(&Target) -> bool,
        identical: impl Fn(&[&Target]) -> bool,
    ) -> Outcome<Option<&Target>> {
        let Some(named) = self.by_name.get(name) else { return Ok(None) };
        let References { group, version, kind, .. } = self.references;
        let role = self.referrer.role.as_ref().filter(|_| {
            let steps = self.spec.path.steps();
            let mut end = steps.iter().rev();
            end.next().is_some_and(|step| *step == "name")
                && end.next().is_some_and(|step| step.ends_with("roleRef"))
        });
        let mut found: Vec<&Target> = named
            .iter()
            .copied()
            .filter(|target| self.referrer.may_name(target) && matches(target))
            .filter(|target| target.was(group, version, kind))
            .filter(|target| role.is_none_or(|(group, kind)| target.was(group, "", kind)))
            .filter(|target| self.is_near(target))
            .collect();
        if found.len() == 1 {
            return Ok(found.pop());
        }
        found.retain(|target| self.same_names_added(target, true));
        if 1 < found.len() {
            found.retain(|target| self.same_names_added(target, false));
        }
        if found.len() < 2 || identical(&found) {
            return Ok(found.first().copied());
        }
        let ids: Vec<String> = found.iter().map(|target| target.id.to_string()).collect();
        Err(problem(format!("found multiple possible referrals: {}", ids.join(", "))))
    }

    fn is_near(&self, target: &Target) -> bool {
        let referrer = &self.referrer.id;
        referrer.cluster
            || target.id.cluster
            || target.id.kind == "ServiceAccount"
            || referrer.effective_namespace() == target.id.effective_namespace()
    }

    fn same_names_added(&self, target: &Target, empty_matches: bool) -> bool {
        let same = |left: &[String], right: &[String]| {
            (empty_matches && (left.is_empty() || right.is_empty())) || same_ending(left, right)
        };
        same(&self.referrer.prefixes, &target.prefixes)
            && same(&self.referrer.suffixes, &target.suffixes)
    }
}

// Whether the shorter list is the end of the longer one.
fn same_ending(left: &[String], right: &[String]) -> bool {
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}
