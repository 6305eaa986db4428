//! Sets of field paths, as field managers own them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    sync::Arc,
};

use serde_json::{Map, Value};

/// One step of a path: `f:name`, `k:{keys}`, `v:value` or `i:index`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Element(Arc<str>);

impl Element {
    pub(crate) fn field(name: &str) -> Self {
        Self(["f:", name].concat().into())
    }

    pub(crate) fn key(keys: &BTreeMap<&str, &Value>) -> Self {
        let text = serde_json::to_string(keys).expect("keys are text");
        Self(["k:", &text].concat().into())
    }

    pub(crate) fn value(value: &Value) -> Self {
        Self(format!("v:{value}").into())
    }

    /// Reads the form used in `fieldsV1`.
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self(text.into())),
            "k" => {
                let keys: BTreeMap<&str, Value> = serde_json::from_str(rest).ok()?;
                Some(Self::key(&keys.iter().map(|(name, value)| (*name, value)).collect()))
            }
            "v" => Some(Self::value(&serde_json::from_str(rest).ok()?)),
            "i" => rest.parse::<u64>().ok().map(|_| Self(text.into())),
            _ => None,
        }
    }

    /// Returns the name when this is a field.
    pub(crate) fn field_name(&self) -> Option<&str> {
        self.0.strip_prefix("f:")
    }

    pub(crate) fn is_key(&self) -> bool {
        self.0.starts_with("k:")
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at(2) {
            ("f:", name) => write!(f, ".{name}"),
            ("k:", keys) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let text: Vec<String> =
                    keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(f, "[{}]", text.join(","))
            }
            ("v:", value) => write!(f, "[={value}]"),
            (_, index) => write!(f, "[{index}]"),
        }
    }
}

/// A set of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    // Invariant: no node is empty, so that equal sets are equal values.
    nodes: BTreeMap<Element, Node>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: Set,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl Set {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds the path of one step.
    pub(crate) fn insert(&mut self, element: Element) {
        self.nodes.entry(element).or_default().member = true;
    }

    /// Adds every path of `below`, each with `element` in front.
    pub(crate) fn insert_below(&mut self, element: Element, below: Self) {
        if below.is_empty() {
            return;
        }
        match self.nodes.entry(element) {
            Entry::Vacant(entry) => {
                entry.insert(Node { member: false, below });
            }
            Entry::Occupied(mut entry) => entry.get_mut().below.extend(below),
        }
    }

    fn extend(&mut self, other: Self) {
        for (element, node) in other.nodes {
            match self.nodes.entry(element) {
                Entry::Vacant(entry) => {
                    entry.insert(node);
                }
                Entry::Occupied(mut entry) => {
                    let mine = entry.get_mut();
                    mine.member |= node.member;
                    mine.below.extend(node.below);
                }
            }
        }
    }

    /// Adds the path of names, as in `metadata.name`.
    pub(crate) fn insert_path(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.nodes.entry(Element::field(first)).or_default();
        if rest.is_empty() {
            node.member = true;
        } else {
            node.below.insert_path(rest);
        }
    }

    /// Returns the set of one path of names.
    pub(crate) fn of_path(path: &[String]) -> Self {
        let mut set = Self::default();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        set.insert_path(&path);
        set
    }

    /// Whether the path of names is a member.
    pub(crate) fn has_path(&self, path: &[String]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let Some(node) = self.nodes.get(&Element::field(first)) else { return false };
        if rest.is_empty() { node.member } else { node.below.has_path(rest) }
    }

    pub(crate) fn has(&self, element: &Element) -> bool {
        self.nodes.get(element).is_some_and(|node| node.member)
    }

    /// Returns the paths below `element`.
    pub(crate) fn below(&self, element: &Element) -> Option<&Self> {
        self.nodes.get(element).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out.extend(other.clone());
        out
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut nodes = BTreeMap::new();
        for (element, mine) in &self.nodes {
            let Some(theirs) = other.nodes.get(element) else { continue };
            let node = Node {
                member: mine.member && theirs.member,
                below: mine.below.intersection(&theirs.below),
            };
            if !node.is_empty() {
                nodes.insert(element.clone(), node);
            }
        }
        Self { nodes }
    }

    pub(crate) fn difference(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        let mut nodes = BTreeMap::new();
        for (element, mine) in &self.nodes {
            let node = match other.nodes.get(element) {
                None => mine.clone(),
                Some(theirs) => Node {
                    member: mine.member && !theirs.member,
                    below: mine.below.difference(&theirs.below),
                },
            };
            if !node.is_empty() {
                nodes.insert(element.clone(), node);
            }
        }
        Self { nodes }
    }

    /// Calls `each` with every element, whether it is a member, and the set below it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&Element, bool, &Self)> {
        self.nodes.iter().map(|(element, node)| (element, node.member, &node.below))
    }

    /// Builds a set from elements, membership and what is below.
    pub(crate) fn from_nodes(nodes: impl Iterator<Item = (Element, bool, Self)>) -> Self {
        let nodes = nodes
            .map(|(element, member, below)| (element, Node { member, below }))
            .filter(|(_, node)| !node.is_empty())
            .collect();
        Self { nodes }
    }

    /// Returns every path as text, members of one level before what is below them.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect_paths("", &mut out);
        out
    }

    fn collect_paths(&self, prefix: &str, out: &mut Vec<String>) {
        for (element, node) in &self.nodes {
            if node.member {
                out.push(format!("{prefix}{element}"));
            }
        }
        for (element, node) in &self.nodes {
            if !node.below.is_empty() {
                node.below.collect_paths(&format!("{prefix}{element}"), out);
            }
        }
    }

    /// Reads `fieldsV1`; `None` when it is none.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let mut nodes = BTreeMap::new();
        for (text, below) in value.as_object()? {
            if text == "." {
                continue;
            }
            let map = below.as_object()?;
            let member = map.is_empty() || map.contains_key(".");
            let node = Node { member, below: Self::from_json(below)? };
            nodes.insert(Element::parse(text)?, node);
        }
        Some(Self { nodes })
    }

    /// Writes `fieldsV1`.
    pub(crate) fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (element, node) in &self.nodes {
            let mut below = node.below.to_json();
            if node.member
                && !node.below.is_empty()
                && let Value::Object(map) = &mut below
            {
                map.insert(".".to_owned(), Value::Object(Map::new()));
            }
            map.insert(element.0.as_ref().to_owned(), below);
        }
        Value::Object(map)
    }
}
