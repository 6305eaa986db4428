//! Field ownership as `metadata.managedFields` writes it.

use serde_json::{Map, Value, json};

use super::{
    super::{
        shown::{name_of, string},
        world::At,
    },
    fields::Set,
    owners::{Managed, Manager, Operation, Owned},
};

/// What a request says about `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entries {
    /// Nothing, or what cannot be read: the live ones stay.
    Unsaid,
    /// An empty list, or one empty entry: nobody owns anything any more.
    Reset,
    /// These.
    Said(Managed),
}

impl Entries {
    /// Reads `metadata.managedFields` of an object.
    pub(crate) fn of(object: &Value, custom: bool) -> Self {
        let Some(value) = object.at("/metadata/managedFields") else { return Self::Unsaid };
        let Some(list) = value.as_array() else { return Self::Unsaid };
        let empty = |entry: &Value| entry.is_null() || entry.as_object().is_some_and(Map::is_empty);
        // A typed object tells an empty list from none, an untyped one does not.
        if (list.is_empty() && !custom) || (list.len() == 1 && empty(&list[0])) {
            return Self::Reset;
        }
        match Managed::read(list) {
            Some(managed) if !managed.owners.is_empty() => Self::Said(managed),
            _ => Self::Unsaid,
        }
    }
}

impl Managed {
    /// Reads the managers of a stored object.
    pub(crate) fn of(object: &Value) -> Self {
        let list = object.at("/metadata/managedFields").and_then(Value::as_array);
        list.and_then(|list| Self::read(list)).unwrap_or_default()
    }

    fn read(list: &[Value]) -> Option<Self> {
        let mut found = Self::default();
        for entry in list {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let operation = match text("operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            if text("fieldsType") != "FieldsV1" || text("apiVersion").is_empty() {
                return None;
            }
            let manager =
                Manager::new(text("manager"), operation, text("apiVersion"), text("subresource"));
            let owned = Owned {
                set: Set::from_json(entry.get("fieldsV1")?)?,
                version: text("apiVersion").to_owned(),
                time: entry.get("time").and_then(Value::as_str).map(str::to_owned),
            };
            found.owners.insert(manager, owned);
        }
        Some(found)
    }

    /// Writes the managers into `object`, appliers first, then by time.
    pub(crate) fn write(&self, object: &mut Value) {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
            return;
        };
        if self.owners.is_empty() {
            metadata.remove("managedFields");
            return;
        }
        let list = self.ordered().into_iter().map(|(manager, owned)| entry(manager, owned));
        metadata.insert("managedFields".to_owned(), list.collect());
    }

    /// Returns the managers in the order in which they are written.
    fn ordered(&self) -> Vec<(&Manager, &Owned)> {
        let mut owners: Vec<(&Manager, &Owned)> = self.owners.iter().collect();
        owners.sort_by(|(a, x), (b, y)| {
            (a.operation, &x.time, &a.name, &x.version, &a.subresource).cmp(&(
                b.operation,
                &y.time,
                &b.name,
                &y.version,
                &b.subresource,
            ))
        });
        owners
    }

    /// Writes the list of managers as text at a depth; the answer is how deep it gets.
    pub(crate) fn write_text(&self, out: &mut Vec<u8>, depth: usize) -> usize {
        let mut deepest = depth + 2;
        out.push(b'[');
        for (index, (manager, owned)) in self.ordered().into_iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
            let mut field = |name: &str, value: &str| {
                name_of(out, name);
                string(out, value);
            };
            field("manager", &manager.name);
            field("operation", operation(manager));
            field("apiVersion", &owned.version);
            if let Some(time) = &owned.time {
                field("time", time);
            }
            if !manager.subresource.is_empty() {
                field("subresource", &manager.subresource);
            }
            field("fieldsType", "FieldsV1");
            name_of(out, "fieldsV1");
            deepest = deepest.max(owned.set.write_text(out, depth + 2));
            out.push(b'}');
        }
        out.push(b']');
        deepest
    }

    /// Whether two objects have the same managers, but for their times.
    pub(crate) fn is_same_but_times(&self, other: &Self) -> bool {
        self.owners.len() == other.owners.len()
            && self.ordered().into_iter().zip(other.ordered()).all(|((a, x), (b, y))| {
                (operation(a), &a.name, &a.subresource) == (operation(b), &b.name, &b.subresource)
                    && x.version == y.version
                    && x.set == y.set
            })
    }

    /// Returns the managers as they are read: of two that go by one name, one.
    pub(crate) fn as_read(&self) -> Self {
        // Who scaled reads back under another version than it is known by here.
        let known = |(manager, owned): (&Manager, &Owned)| {
            manager.version.is_empty() || manager.version == owned.version
        };
        if self.owners.iter().all(known) {
            return self.clone();
        }
        let list: Vec<Value> = self.ordered().into_iter().map(|(m, o)| entry(m, o)).collect();
        Self::read(&list).unwrap_or_default()
    }
}

fn operation(manager: &Manager) -> &'static str {
    match manager.operation {
        Operation::Apply => "Apply",
        Operation::Update => "Update",
    }
}

fn entry(manager: &Manager, owned: &Owned) -> Value {
    let mut entry = json!({
        "manager": manager.name,
        "operation": operation(manager),
        "apiVersion": owned.version,
        "fieldsType": "FieldsV1",
        "fieldsV1": owned.set.to_json(),
    });
    if let Value::Object(map) = &mut entry {
        if let Some(time) = &owned.time {
            map.insert("time".to_owned(), time.as_str().into());
        }
        if !manager.subresource.is_empty() {
            map.insert("subresource".to_owned(), manager.subresource.as_str().into());
        }
    }
    entry
}
