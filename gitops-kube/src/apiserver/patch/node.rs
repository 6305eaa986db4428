//! A document under a JSON patch, as the real library holds it.
//!
//! It tells three nulls apart, and its comparisons and copies show the difference.

use std::collections::BTreeMap;

use serde_json::Value;

/// A part of the document.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A null that was read as part of something, or no value at all.
    Absent,
    /// A null that an operation brought.
    Null,
    /// A null that was copied: it passes for an empty mapping that takes nothing.
    Copied,
    Leaf(Value),
    Map(BTreeMap<String, Self>),
    List(Vec<Self>),
}

/// What the real library does where it dereferences nothing.
pub(super) const NIL: &str =
    "panic: runtime error: invalid memory address or nil pointer dereference";

static ABSENT: Node = Node::Absent;

impl Node {
    /// Takes a value as part of a document.
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Array(items) => Self::List(items.into_iter().map(Self::of).collect()),
            Value::Object(map) => {
                Self::Map(map.into_iter().map(|(name, value)| (name, Self::of(value))).collect())
            }
            leaf => Self::Leaf(leaf),
        }
    }

    /// Takes the `value` of an operation.
    pub(super) fn of_operation(value: Option<&Value>) -> Self {
        match value {
            None => Self::Absent,
            Some(Value::Null) => Self::Null,
            Some(value) => Self::of(value.clone()),
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Absent | Self::Null | Self::Copied => Value::Null,
            Self::Leaf(value) => value,
            Self::Map(map) => Value::Object(
                map.into_iter().map(|(name, node)| (name, node.into_value())).collect(),
            ),
            Self::List(items) => Value::Array(items.into_iter().map(Self::into_value).collect()),
        }
    }

    /// Copies the node as `copy` does.
    pub(super) fn copied(&self) -> Self {
        match self {
            Self::Absent => Self::Absent,
            node => match node.clone().into_value() {
                Value::Null => Self::Copied,
                value => Self::of(value),
            },
        }
    }

    /// Goes one step down, to a mapping or list.
    pub(super) fn container(&mut self, key: &str) -> Option<&mut Self> {
        let below = match self {
            Self::Map(map) => map.get_mut(key)?,
            Self::List(items) => {
                let at = place(key, items.len()).ok()?;
                items.get_mut(at)?
            }
            _ => return None,
        };
        matches!(below, Self::Map(_) | Self::List(_) | Self::Copied).then_some(below)
    }

    /// Returns what is at a key; a mapping has something at every key.
    pub(super) fn get(&self, key: &str) -> Result<&Self, String> {
        match self {
            Self::Map(map) => Ok(map.get(key).unwrap_or(&ABSENT)),
            Self::List(items) => place(key, items.len()).map(|at| &items[at]),
            _ => Ok(&ABSENT),
        }
    }

    /// Replaces what is at a key that [`Self::get`] found.
    pub(super) fn set(&mut self, key: &str, node: Self) -> Result<(), String> {
        match self {
            Self::List(items) => {
                let at = place(key, items.len())?;
                items[at] = node;
                Ok(())
            }
            _ => self.insert(key, node),
        }
    }

    /// Adds to a mapping, or in between the items of a list.
    pub(super) fn insert(&mut self, key: &str, node: Self) -> Result<(), String> {
        match self {
            Self::Map(map) => {
                map.insert(key.to_owned(), node);
                Ok(())
            }
            Self::List(items) if key == "-" => {
                items.push(node);
                Ok(())
            }
            Self::List(items) => {
                let number = index(key).map_err(|cause| {
                    format!("value was not a proper array index: '{key}': {cause}")
                })?;
                let at = within(number, items.len() + 1)?;
                items.insert(at, node);
                Ok(())
            }
            _ => Err("panic: assignment to entry in nil map".to_owned()),
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Result<(), String> {
        let missing = || format!("Unable to remove nonexistent key: {key}: missing value");
        match self {
            Self::Map(map) => map.remove(key).map(|_| ()).ok_or_else(missing),
            Self::List(items) => {
                let at = place(key, items.len())?;
                items.remove(at);
                Ok(())
            }
            _ => Err(missing()),
        }
    }

    /// Whether `test` holds the two for equal.
    pub(super) fn same(&self, other: &Self) -> Result<bool, String> {
        match (self, other) {
            (Self::Absent, _) | (_, Self::Absent) => Err(NIL.to_owned()),
            (Self::Null, other) => Ok(matches!(other, Self::Null)),
            (Self::Leaf(mine), other) => {
                // A whole number and the same with a fraction are two.
                Ok(matches!(other, Self::Leaf(theirs) if mine == theirs))
            }
            (Self::Copied, Self::Copied) => Ok(true),
            (Self::Copied, Self::Map(map)) | (Self::Map(map), Self::Copied) => Ok(map.is_empty()),
            (Self::Map(mine), Self::Map(theirs)) => same_maps(mine, theirs),
            (Self::List(mine), Self::Copied) => Ok(mine.is_empty()),
            (Self::List(mine), Self::List(theirs)) => {
                if mine.len() != theirs.len() {
                    return Ok(false);
                }
                for (mine, theirs) in mine.iter().zip(theirs) {
                    if !mine.same(theirs)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Self::Map(_) | Self::List(_) | Self::Copied, _) => Ok(false),
        }
    }
}

fn same_maps(
    mine: &BTreeMap<String, Node>,
    theirs: &BTreeMap<String, Node>,
) -> Result<bool, String> {
    if mine.len() != theirs.len() {
        return Ok(false);
    }
    for (name, node) in mine {
        let same = match (node, theirs.get(name)) {
            (Node::Absent, Some(Node::Absent)) => true,
            (Node::Absent, _) | (_, None | Some(Node::Absent)) => false,
            (node, Some(other)) => node.same(other)?,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads an index as Go's `strconv.Atoi` does.
fn index(key: &str) -> Result<i64, String> {
    let digits = key.strip_prefix(['+', '-']).unwrap_or(key);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("strconv.Atoi: parsing {key:?}: invalid syntax"));
    }
    key.parse().map_err(|_| format!("strconv.Atoi: parsing {key:?}: value out of range"))
}

/// Counts negative numbers from the end.
fn within(number: i64, len: usize) -> Result<usize, String> {
    let invalid = || format!("Unable to access invalid index: {number}: invalid index referenced");
    let size = i64::try_from(len).map_err(|_| invalid())?;
    if size <= number || number < -size {
        return Err(invalid());
    }
    let at = if number < 0 { number + size } else { number };
    usize::try_from(at).map_err(|_| invalid())
}

fn place(key: &str, len: usize) -> Result<usize, String> {
    within(index(key)?, len)
}
