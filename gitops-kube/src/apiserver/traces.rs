//! What typed objects remember of a body, though their JSON does not show it.
//!
//! A real server holds built-in objects as structs. An empty list that was given is not the same
//! there as none, an amount remembers how it was written, and bytes can be null. Each pair is
//! written alike, but told apart where a server compares what lies in memory, or stored bytes.

use std::cell::RefCell;

use gitops_core::schema::{Merge, TypeRef};
use serde_json::Value;

use super::managed::{
    fields::{Element, Set},
    read::item_element,
};

/// Traces of one body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces {
    /// Where mappings and lists were given empty, and are left out, as JSON pointers; and whether
    /// there is a list.
    empty: Vec<(String, bool)>,
    /// Where amounts were written in another form than the one they are kept in.
    reworded: Vec<String>,
    /// Why the object is written in other bytes than it would be once it was read back.
    rewritten: Option<Rewritten>,
}

/// What of an object is written once and not again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rewritten {
    /// Bytes that are null, which reads back as none.
    NullBytes,
    /// Empty values in the metadata of a custom object.
    Metadata,
    /// A scale: defaults are not written with it, and managers in another order.
    Scale,
}

/// Traces that are noted while a request is on its way.
pub(crate) type Noted = RefCell<Traces>;

impl Traces {
    pub(crate) fn note_empty(&mut self, pointer: String, list: bool) {
        self.empty.push((pointer, list));
    }

    pub(crate) fn note_reworded(&mut self, pointer: String) {
        self.reworded.push(pointer);
    }

    pub(crate) fn note_rewritten(&mut self, why: Rewritten) {
        self.rewritten = Some(why);
    }

    /// Whether a mapping or list was given, but empty.
    pub(crate) fn is_empty_at(&self, pointer: &str) -> bool {
        self.empty.iter().any(|(known, _)| known == pointer)
    }

    /// Whether any mapping or list was given, but empty.
    pub(crate) fn has_empty(&self) -> bool {
        !self.empty.is_empty()
    }

    /// Shows the lists that were given empty as empty ones, where they have become null.
    pub(crate) fn show_empty(&self, object: &mut Value, of: TypeRef<'_>) {
        for (pointer, _) in self.empty.iter().filter(|(_, list)| *list) {
            if is_written(object, of, pointer)
                && let Some(shown) = object.pointer_mut(pointer)
            {
                *shown = Value::Array(Vec::new());
            }
        }
    }

    /// Why the object is written in other bytes than it would be once it was read back.
    pub(crate) fn rewritten(&self) -> Option<Rewritten> {
        self.rewritten
    }

    /// Returns the leaves of `object` that no stored value equals: those with a list in which
    /// something is told apart that JSON does not tell apart.
    pub(crate) fn restless(&self, object: &Value, of: TypeRef<'_>) -> Vec<Vec<Element>> {
        let reworded = self.reworded.iter().map(|pointer| (pointer, false));
        let empty = self.empty.iter().map(|(pointer, list)| (pointer, *list));
        reworded
            .chain(empty)
            .filter_map(|(pointer, list)| {
                let ends_in_list = list && is_written(object, of, pointer);
                restless_leaf(object, of, pointer, ends_in_list)
            })
            .collect()
    }
}

/// Whether there is null for a list that is none: its field is always written.
fn is_written(object: &Value, of: TypeRef<'_>, pointer: &str) -> bool {
    let mut of = Some(of);
    let mut emitted = false;
    for step in pointer.split('/').skip(1) {
        let Some(at) = of else { return false };
        emitted = at.field(step).is_some_and(|field| field.emitted);
        of = at.items().filter(|_| step.parse::<usize>().is_ok()).or_else(|| at.at_key(step));
    }
    emitted && object.pointer(pointer).is_some_and(Value::is_null)
}

/// Returns the leaf that a pointer leads into, when there is a list on the way from it or at its end.
fn restless_leaf(
    object: &Value,
    of: TypeRef<'_>,
    pointer: &str,
    ends_in_list: bool,
) -> Option<Vec<Element>> {
    let (mut value, mut of) = (object, of);
    let mut path = Vec::new();
    let (mut in_leaf, mut in_list) = (false, ends_in_list);
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        let atom = of.atom();
        match value {
            Value::Object(map) => {
                in_leaf |= atom.map.as_ref().is_some_and(|map| map.atomic);
                let Some(below) = map.get(&name) else { break };
                if !in_leaf {
                    path.push(Element::field(&name));
                }
                (value, of) = (below, of.at_key(&name)?);
            }
            Value::Array(items) => {
                let how = &atom.list.as_ref()?.merge;
                in_leaf |= *how == Merge::Atomic;
                let item = items.get(name.parse::<usize>().ok()?)?;
                if in_leaf {
                    in_list = true;
                } else {
                    path.push(item_element(how, item).ok()?);
                }
                (value, of) = (item, of.items()?);
            }
            _ => break,
        }
    }
    in_list.then_some(path)
}

impl Set {
    /// Adds the paths that are not in `other`.
    pub(crate) fn insert_unless(&mut self, paths: Vec<Vec<Element>>, other: &Self) {
        for path in paths {
            if !other.has_elements(&path) {
                self.insert_elements(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gitops_core::schema;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_that_are_one_leaf_are_restless() {
        let kind = schema::builtin("apps", "v1", "StatefulSet").unwrap();
        let claim = json!({ "spec": { "resources": { "requests": { "storage": "1Gi" } } } });
        let object = json!({ "spec": {
            "template": { "spec": { "containers": [{ "name": "a", "resources": {} }] } },
            "volumeClaimTemplates": [claim],
        }});
        let mut traces = Traces::default();
        traces.note_empty("/spec/template/spec/containers/0/resources/limits".to_owned(), false);
        assert!(traces.restless(&object, kind).is_empty(), "no list is compared as a whole");
        let at = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage";
        traces.note_reworded(at.to_owned());
        let path = vec![Element::field("spec"), Element::field("volumeClaimTemplates")];
        assert_eq!(traces.restless(&object, kind), [path]);
    }
}
