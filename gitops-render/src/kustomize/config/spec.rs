//! One field of some kinds, and the way to it.

use std::{borrow::Cow, fmt};

use super::super::{
    id::split_api_version,
    manifest::FieldSpec,
    node::Node,
    problem::{Outcome, problem},
    scalar::{Scalar, Tag},
};

/// A word of the built-in table, or one that was read.
pub(in crate::kustomize) type Text = Cow<'static, str>;

/// A field of the objects of some kinds; an empty group, version or kind means any.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::kustomize) struct Spec {
    pub(in crate::kustomize) group: Text,
    pub(in crate::kustomize) version: Text,
    pub(in crate::kustomize) kind: Text,
    pub(in crate::kustomize) path: FieldPath,
    /// Whether the field is made where it is missing.
    pub(in crate::kustomize) create: bool,
}

/// The way to a field, a step for each name.
#[derive(Clone, Debug)]
pub(in crate::kustomize) enum FieldPath {
    /// Of the built-in table, where no step holds a delimiter.
    Known(&'static str),
    /// As it was read.
    Read(Vec<String>),
}

impl FieldPath {
    pub(in crate::kustomize) fn steps(&self) -> Vec<&str> {
        match self {
            Self::Known(path) => path.split('/').collect(),
            Self::Read(steps) => steps.iter().map(String::as_str).collect(),
        }
    }
}

impl Default for FieldPath {
    fn default() -> Self {
        Self::Read(Vec::new())
    }
}

impl PartialEq for FieldPath {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(path), Self::Known(other)) => path == other,
            (Self::Read(steps), Self::Read(others)) => steps == others,
            (Self::Known(path), Self::Read(steps)) | (Self::Read(steps), Self::Known(path)) => {
                path.split('/').eq(steps.iter().map(String::as_str))
            }
        }
    }
}

impl PartialEq<[&str]> for FieldPath {
    fn eq(&self, other: &[&str]) -> bool {
        match self {
            Self::Known(path) => path.split('/').eq(other.iter().copied()),
            Self::Read(steps) => steps == other,
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(path) => f.write_str(path),
            Self::Read(steps) => f.write_str(&steps.join("/")),
        }
    }
}

/// What is made where a field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kustomize) enum Create {
    Nothing,
    Scalar(Tag),
    Map,
}

impl From<&FieldSpec> for Spec {
    fn from(spec: &FieldSpec) -> Self {
        Self {
            group: spec.group.clone().into(),
            version: spec.version.clone().into(),
            kind: spec.kind.clone().into(),
            path: FieldPath::Read(split_path(&spec.path, '/')),
            create: spec.create,
        }
    }
}

/// Splits a path. `\` keeps the delimiter that follows it in its step.
pub(in crate::kustomize) fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut parts = path.split(delimiter).peekable();
    if path.starts_with(delimiter) {
        parts.next();
    }
    let mut steps: Vec<String> = Vec::new();
    for part in parts {
        match steps.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => steps.push(part.to_owned()),
        }
    }
    steps
}

impl Spec {
    /// Returns the same field of every kind.
    pub(in crate::kustomize) fn everywhere(path: &str, create: bool) -> Self {
        Self { path: FieldPath::Read(split_path(path, '/')), create, ..Self::default() }
    }

    /// Whether this is a field of the object.
    pub(in crate::kustomize) fn is_of(&self, node: &Node) -> bool {
        let kind = node.get("kind").map_or("", Node::text);
        if !self.kind.is_empty() && self.kind != kind {
            return false;
        }
        if self.group.is_empty() && self.version.is_empty() {
            return true;
        }
        let (group, version) = split_api_version(node.get("apiVersion").map_or("", Node::text));
        (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }

    /// Calls `set` with every value at this field of the object.
    pub(in crate::kustomize) fn apply(
        &self,
        node: &mut Node,
        create: Create,
        set: &mut dyn FnMut(&mut Node) -> Outcome<()>,
    ) -> Outcome<()> {
        if !self.is_of(node) {
            return Ok(());
        }
        self.walk(node, &self.path.steps(), create, set)
            .map_err(|err| err.within(|| format!("field {}", self.path)))
    }

    /// Calls `set` with every value at this field, whatever the object is.
    pub(in crate::kustomize) fn apply_to_any(
        &self,
        node: &mut Node,
        set: &mut dyn FnMut(&mut Node) -> Outcome<()>,
    ) -> Outcome<()> {
        self.walk(node, &self.path.steps(), Create::Nothing, set)
            .map_err(|err| err.within(|| format!("field {}", self.path)))
    }

    fn walk(
        &self,
        node: &mut Node,
        path: &[&str],
        create: Create,
        set: &mut dyn FnMut(&mut Node) -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((step, rest)) = path.split_first() else { return set(node) };
        match node {
            Node::Scalar(scalar) if scalar.tag == Tag::Null => Ok(()),
            Node::Scalar(_) => {
                Err(problem(format!("expected a list or a mapping before {step:?}")))
            }
            Node::List(items) => {
                items.iter_mut().try_for_each(|item| self.walk(item, path, create, set))
            }
            Node::Map(map) => {
                let (name, is_list) = match step.strip_suffix("[]") {
                    Some(name) => (name, true),
                    None => (*step, false),
                };
                if name.is_empty() {
                    return Err(problem("cannot set or create an empty field name"));
                }
                let made = match create {
                    _ if is_list => Some(Node::List(Vec::new())),
                    _ if !self.create => None,
                    Create::Nothing => None,
                    _ if !rest.is_empty() => Some(Node::map()),
                    Create::Map => Some(Node::map()),
                    Create::Scalar(tag) => Some(Node::Scalar(Scalar::of(tag, ""))),
                };
                match (map.get_mut(name), made) {
                    (Some(found), Some(made)) if found.is_null() => *found = made,
                    (Some(_), _) => {}
                    (None, Some(made)) if !is_list => map.entries.push((name.to_owned(), made)),
                    (None, _) => return Ok(()),
                }
                match map.get_mut(name) {
                    Some(found) => self.walk(found, rest, create, set),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Puts a text in the place of a scalar, whose quotes stay.
pub(in crate::kustomize) fn set_scalar(node: &mut Node, text: &str, tag: Tag) -> Outcome<()> {
    let Node::Scalar(old) = node else {
        return Err(problem(format!("expected a scalar, found {}", node.shape())));
    };
    *old = Scalar { text: text.to_owned(), tag, quoted: old.quoted };
    Ok(())
}

/// Sets a key of a mapping to a string.
pub(in crate::kustomize) fn set_entry(node: &mut Node, key: &str, text: &str) -> Outcome<()> {
    match node {
        Node::Map(map) => {
            map.set(key, Node::string(text));
            Ok(())
        }
        other if other.is_null() => Ok(()),
        other => Err(problem(format!("expected a mapping, found {}", other.shape()))),
    }
}
