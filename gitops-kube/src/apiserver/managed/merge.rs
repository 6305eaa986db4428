//! Merging, comparing and cutting values by the structure of their type.

use std::collections::HashMap;

use gitops_core::schema::{Merge, TypeRef};
use serde_json::{Map, Value};

use super::{
    fields::{Element, Set},
    read::item_element,
};

/// Whether a pair is merged by structure, or as one leaf.
enum Shape<'a> {
    Leaf,
    Map,
    List(&'a Merge),
}

static NO_MAP: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

fn shape<'a>(left: &Value, right: &Value, of: TypeRef<'a>) -> Shape<'a> {
    let atom = of.atom();
    let (left, right) = (Some(left), Some(right));
    // What one side is decides, when the type may be several things; null fits everything.
    let probe = match right {
        Some(Value::Null) => left,
        right => right,
    };
    match probe {
        Some(Value::Object(_)) => {
            let atomic = atom.map.as_ref().is_none_or(|map| map.atomic);
            if atomic || (as_map(left).is_empty() && as_map(right).is_empty()) {
                Shape::Leaf
            } else {
                Shape::Map
            }
        }
        Some(Value::Array(_)) => match atom.list.as_ref().map(|list| &list.merge) {
            None | Some(Merge::Atomic) => Shape::Leaf,
            Some(_) if as_list(left).is_empty() && as_list(right).is_empty() => Shape::Leaf,
            Some(merge) => Shape::List(merge),
        },
        _ => Shape::Leaf,
    }
}

fn as_map(value: Option<&Value>) -> &Map<String, Value> {
    value.and_then(Value::as_object).unwrap_or(&NO_MAP)
}

fn as_list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Lays `right`, which names no item twice, over `left`.
pub(crate) fn merge(mut left: Value, right: Value, of: TypeRef<'_>) -> Value {
    lay(&mut left, right, of);
    left
}

fn lay(left: &mut Value, right: Value, of: TypeRef<'_>) {
    match (shape(left, &right, of), right) {
        (Shape::Leaf, right) => *left = right,
        (Shape::Map, Value::Object(theirs)) => {
            if !left.is_object() {
                *left = Value::Object(Map::new());
            }
            let Value::Object(mine) = left else { return };
            for (name, value) in theirs {
                match (mine.get_mut(&name), of.at_key(&name)) {
                    (Some(place), Some(of)) => lay(place, value, of),
                    (Some(place), None) => *place = value,
                    (None, _) => {
                        mine.insert(name, value);
                    }
                }
            }
        }
        (Shape::List(how), Value::Array(theirs)) => {
            let mine = match left.take() {
                Value::Array(mine) => mine,
                _ => Vec::new(),
            };
            *left = Value::Array(merge_lists(mine, theirs, how, of));
        }
        // Null says nothing about what merges.
        _ => {}
    }
}

fn elements(items: &[Value], how: &Merge) -> Vec<Element> {
    // Both sides were checked before; an item without a name stands for itself.
    items
        .iter()
        .map(|item| item_element(how, item).unwrap_or_else(|_| Element::value(item)))
        .collect()
}

/// Where an item of a merged list comes from: its index on the left and on the right.
type Origin = (Option<usize>, Option<usize>);

fn merge_lists(left: Vec<Value>, right: Vec<Value>, how: &Merge, of: TypeRef<'_>) -> Vec<Value> {
    let Some(of) = of.items() else { return right };
    let order = merge_order(&elements(&left, how), &elements(&right, how));
    let mut left: Vec<Option<Value>> = left.into_iter().map(Some).collect();
    let mut right: Vec<Option<Value>> = right.into_iter().map(Some).collect();
    let merged = order.into_iter().filter_map(|(mine, theirs)| {
        let mine = mine.and_then(|index| left[index].take());
        let theirs = theirs.and_then(|index| right[index].take());
        match (mine, theirs) {
            (Some(mine), Some(theirs)) => Some(merge(mine, theirs, of)),
            (mine, theirs) => mine.or(theirs),
        }
    });
    merged.collect()
}

/// Orders the items of two lists: the right side's order holds for what both name, and items of the
/// left side stay next to the neighbours they had.
fn merge_order(left: &[Element], right: &[Element]) -> Vec<Origin> {
    let mut in_left: HashMap<&Element, Option<usize>> = HashMap::new();
    for (index, name) in left.iter().enumerate() {
        // An item named twice has no single counterpart.
        in_left.entry(name).and_modify(|seen| *seen = None).or_insert(Some(index));
    }
    let in_right: HashMap<&Element, usize> =
        right.iter().enumerate().map(|(index, name)| (name, index)).collect();
    let mut shared = right.iter().filter(|name| in_left.contains_key(name));
    let mut next_shared = shared.next();
    let mut merged: std::collections::HashSet<&Element> = std::collections::HashSet::new();
    let mut out = Vec::with_capacity(left.len().max(right.len()));
    let both = |name: &Element| (in_left.get(name).copied().flatten(), in_right.get(name).copied());
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if let (Some(mine), Some(theirs)) = (left.get(l), right.get(r)) {
            if mine == theirs {
                merged.insert(mine);
                out.push(both(mine));
                (l, r) = (l + 1, r + 1);
                next_shared = shared.next();
                continue;
            }
            if in_right.contains_key(mine) && next_shared.is_some_and(|next| next != mine) {
                l += 1;
                continue;
            }
        }
        if let Some(mine) = left.get(l) {
            if !in_right.contains_key(mine) {
                out.push((Some(l), None));
                l += 1;
                continue;
            }
            if merged.contains(mine) {
                l += 1;
            }
        }
        if let Some(theirs) = right.get(r) {
            merged.insert(theirs);
            out.push(both(theirs));
            r += 1;
            if next_shared == Some(theirs) {
                next_shared = shared.next();
            }
        }
    }
    out
}

/// What differs between two values.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) added: Set,
    pub(crate) removed: Set,
    pub(crate) modified: Set,
}

impl Comparison {
    pub(crate) fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.modified.is_empty()
    }

    fn at(&mut self, element: &Element, below: Self) {
        self.added.insert_below(element.clone(), below.added);
        self.removed.insert_below(element.clone(), below.removed);
        self.modified.insert_below(element.clone(), below.modified);
    }
}

#[derive(Clone, Copy)]
enum Leaf {
    Added,
    Removed,
    Modified,
}

/// Compares two values of one type.
pub(crate) fn compare(left: &Value, right: &Value, of: TypeRef<'_>) -> Comparison {
    let mut out = Comparison::default();
    compare_values(Some(left), Some(right), Some(of), &mut out);
    out
}

/// What a value is taken for, where its type may be several things.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Map,
    Scalar,
    List,
}

/// Says what a value is taken for; null is taken for the first thing it may be.
fn form(value: &Value, of: TypeRef<'_>) -> Form {
    let atom = of.atom();
    match value {
        Value::Array(_) if atom.list.is_some() => Form::List,
        Value::Bool(_) | Value::Number(_) | Value::String(_) if atom.scalar.is_some() => {
            Form::Scalar
        }
        _ if atom.map.is_some() => Form::Map,
        _ if atom.scalar.is_some() => Form::Scalar,
        _ => Form::List,
    }
}

/// Fills `out` with what differs below; the answer is what happened to the value itself.
fn compare_values(
    left: Option<&Value>,
    right: Option<&Value>,
    of: Option<TypeRef<'_>>,
    out: &mut Comparison,
) -> Option<Leaf> {
    if let (Some(left), Some(right)) = (left, right)
        && !merges_as_map(left, right, of)
        && left == right
    {
        return None;
    }
    let leaf = match (left, right) {
        (None, _) => Leaf::Added,
        (_, None) => Leaf::Removed,
        _ => Leaf::Modified,
    };
    let Some(of) = of else { return Some(leaf) };
    let (mine, theirs) = (left.map(|left| form(left, of)), right.map(|right| form(right, of)));
    let mut whole = false;
    // Where the two are taken for different things, each is gone through as what it is.
    let other = theirs.filter(|theirs| mine.is_some_and(|mine| mine != *theirs));
    for form in [mine.or(theirs), other].into_iter().flatten() {
        whole |= compare_as(form, (left, right), of, out);
    }
    match leaf {
        Leaf::Modified if !whole => None,
        leaf => Some(leaf),
    }
}

/// Whether two values are mappings that are gone through in any case, so that it is not asked first whether they are
/// equal.
fn merges_as_map(left: &Value, right: &Value, of: Option<TypeRef<'_>>) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else { return false };
    !(left.is_empty() && right.is_empty())
        && of.is_some_and(|of| of.atom().map.as_ref().is_some_and(|map| !map.atomic))
}

/// Compares two values taken for the same thing; whether they are one leaf is the answer.
fn compare_as(
    form: Form,
    (left, right): (Option<&Value>, Option<&Value>),
    of: TypeRef<'_>,
    out: &mut Comparison,
) -> bool {
    let atom = of.atom();
    match form {
        Form::Scalar => true,
        Form::Map => {
            let (mine, theirs) = (as_map(left), as_map(right));
            let atomic = atom.map.as_ref().is_none_or(|map| map.atomic);
            if atomic || (mine.is_empty() && theirs.is_empty()) {
                return true;
            }
            let added = theirs.keys().filter(|name| !mine.contains_key(*name));
            for name in mine.keys().chain(added) {
                let (left, right) = (mine.get(name), theirs.get(name));
                let mut below = Comparison::default();
                let leaf = compare_values(left, right, of.at_key(name), &mut below);
                if leaf.is_some() || !below.is_same() {
                    note(Element::field(name), leaf, below, out);
                }
            }
            false
        }
        Form::List => {
            let (mine, theirs) = (as_list(left), as_list(right));
            match atom.list.as_ref().map(|list| &list.merge) {
                None | Some(Merge::Atomic) => true,
                Some(_) if mine.is_empty() && theirs.is_empty() => true,
                Some(how) => {
                    compare_lists(mine, theirs, how, of.items(), out);
                    false
                }
            }
        }
    }
}

fn compare_lists(
    mine: &[Value],
    theirs: &[Value],
    how: &Merge,
    of: Option<TypeRef<'_>>,
    out: &mut Comparison,
) {
    let mut order: Vec<Element> = Vec::new();
    let mut found: HashMap<Element, (Vec<&Value>, Vec<&Value>)> = HashMap::new();
    for (name, item) in elements(mine, how).into_iter().zip(mine) {
        let entry = found.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            Default::default()
        });
        entry.0.push(item);
    }
    for (name, item) in elements(theirs, how).into_iter().zip(theirs) {
        let entry = found.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            Default::default()
        });
        entry.1.push(item);
    }
    for name in order {
        let (left, right) = &found[&name];
        let mut below = Comparison::default();
        let leaf = match (left.as_slice(), right.as_slice()) {
            ([] | [_], [] | [_]) => {
                compare_values(left.first().copied(), right.first().copied(), of, &mut below)
            }
            // Items that go by one name are one leaf together, and the single item that takes
            // their place or makes room for them is gone through.
            ([_, _, ..], [_, _, ..]) if left == right => None,
            ([_, _, ..], [_, _, ..]) => Some(Leaf::Modified),
            (left, right) if right.len() < 2 => {
                if let Some(single) = right.first() {
                    let leaf = compare_values(None, Some(single), of, &mut below);
                    note(name.clone(), leaf, std::mem::take(&mut below), out);
                }
                debug_assert!(1 < left.len(), "other lengths are handled above");
                Some(Leaf::Removed)
            }
            (left, _) => {
                if let Some(single) = left.first() {
                    let leaf = compare_values(Some(single), None, of, &mut below);
                    note(name.clone(), leaf, std::mem::take(&mut below), out);
                }
                Some(Leaf::Added)
            }
        };
        note(name, leaf, below, out);
    }
}

fn note(element: Element, leaf: Option<Leaf>, below: Comparison, out: &mut Comparison) {
    out.at(&element, below);
    match leaf {
        None => {}
        Some(Leaf::Added) => out.added.insert(element),
        Some(Leaf::Removed) => out.removed.insert(element),
        Some(Leaf::Modified) => out.modified.insert(element),
    }
}
