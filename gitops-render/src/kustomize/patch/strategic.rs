//! Strategic merge patches.

use std::collections::BTreeSet;

use super::{
    super::{
        limits::KUSTOMIZE_NESTING_MAX,
        node::{Mapping, Node},
        problem::{Outcome, problem},
        scalar::{Scalar, Tag},
    },
    directive::{self, Directive},
    list::{in_order, key_values, position, put, put_all, unify, used_keys},
    schema::{Schema, Spot},
};

/// What a patch made of a resource.
#[derive(Debug)]
pub(super) enum Merged {
    Changed(Node),
    /// The patch took its place, which leaves the resource as it is.
    Untouched,
    Gone,
}

/// Merges `patch` into `target`.
pub(super) fn merge(target: &Node, patch: Node, schema: &Schema) -> Outcome<Merged> {
    let spot = [target, &patch].into_iter().find_map(|node| {
        let text = |key: &str| node.get(key).map(Node::text).filter(|text| !text.is_empty());
        schema.of(text("apiVersion")?, text("kind")?)
    });
    let pair = Pair { target: Some(target.clone()), patch: Patch::Node(Some(patch)) };
    let walked = walk(pair, spot, 0)?;
    Ok(match walked.value {
        None => Merged::Gone,
        Some(node) if walked.is_target => Merged::Changed(node),
        Some(_) => Merged::Untouched,
    })
}

/// Merges `over` into `values`, which are no resources.
pub(in crate::kustomize) fn merge_values(values: &Node, over: Node) -> Outcome<Node> {
    let pair = Pair { target: Some(values.clone()), patch: Patch::Node(Some(over)) };
    Ok(walk(pair, None, 0)?.value.unwrap_or_else(Node::map))
}

// Two values that become one.
struct Pair {
    target: Option<Node>,
    patch: Patch,
}

enum Patch {
    Node(Option<Node>),
    /// The value was taken from the patch and is merged with itself, which acts on directives.
    Same,
}

struct Walked {
    value: Option<Node>,
    /// Whether the value is the changed target rather than a part of the patch.
    is_target: bool,
    /// Whether null is to stay.
    keeps_null: bool,
}

impl Walked {
    fn target(value: Option<Node>) -> Self {
        Self { value, is_target: true, keeps_null: false }
    }

    fn patch(value: Option<Node>) -> Self {
        Self { value, is_target: false, keeps_null: false }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nothing,
    Scalar,
    List,
    Map,
}

fn shape(node: Option<&Node>) -> Shape {
    match node {
        None => Shape::Nothing,
        Some(node) if node.is_null() => Shape::Nothing,
        Some(Node::Scalar(_)) => Shape::Scalar,
        Some(Node::List(_)) => Shape::List,
        Some(Node::Map(_)) => Shape::Map,
    }
}

fn walk(pair: Pair, spot: Option<Spot<'_>>, depth: usize) -> Outcome<Walked> {
    if KUSTOMIZE_NESTING_MAX < depth {
        return Err(problem("nested deeper than KUSTOMIZE_NESTING_MAX allows"));
    }
    let target = shape(pair.target.as_ref());
    let patch = match &pair.patch {
        Patch::Node(node) => shape(node.as_ref()),
        Patch::Same => target,
    };
    if target != patch && target != Shape::Nothing && patch != Shape::Nothing {
        let name = |shape| match shape {
            Shape::Nothing => "null",
            Shape::Scalar => "a scalar",
            Shape::List => "a list",
            Shape::Map => "a mapping",
        };
        let text = format!("the patch has {} where the target has {}", name(patch), name(target));
        return Err(problem(text));
    }
    match if target == Shape::Nothing { patch } else { target } {
        Shape::Nothing | Shape::Map => walk_map(pair, spot, depth),
        Shape::Scalar => Ok(plain(pair)),
        Shape::List => match spot.and_then(Spot::merge_keys) {
            Some(keys) => walk_list(pair, spot, &keys, depth),
            None => Ok(plain(pair)),
        },
    }
}

// The patch wins where it says something.
fn plain(pair: Pair) -> Walked {
    match pair.patch {
        Patch::Node(Some(patch)) => Walked::patch(Some(patch)),
        Patch::Node(None) | Patch::Same => Walked::target(pair.target),
    }
}

fn walk_map(pair: Pair, spot: Option<Spot<'_>>, depth: usize) -> Outcome<Walked> {
    let Pair { target, patch } = pair;
    let (mut map, patch, is_target) = match (target, patch) {
        (Some(mut node), Patch::Same) => {
            if node.is_null() {
                return Ok(Walked::target(Some(node)));
            }
            if directive::take(&mut node)? == Directive::Delete {
                return Ok(Walked::target(None));
            }
            (node, Patch::Same, true)
        }
        (target, Patch::Node(patch)) if shape(target.as_ref()) == Shape::Nothing => {
            match (target, patch) {
                (Some(Node::Scalar(null)), None) if !null.text.is_empty() => {
                    let value = Some(Node::Scalar(Scalar::of(Tag::Null, null.text)));
                    return Ok(Walked { value, is_target: true, keeps_null: true });
                }
                (_, None) => return Ok(Walked::target(None)),
                (_, Some(mut patch)) => {
                    if patch.is_null() {
                        return Ok(Walked::patch(Some(patch)));
                    }
                    if let Ok(Directive::Delete) = directive::take(&mut patch) {
                        return Ok(Walked::patch(None));
                    }
                    (patch, Patch::Same, false)
                }
            }
        }
        (_, Patch::Node(Some(patch))) if patch.is_null() => return Ok(Walked::target(None)),
        (Some(target), Patch::Node(None)) => (target, Patch::Node(None), true),
        (target, Patch::Node(Some(mut patch))) => match directive::take(&mut patch)? {
            Directive::Delete => return Ok(Walked::target(None)),
            Directive::Replace => (patch, Patch::Same, false),
            Directive::Merge => match target {
                Some(target) => (target, Patch::Node(Some(patch)), true),
                None => (patch, Patch::Same, false),
            },
        },
        (None, Patch::Same | Patch::Node(None)) => return Ok(Walked::target(None)),
    };
    let Node::Map(target) = &mut map else { return Err(problem("expected a mapping")) };
    merge_fields(target, patch, spot, depth)?;
    Ok(Walked { value: Some(map), is_target, keeps_null: false })
}

fn merge_fields(
    target: &mut Mapping,
    patch: Patch,
    spot: Option<Spot<'_>>,
    depth: usize,
) -> Outcome<()> {
    let mut patch = match patch {
        Patch::Same => None,
        Patch::Node(Some(Node::Map(map))) => Some(map),
        Patch::Node(_) => Some(Mapping::default()),
    };
    let known = patch.iter().flat_map(|map| &map.entries).chain(&target.entries);
    let names: BTreeSet<String> = known.map(|(key, _)| key.clone()).collect();
    for name in names {
        let own = target.get_mut(&name).map(|value| std::mem::replace(value, Node::map()));
        let quoted_key = patch.as_ref().is_some_and(|map| map.quoted.contains(&name));
        let patch = match &mut patch {
            None => Patch::Same,
            Some(map) => Patch::Node(map.remove(&name)),
        };
        let quoted = own.as_ref().is_some_and(Node::is_quoted);
        let had = own.is_some();
        let child = spot.and_then(|spot| spot.field(&name));
        let walked = walk(Pair { target: own, patch }, child, depth + 1)
            .map_err(|err| err.within(|| name.clone()))?;
        match walked.value {
            Some(mut value) if walked.keeps_null || !value.is_null() => {
                if !had {
                    if quoted_key {
                        target.quoted.push(name.clone());
                    }
                    target.set(&name, value);
                    continue;
                }
                if let Node::Scalar(scalar) = &mut value {
                    scalar.quoted = quoted;
                }
                if let Some(place) = target.get_mut(&name) {
                    *place = value;
                }
            }
            _ => {
                target.remove(&name);
            }
        }
    }
    Ok(())
}

fn walk_list(pair: Pair, spot: Option<Spot<'_>>, keys: &[String], depth: usize) -> Outcome<Walked> {
    let Pair { target, patch } = pair;
    let (target, patch, is_target) = match (target, patch) {
        (Some(mut node), Patch::Same) => match directive::take(&mut node)? {
            Directive::Delete => return Ok(Walked::target(None)),
            Directive::Merge | Directive::Replace => (node, None, true),
        },
        (target, Patch::Node(Some(patch))) if shape(target.as_ref()) == Shape::Nothing => {
            (patch, None, false)
        }
        (Some(target), Patch::Node(None)) => (target, Some(Vec::new()), true),
        (Some(target), Patch::Node(Some(mut patch))) => {
            if patch.is_null() {
                return Ok(Walked::target(None));
            }
            match (directive::take(&mut patch)?, patch) {
                (Directive::Delete, _) => return Ok(Walked::target(None)),
                (Directive::Replace, patch) => (patch, None, false),
                (Directive::Merge, Node::List(patch)) => (target, Some(patch), true),
                (Directive::Merge, _) => return Err(problem("expected a list")),
            }
        }
        (None, _) => return Ok(Walked::target(None)),
    };
    let Node::List(target) = target else { return Err(problem("expected a list")) };
    let items = Items { target, patch, item: spot.and_then(Spot::items), depth };
    let value = Some(Node::List(items.merge(keys)?));
    Ok(Walked { value, is_target, keeps_null: false })
}

// Two lists that become one; without a patch a list is merged with itself.
struct Items<'s> {
    target: Vec<Node>,
    patch: Option<Vec<Node>>,
    item: Option<Spot<'s>>,
    depth: usize,
}

impl Items<'_> {
    fn merge(mut self, keys: &[String]) -> Outcome<Vec<Node>> {
        let scalars = [String::new()];
        let (mut values, keys) = if keys.is_empty() {
            let texts = |items: &[Node]| {
                items.iter().map(|item| vec![item.text().to_owned()]).collect::<Vec<_>>()
            };
            let patch = texts(self.patch.as_deref().unwrap_or(&self.target));
            (in_order(patch, texts(&self.target)), scalars.as_slice())
        } else {
            let patch = key_values(self.patch.as_deref().unwrap_or(&self.target), keys);
            (in_order(patch, key_values(&self.target, keys)), keys)
        };
        if 1 < keys.len() {
            unify(&mut values);
        }
        let mut added = Vec::new();
        let mut last_keys = keys.to_vec();
        for at in 0..values.len() {
            let (keys, values) = used_keys(&values, &values[at], keys);
            self.merge_item(&mut added, &keys, &values)?;
            last_keys = keys;
        }
        if values.is_empty() {
            return Ok(self.target);
        }
        put_all(&mut added, &self.target, &last_keys)?;
        Ok(added)
    }

    fn merge_item(
        &mut self,
        added: &mut Vec<Node>,
        keys: &[String],
        values: &[String],
    ) -> Outcome<()> {
        let (find_keys, find_values) = used_keys(&[values.to_vec()], values, keys);
        let own = position(&self.target, &find_keys, &find_values);
        let target = own.map(|at| self.target[at].clone());
        let (theirs, patch) = match &self.patch {
            None => (None, Patch::Same),
            Some(patch) => {
                let at = position(patch, &find_keys, &find_values);
                (at, Patch::Node(at.map(|at| patch[at].clone())))
            }
        };
        let walked = walk(Pair { target, patch }, self.item, self.depth + 1)
            .map_err(|err| err.within(|| format!("[{}]", values.join(","))))?;
        let gone = |node: &Node| node.is_null() || (node.as_map().is_some() && node.is_empty());
        let Some(mut value) = walked.value.filter(|value| !gone(value)) else {
            return put(&mut self.target, None, keys, values);
        };
        for (key, text) in keys.iter().zip(values) {
            if text.is_empty() {
                continue;
            }
            match &mut value {
                Node::Map(map) if map.get(key).is_none() => map.set(key, Node::untyped(text)),
                Node::Scalar(scalar) if key.is_empty() => {
                    *scalar = Scalar { text: text.clone(), tag: Tag::None, quoted: scalar.quoted };
                }
                _ => {}
            }
        }
        // What was changed in its place is seen by whoever looks there again.
        match (own, theirs) {
            (Some(at), _) if walked.is_target => self.target[at] = value.clone(),
            (None, Some(at)) => {
                if let Some(patch) = &mut self.patch {
                    patch[at] = value.clone();
                }
            }
            _ => {}
        }
        put(added, Some(&value), keys, values)
    }
}
