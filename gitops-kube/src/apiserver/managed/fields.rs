//! Sets of field paths, as field managers own them.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use serde_json::{Map, Value};

pub(crate) use super::element::Element;
use super::{
    super::shown::name_of,
    element::{SHORT, short_field},
};

/// A set of paths. Copies share what they have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    // Invariant: no node is empty and no map is, so that equal sets are equal values.
    nodes: Option<Arc<Nodes>>,
}

type Nodes = BTreeMap<Element, Node>;

static NO_NODES: Nodes = BTreeMap::new();

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
    fn of(nodes: Nodes) -> Self {
        Self { nodes: if nodes.is_empty() { None } else { Some(Arc::new(nodes)) } }
    }

    fn map(&self) -> &Nodes {
        self.nodes.as_deref().unwrap_or(&NO_NODES)
    }

    fn map_mut(&mut self) -> &mut Nodes {
        Arc::make_mut(self.nodes.get_or_insert_default())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_none()
    }

    /// Adds the path of one step.
    pub(crate) fn insert(&mut self, element: Element) {
        self.map_mut().entry(element).or_default().member = true;
    }

    /// Adds every path of `below`, each with `element` in front.
    pub(crate) fn insert_below(&mut self, element: Element, below: Self) {
        if below.is_empty() {
            return;
        }
        match self.map_mut().entry(element) {
            Entry::Vacant(entry) => {
                entry.insert(Node { member: false, below });
            }
            Entry::Occupied(mut entry) => entry.get_mut().below.extend(&below),
        }
    }

    fn extend(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        if other.is_empty() || is_same(self, other) {
            return;
        }
        let nodes = self.map_mut();
        for (element, node) in other.map() {
            match nodes.get_mut(element) {
                None => {
                    nodes.insert(element.clone(), node.clone());
                }
                Some(mine) => {
                    mine.member |= node.member;
                    mine.below.extend(&node.below);
                }
            }
        }
    }

    /// Adds the path of names, as in `metadata.name`.
    pub(crate) fn insert_path(&mut self, path: &[&str]) {
        self.insert_elements(&Element::fields(path));
    }

    /// Adds a path.
    pub(crate) fn insert_elements(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.map_mut().entry(first.clone()).or_default();
        if rest.is_empty() {
            node.member = true;
        } else {
            node.below.insert_elements(rest);
        }
    }

    /// Whether a path is a member.
    pub(crate) fn has_elements(&self, path: &[Element]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let Some(node) = self.map().get(first) else { return false };
        if rest.is_empty() { node.member } else { node.below.has_elements(rest) }
    }

    /// Returns the set of one path of names.
    pub(crate) fn of_path(path: &[String]) -> Self {
        let mut set = Self::default();
        set.insert_elements(&Element::fields(path));
        set
    }

    /// Whether the path of names is a member.
    pub(crate) fn has_path(&self, path: &[String]) -> bool {
        self.has_elements(&Element::fields(path))
    }

    /// Returns whether a field is a member, and what is below it; nothing when there is neither.
    pub(crate) fn at_field(&self, name: &str) -> Option<(bool, &Self)> {
        if self.is_empty() {
            return None;
        }
        let mut short = [0; SHORT];
        let found = match short_field(&mut short, name) {
            Some(text) => self.map().get(text),
            None => self.map().get(&Element::field(name)),
        };
        found.map(|node| (node.member, &node.below))
    }

    /// Returns whether an element is a member, and what is below it; nothing when there is neither.
    pub(crate) fn at(&self, element: &Element) -> Option<(bool, &Self)> {
        self.map().get(element).map(|node| (node.member, &node.below))
    }

    /// Returns how many elements there are, not counting what is below them.
    pub(crate) fn len(&self) -> usize {
        self.map().len()
    }

    pub(crate) fn has(&self, element: &Element) -> bool {
        self.map().get(element).is_some_and(|node| node.member)
    }

    /// Returns the paths below `element`.
    pub(crate) fn below(&self, element: &Element) -> Option<&Self> {
        self.map().get(element).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    /// Whether every path of this set is one of `other`.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        is_same(self, other)
            || self.map().iter().all(|(element, mine)| {
                other.map().get(element).is_some_and(|theirs| {
                    (theirs.member || !mine.member) && mine.below.is_within(&theirs.below)
                })
            })
    }

    /// Whether the sets have a path in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return false;
        }
        self.map().iter().any(|(element, mine)| {
            other.map().get(element).is_some_and(|theirs| {
                (theirs.member && mine.member) || mine.below.meets(&theirs.below)
            })
        })
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out.extend(other);
        out
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut nodes = BTreeMap::new();
        for (element, mine) in self.map() {
            let Some(theirs) = other.map().get(element) else { continue };
            let node = Node {
                member: mine.member && theirs.member,
                below: mine.below.intersection(&theirs.below),
            };
            if !node.is_empty() {
                nodes.insert(element.clone(), node);
            }
        }
        Self::of(nodes)
    }

    pub(crate) fn difference(&self, other: &Self) -> Self {
        if !self.meets(other) {
            return self.clone();
        }
        let mut nodes = BTreeMap::new();
        for (element, mine) in self.map() {
            let node = match other.map().get(element) {
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
        Self::of(nodes)
    }

    /// Calls `each` with every element, whether it is a member, and the set below it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&Element, bool, &Self)> {
        self.map().iter().map(|(element, node)| (element, node.member, &node.below))
    }

    /// Builds a set from elements, membership and what is below.
    pub(crate) fn from_nodes(nodes: impl Iterator<Item = (Element, bool, Self)>) -> Self {
        let nodes = nodes
            .map(|(element, member, below)| (element, Node { member, below }))
            .filter(|(_, node)| !node.is_empty())
            .collect();
        Self::of(nodes)
    }

    /// Returns every path as text, members of one level before what is below them.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect_paths("", &mut out);
        out
    }

    fn collect_paths(&self, prefix: &str, out: &mut Vec<String>) {
        let nodes = self.map().iter().map(|(element, node)| (element.numbers(), element, node));
        let mut nodes: Vec<_> = nodes.collect();
        // Numbers in keys and values stand by their amount.
        nodes.sort_by(|(one, ..), (two, ..)| one.partial_cmp(two).unwrap_or(Ordering::Equal));
        for (_, element, node) in &nodes {
            if node.member {
                out.push(format!("{prefix}{element}"));
            }
        }
        for (_, element, node) in &nodes {
            if !node.below.is_empty() {
                node.below.collect_paths(&format!("{prefix}{element}"), out);
            }
        }
    }

    /// Whether the order of the paths is the one of their texts: numbers in keys and values stand
    /// by their amount.
    pub(crate) fn is_in_text_order(&self) -> bool {
        let numbers: Vec<Vec<f64>> = self.map().keys().filter_map(Element::numbers).collect();
        numbers.is_sorted_by(|one, two| one.partial_cmp(two) != Some(Ordering::Greater))
            && self.map().values().all(|node| node.below.is_in_text_order())
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
        Some(Self::of(nodes))
    }

    /// Writes `fieldsV1` as text at a depth; the answer is how deep it gets.
    pub(crate) fn write_text(&self, out: &mut Vec<u8>, depth: usize) -> usize {
        out.push(b'{');
        let deepest = self.write_members(out, depth + 1);
        out.push(b'}');
        deepest
    }

    fn write_members(&self, out: &mut Vec<u8>, depth: usize) -> usize {
        let mut deepest = depth;
        for (element, node) in self.map() {
            name_of(out, element.text());
            out.push(b'{');
            if node.member && !node.below.is_empty() {
                out.extend_from_slice(br#"".":{}"#);
            }
            deepest = deepest.max(node.below.write_members(out, depth + 1));
            out.push(b'}');
        }
        deepest
    }

    /// Writes `fieldsV1`.
    pub(crate) fn to_json(&self) -> Value {
        let mut map = Map::new();
        for (element, node) in self.map() {
            let mut below = node.below.to_json();
            if node.member
                && !node.below.is_empty()
                && let Value::Object(map) = &mut below
            {
                map.insert(".".to_owned(), Value::Object(Map::new()));
            }
            map.insert(element.text().to_owned(), below);
        }
        Value::Object(map)
    }
}

/// Whether two sets are one value in memory.
fn is_same(left: &Set, right: &Set) -> bool {
    match (&left.nodes, &right.nodes) {
        (Some(left), Some(right)) => Arc::ptr_eq(left, right),
        (None, None) => true,
        _ => false,
    }
}
