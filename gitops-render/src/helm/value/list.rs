//! Go's slices: never changed once made, so that sharing cannot be seen.

use std::ops::Deref;
use std::rc::Rc;

use super::Value;

/// The Go type of a slice's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elem {
    /// `interface {}`.
    Any,
    /// `string`.
    Str,
    /// `int`.
    Int,
    /// `uint8`: the slice is bytes.
    Byte,
    /// `[]interface {}`.
    List,
    /// `map[string]interface {}`: tables of TOML.
    Map,
}

impl Elem {
    /// The name of the slice's type.
    pub(crate) const fn list_name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Str => "[]string",
            Self::Int => "[]int",
            Self::Byte => "[]uint8",
            Self::List => "[][]interface {}",
            Self::Map => "[]map[string]interface {}",
        }
    }
}

/// A Go slice.
#[derive(Debug)]
pub struct List {
    elem: Elem,
    nil: bool,
    items: Vec<Value>,
}

impl List {
    /// A slice of `items`, whose types are the caller's promise.
    pub const fn new(elem: Elem, items: Vec<Value>) -> Self {
        Self { elem, nil: false, items }
    }

    /// The nil slice: empty, and `null` in JSON.
    pub const fn nil(elem: Elem) -> Self {
        Self { elem, nil: true, items: Vec::new() }
    }

    /// The type of the elements.
    pub const fn elem(&self) -> Elem {
        self.elem
    }

    /// Whether this is the nil slice.
    pub const fn is_nil(&self) -> bool {
        self.nil
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

/// Deep values are taken apart in a loop: recursion would be as deep as they are.
impl Drop for List {
    fn drop(&mut self) {
        let nests = |item: &Value| matches!(item, Value::List(_) | Value::Map(_));
        if self.items.iter().any(nests) {
            bury(&mut std::mem::take(&mut self.items));
        }
    }
}

/// Drops values and all that only they hold.
pub(super) fn bury(pending: &mut Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => {
                if let Ok(mut list) = Rc::try_unwrap(list) {
                    pending.append(&mut list.items);
                }
            }
            Value::Map(map) => {
                if let Ok(mut map) = Rc::try_unwrap(map) {
                    map.drain(pending);
                }
            }
            _ => {}
        }
    }
}
