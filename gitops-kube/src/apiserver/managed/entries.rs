//! Field ownership as `metadata.managedFields` writes it.

use serde_json::{Map, Value, json};

use super::{
    super::world::At,
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
        let empty = |entry: &Value| entry.as_object().is_some_and(Map::is_empty);
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
        let list = owners.into_iter().map(|(manager, owned)| entry(manager, owned)).collect();
        metadata.insert("managedFields".to_owned(), Value::Array(list));
    }
}

fn entry(manager: &Manager, owned: &Owned) -> Value {
    let operation = match manager.operation {
        Operation::Apply => "Apply",
        Operation::Update => "Update",
    };
    let mut entry = json!({
        "manager": manager.name,
        "operation": operation,
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
