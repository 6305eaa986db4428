//! Who may have which names, and whether a definition is established.

use serde_json::{Map, Value, json};

use super::super::world::{World, text};

/// Whether a definition's kind is served.
pub(crate) fn is_established(definition: &Value) -> bool {
    condition(definition, "Established").is_some_and(|found| text(found, "/status") == "True")
}

fn condition<'d>(definition: &'d Value, name: &str) -> Option<&'d Value> {
    let conditions = definition.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| text(condition, "/type") == name)
}

/// Names that other definitions of a group have.
struct Taken {
    resources: Vec<String>,
    kinds: Vec<String>,
}

fn taken(world: &World, definition: &Value) -> Taken {
    let mut taken = Taken { resources: Vec::new(), kinds: Vec::new() };
    let Some(kind) =
        world.kinds.find("apiextensions.k8s.io", "v1", "customresourcedefinitions").cloned()
    else {
        return taken;
    };
    let name = text(definition, "/metadata/name");
    for (_, other) in world.store.list(&kind.resource, None) {
        if text(&other, "/spec/group") != text(definition, "/spec/group")
            || text(&other, "/metadata/name") == name
        {
            continue;
        }
        let names = other.pointer("/status/acceptedNames").unwrap_or(&Value::Null);
        let owned = |field: &str| text(names, &format!("/{field}")).to_owned();
        taken.resources.extend([owned("plural"), owned("singular")]);
        let short = names.get("shortNames").and_then(Value::as_array).into_iter().flatten();
        taken.resources.extend(short.filter_map(|name| name.as_str().map(str::to_owned)));
        taken.kinds.extend([owned("kind"), owned("listKind")]);
    }
    taken
}

/// Brings the status of a definition up to date: names, conditions, stored versions.
pub(crate) fn settle(world: &World, definition: &mut Value, now: &str) {
    let taken = taken(world, definition);
    let wanted = definition.pointer("/spec/names").cloned().unwrap_or_else(|| json!({}));
    let had = definition.pointer("/status/acceptedNames").cloned().unwrap_or_else(|| json!({}));
    let mut accepted = had.as_object().cloned().unwrap_or_default();
    let mut refused: Option<(&str, String)> = None;
    let rows = [
        ("plural", "PluralConflict", &taken.resources),
        ("singular", "SingularConflict", &taken.resources),
        ("shortNames", "ShortNamesConflict", &taken.resources),
        ("kind", "KindConflict", &taken.kinds),
        ("listKind", "ListKindConflict", &taken.kinds),
    ];
    for (field, reason, taken) in rows {
        let value = wanted.get(field);
        match conflict(value, had.get(field), taken) {
            Some(message) => refused = Some((reason, message)),
            None => put(&mut accepted, field, value),
        }
    }
    put(&mut accepted, "categories", wanted.get("categories"));
    let is_accepted = refused.is_none();
    let (reason, message) = refused.unwrap_or(("NoConflicts", "no conflicts found".to_owned()));
    let mut conditions = Map::new();
    conditions.insert("NamesAccepted".to_owned(), json!([is_accepted, reason, message]));
    if !is_established(definition) {
        let established = if is_accepted {
            json!([true, "InitialNamesAccepted", "the initial names have been accepted"])
        } else {
            json!([false, "NotAccepted", "not all names are accepted"])
        };
        conditions.insert("Established".to_owned(), established);
    }
    let names = Value::Object(accepted);
    let status = &mut definition["status"];
    if !status.is_object() {
        *status = json!({});
    }
    for name in ["NamesAccepted", "Established"] {
        if let Some(said) = conditions.get(name) {
            set_condition(status, name, said, now);
        }
    }
    status["acceptedNames"] = names;
}

fn conflict(wanted: Option<&Value>, had: Option<&Value>, taken: &[String]) -> Option<String> {
    if wanted == had {
        return None;
    }
    let texts = |value: Option<&Value>| -> Vec<String> {
        match value {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(list)) => {
                list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    };
    let had = texts(had);
    let used: Vec<String> = texts(wanted)
        .into_iter()
        .filter(|name| !had.contains(name) && taken.contains(name))
        .map(|name| format!("{name:?} is already in use"))
        .collect();
    match used.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("[{}]", many.join(", "))),
    }
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    match value {
        Some(value) => map.insert(name.to_owned(), value.clone()),
        None => map.remove(name),
    };
}

fn set_condition(status: &mut Value, name: &str, said: &Value, now: &str) {
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(list) = status["conditions"].as_array_mut() else { return };
    let value = if said[0] == true { "True" } else { "False" };
    let mut condition = json!({
        "lastTransitionTime": now,
        "message": said[2],
        "reason": said[1],
        "status": value,
        "type": name,
    });
    match list.iter_mut().find(|condition| text(condition, "/type") == name) {
        Some(known) => {
            if text(known, "/status") == value {
                condition["lastTransitionTime"] = known["lastTransitionTime"].take();
            }
            *known = condition;
        }
        None => list.push(condition),
    }
}

/// Notes the version that objects are stored in from now on.
pub(crate) fn note_stored(definition: &mut Value) {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let stored = versions
        .into_iter()
        .flatten()
        .find(|version| version.get("storage") == Some(&json!(true)))
        .and_then(|version| version.get("name").cloned());
    let Some(stored) = stored else { return };
    let status = &mut definition["status"];
    if !status.is_object() {
        *status = json!({});
    }
    if !status["storedVersions"].is_array() {
        status["storedVersions"] = json!([]);
    }
    if let Some(list) = status["storedVersions"].as_array_mut()
        && !list.contains(&stored)
    {
        list.push(stored);
    }
}

/// Says that a definition is on its way out.
pub(crate) fn terminating(definition: &mut Value, now: &str) {
    let status = &mut definition["status"];
    if !status.is_object() {
        *status = json!({});
    }
    let message =
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    set_condition(status, "Terminating", &json!([true, "InstanceDeletionPending", message]), now);
}
