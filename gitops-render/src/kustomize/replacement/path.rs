//! Paths such as `spec.containers.[name=web].image`.

use regex::Regex;

use super::super::{
    config::split_path,
    node::{Mapping, Node},
    problem::{Outcome, problem},
    scalar::{Scalar, Tag},
    selector::compile,
};

/// Splits a path at its dots; `\.` and dots in brackets stay.
pub(in crate::kustomize) fn split_field_path(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut parts = split_path(path, '.').into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            steps.push(part);
            continue;
        }
        let mut bracketed = part;
        for part in parts.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&part);
            if part.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            steps.push(bracketed);
        } else {
            steps.push(bracketed.trim_matches(['[', ']']).to_owned());
        }
    }
    steps
}

/// Returns the one value at a path, without wildcards.
pub(in crate::kustomize) fn look_up<'n>(
    node: &'n Node,
    steps: &[String],
) -> Outcome<Option<&'n Node>> {
    let mut at = node;
    for step in steps.iter().map(|step| step.trim()).filter(|step| !step.is_empty()) {
        let found = match Step::of(step)? {
            Step::Index(index) => list(at)?.get(index),
            Step::Last => match list(at)?.last() {
                Some(last) => Some(last),
                None => return Err(problem("`-` of an empty list")),
            },
            Step::Every => return Err(problem("wildcard is not supported here")),
            Step::Where(key, value) => {
                let items = list(at)?;
                let has = |item: &&Node| match key {
                    "" => item.text() == value,
                    key => item.get(key).is_some_and(|found| found.text() == value),
                };
                items.iter().find(has)
            }
            Step::Field(name) => match at {
                Node::Map(map) => map.get(name),
                other if other.is_null() => None,
                other => {
                    let shape = other.shape();
                    return Err(problem(format!("expected a mapping at {name:?}, found {shape}")));
                }
            },
        };
        match found {
            Some(found) => at = found,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn list(node: &Node) -> Outcome<&[Node]> {
    match node {
        Node::List(items) => Ok(items),
        other if other.is_null() => Ok(&[]),
        other => Err(problem(format!("expected a list, found {}", other.shape()))),
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Index(usize),
    Last,
    Every,
    Where(&'a str, &'a str),
    Field(&'a str),
}

impl<'a> Step<'a> {
    fn of(text: &'a str) -> Outcome<Self> {
        if let Ok(number) = text.parse::<i64>() {
            return usize::try_from(number)
                .map(Self::Index)
                .map_err(|_| problem(format!("array index {number} cannot be negative")));
        }
        let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match (text, bracketed) {
            ("-", _) => Ok(Self::Last),
            ("*", _) => Ok(Self::Every),
            (_, Some(inner)) => match inner.split_once('=') {
                Some((key, value)) => Ok(Self::Where(key, value)),
                None => Err(problem(format!("{text} must be [field=value]"))),
            },
            (name, None) => Ok(Self::Field(name)),
        }
    }
}

/// Finds every value at a path with expressions and wildcards.
pub(super) struct PathMatcher<'v> {
    /// The value to come, when what is missing is to be made.
    pub(super) create: Option<&'v Node>,
}

type Visit<'f> = dyn FnMut(&mut Node) -> Outcome<()> + 'f;

impl PathMatcher<'_> {
    /// Calls `set` with every value at the path.
    pub(super) fn visit(
        &self,
        node: &mut Node,
        steps: &[String],
        set: &mut Visit<'_>,
    ) -> Outcome<()> {
        let Some((step, rest)) = steps.split_first() else { return set(node) };
        if let Ok(index) = step.parse::<usize>() {
            return self.index(node, index, rest, set);
        }
        if step == "*" {
            return match node {
                Node::List(items) => {
                    items.iter_mut().try_for_each(|item| self.visit(item, rest, set))
                }
                other if other.is_null() => Ok(()),
                other => Err(problem(format!("expected a list, found {}", other.shape()))),
            };
        }
        if step.starts_with('[') && step.ends_with(']') {
            return self.matching(node, step, rest, set);
        }
        self.field(node, step, rest, set)
    }

    fn field(
        &self,
        node: &mut Node,
        name: &str,
        rest: &[String],
        set: &mut Visit<'_>,
    ) -> Outcome<()> {
        let map = match node {
            Node::Map(map) => map,
            other if other.is_null() => return Ok(()),
            other => {
                let shape = other.shape();
                return Err(problem(format!("expected a mapping at {name:?}, found {shape}")));
            }
        };
        if map.get(name).is_none() {
            let Some(made) = self.made(rest) else { return Ok(()) };
            map.entries.push((name.to_owned(), made));
        }
        match map.get_mut(name) {
            Some(Node::Scalar(scalar)) if !rest.is_empty() && scalar.tag != Tag::Null => {
                super::structured::find(&scalar.text, rest, self, set)
            }
            Some(found) => self.visit(found, rest, set),
            None => Ok(()),
        }
    }

    // Returns what to make before the rest of a path.
    fn made(&self, rest: &[String]) -> Option<Node> {
        let value = self.create?;
        let list = |step: &String| {
            (step.starts_with('[') && step.ends_with(']')) || step.parse::<usize>().is_ok()
        };
        Some(match rest.first() {
            Some(next) if list(next) => Node::List(Vec::new()),
            Some(_) => Node::map(),
            None => match value {
                Node::Scalar(_) => Node::untyped(""),
                Node::List(_) => Node::List(Vec::new()),
                Node::Map(_) => Node::map(),
            },
        })
    }

    fn index(
        &self,
        node: &mut Node,
        index: usize,
        rest: &[String],
        set: &mut Visit<'_>,
    ) -> Outcome<()> {
        let items = match node {
            Node::List(items) => items,
            other => return Err(problem(format!("expected a list, found {}", other.shape()))),
        };
        if items.len() == index
            && let Some(made) = self.made(rest)
        {
            items.push(made);
        }
        let count = items.len();
        let Some(item) = items.get_mut(index) else {
            let text = format!("index {index} specified but only {count} elements found");
            return Err(problem(text));
        };
        self.visit(item, rest, set)
    }

    fn matching(
        &self,
        node: &mut Node,
        step: &str,
        rest: &[String],
        set: &mut Visit<'_>,
    ) -> Outcome<()> {
        let Step::Where(key, pattern) = Step::of(step)? else {
            return Err(problem(format!("{step} must be [field=value]")));
        };
        let items = match node {
            Node::List(items) => items,
            other => return Err(problem(format!("expected a list, found {}", other.shape()))),
        };
        let regex = compile(pattern)?;
        let mut any = false;
        let mut count = |field: &mut Node| {
            any = true;
            set(field)
        };
        for item in items.iter_mut().filter(|item| has(item, key, &regex)) {
            match key {
                // A scalar has nothing below it.
                "" => count(item)?,
                _ => self.visit(item, rest, &mut count)?,
            }
        }
        if any || self.create.is_none() {
            return Ok(());
        }
        let text = Node::Scalar(Scalar::untyped(pattern));
        let mut made = match key {
            "" => text,
            key => Node::Map(Mapping::of(vec![(key.to_owned(), text)])),
        };
        match key {
            "" => set(&mut made)?,
            _ => self.visit(&mut made, rest, set)?,
        }
        items.push(made);
        Ok(())
    }
}

fn has(item: &Node, key: &str, regex: &Regex) -> bool {
    if key.is_empty() {
        return matches!(item, Node::Scalar(_)) && regex.is_match(&printed(item));
    }
    item.get(key).is_some_and(|value| regex.is_match(&printed(value)))
}

// Expressions see a scalar as it is printed, quotes included.
fn printed(node: &Node) -> String {
    super::structured::printed(node)
}
