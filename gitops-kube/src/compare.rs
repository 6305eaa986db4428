//! What differs between the live object and what an apply would make of it.

use std::collections::{BTreeSet, HashMap};

use gitops_core::{FieldChange, Object};
use serde_json::{Map, Value};

use crate::{
    body::SERVER_FIELDS,
    managed::{self, Entry, Fields, LIST_ITEMS_MAX, ListShape},
    paths::{self, FieldPath},
};

// Where kubectl keeps a copy of the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is compared.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) desired: &'a Object,
    pub(crate) live: &'a Value,
    pub(crate) after: &'a Value,
    pub(crate) manager: &'a str,
    /// Whether `status` is written on its own, so that it is no part of the desired state.
    pub(crate) has_status: bool,
}

impl Comparison<'_> {
    /// Returns what differs: first values, then fields of which only the owner differs.
    pub(crate) fn fields(&self) -> Vec<FieldChange> {
        let live = managed::entries(self.live);
        let after = managed::entries(self.after);
        let mut walk = Walk {
            manager: self.manager,
            secret: self.desired.is_secret(),
            live_entries: &live,
            path: FieldPath::default(),
            changes: Vec::new(),
        };
        let owners = live.iter().map(|entry| Owns::Part(entry.fields)).collect();
        let shapes = live.iter().chain(&after).map(|entry| entry.fields).collect();
        let at = At {
            live: Some(self.live),
            after: Some(self.after),
            desired: Some(self.desired.value()),
            owners,
            shapes,
        };
        for key in keys(self.live, self.after) {
            match key {
                "apiVersion" | "kind" => {}
                "status" if self.has_status => {}
                "metadata" => walk.metadata(&at.field(key)),
                _ => walk.step(&at, key),
            }
        }
        let owned = |object| managed::applied_by(object, self.manager).map(|entry| entry.fields);
        let (before, now) = (owned(self.live), owned(self.after));
        if before != now {
            walk.owned(&at, before, now);
        }
        walk.changes
    }
}

/// One place in the three objects.
struct At<'a> {
    live: Option<&'a Value>,
    after: Option<&'a Value>,
    desired: Option<&'a Value>,
    // For each entry of the live object's managed fields, what it owns here.
    owners: Vec<Owns<'a>>,
    // What anybody owns here, before and after: it tells how lists are made up.
    shapes: Vec<&'a Fields>,
}

#[derive(Clone, Copy)]
enum Owns<'a> {
    Nothing,
    Part(&'a Fields),
    Whole,
}

struct Walk<'a> {
    manager: &'a str,
    secret: bool,
    live_entries: &'a [Entry<'a>],
    path: FieldPath,
    changes: Vec<FieldChange>,
}

impl<'a> At<'a> {
    fn field(&self, key: &str) -> At<'a> {
        At {
            live: self.live.and_then(|value| value.get(key)),
            after: self.after.and_then(|value| value.get(key)),
            desired: self.desired.and_then(|value| value.get(key)),
            owners: self.below(|fields| managed::field(fields, key)),
            shapes: self.shapes.iter().filter_map(|fields| managed::field(fields, key)).collect(),
        }
    }

    fn item(&self, keys: &Map<String, Value>) -> At<'a> {
        let find = |value: Option<&'a Value>| paths::item_with(value?.as_array()?, keys);
        let shapes = self.shapes.iter().filter_map(|fields| managed::item(fields, keys));
        At {
            live: find(self.live),
            after: find(self.after),
            desired: find(self.desired),
            owners: self.below(|fields| managed::item(fields, keys)),
            shapes: shapes.collect(),
        }
    }

    fn member(&self, member: &Value) -> At<'a> {
        let find = |value: Option<&'a Value>| value?.as_array()?.iter().find(|own| *own == member);
        At {
            live: find(self.live),
            after: find(self.after),
            desired: find(self.desired),
            owners: self.below(|fields| managed::member(fields, member)),
            shapes: Vec::new(),
        }
    }

    fn below(&self, step: impl Fn(&'a Fields) -> Option<&'a Fields>) -> Vec<Owns<'a>> {
        let below = |owns: &Owns<'a>| match owns {
            Owns::Nothing => Owns::Nothing,
            Owns::Whole => Owns::Whole,
            // What ends here holds all that is below.
            Owns::Part(fields) if fields.is_empty() => Owns::Whole,
            Owns::Part(fields) => step(fields).map_or(Owns::Nothing, Owns::Part),
        };
        self.owners.iter().map(below).collect()
    }
}

impl Walk<'_> {
    fn metadata(&mut self, at: &At<'_>) {
        let mark = self.path.field("metadata");
        let (live, after) = (at.live.unwrap_or(&Value::Null), at.after.unwrap_or(&Value::Null));
        for key in keys(live, after).filter(|key| !SERVER_FIELDS.contains(key)) {
            self.step(at, key);
        }
        self.path.back(mark);
    }

    fn step(&mut self, at: &At<'_>, key: &str) {
        let mark = self.path.field(key);
        self.value(&at.field(key));
        self.path.back(mark);
    }

    fn value(&mut self, at: &At<'_>) {
        if at.live == at.after {
            return;
        }
        match (at.live, at.after) {
            (Some(Value::Array(live)), Some(Value::Array(after))) => self.list(at, live, after),
            (Some(Value::Object(live)), None) if !live.is_empty() => self.map(at),
            (None, Some(Value::Object(after))) if !after.is_empty() => self.map(at),
            (Some(Value::Object(_)), Some(Value::Object(_))) => self.map(at),
            _ => self.changed(at),
        }
    }

    fn map(&mut self, at: &At<'_>) {
        let (live, after) = (at.live.unwrap_or(&Value::Null), at.after.unwrap_or(&Value::Null));
        for key in keys(live, after) {
            self.step(at, key);
        }
    }

    fn list(&mut self, at: &At<'_>, live: &[Value], after: &[Value]) {
        if LIST_ITEMS_MAX < live.len().max(after.len()) {
            return self.changed(at);
        }
        let names = match managed::list_shape(at.shapes.iter().copied()) {
            ListShape::Atomic => return self.changed(at),
            ListShape::Set => None,
            ListShape::Keyed(names) => Some(names),
        };
        let name = |item: &Value| match &names {
            None => Some(item.clone()),
            Some(names) => keys_of(item, names),
        };
        let (Some(before), Some(now)) = (Items::of(live, name), Items::of(after, name)) else {
            return self.changed(at);
        };
        let seen = self.changes.len();
        let gone_or_there = before.names.iter();
        let new = now.names.iter().filter(|(text, _)| !before.places.contains_key(text));
        for (text, item) in gone_or_there.chain(new) {
            // Most items of a long list are the same: they cost no more than this.
            if before.get(text, live) == now.get(text, after) {
                continue;
            }
            let (mark, at) = match (item, &names) {
                (Value::Object(keys), Some(_)) => (self.path.item(keys), at.item(keys)),
                _ => (self.path.member(item), at.member(item)),
            };
            match (at.live, at.after) {
                (Some(_), Some(_)) => self.value(&at),
                _ => self.changed(&at),
            }
            self.path.back(mark);
        }
        // The same items in another order.
        if self.changes.len() == seen {
            self.changed(at);
        }
    }

    // Walks what we own before and after: a field that we gain or give up while its value stays
    // is a change too, for it decides what becomes of the field later.
    fn owned(&mut self, at: &At<'_>, before: Option<&Fields>, now: Option<&Fields>) {
        let parts = |fields: Option<&Fields>| fields.map_or(0, managed::parts);
        if parts(before) == 0 && parts(now) == 0 {
            if before.is_some() != now.is_some() && at.live == at.after {
                self.note(at, true);
            }
            return;
        }
        let names = before.into_iter().chain(now).flat_map(Map::keys);
        let names: BTreeSet<&str> = names.map(String::as_str).filter(|name| *name != ".").collect();
        for name in names {
            let before = before.and_then(|fields| fields.get(name)?.as_object());
            let now = now.and_then(|fields| fields.get(name)?.as_object());
            let (mark, at) = if let Some(key) = name.strip_prefix("f:") {
                (self.path.field(key), at.field(key))
            } else if let Some(keys) = managed::item_keys(name) {
                (self.path.item(&keys), at.item(&keys))
            } else if let Some(member) = managed::set_member(name) {
                (self.path.member(&member), at.member(&member))
            } else {
                continue;
            };
            self.owned(&at, before, now);
            self.path.back(mark);
        }
    }

    fn changed(&mut self, at: &At<'_>) {
        // A field that goes away does so because nobody says it any more.
        self.note(at, at.desired.is_some() || at.after.is_none());
    }

    fn note(&mut self, at: &At<'_>, desired: bool) {
        let holds = |owns: &Owns<'_>| match owns {
            Owns::Nothing => false,
            Owns::Part(_) | Owns::Whole => true,
        };
        let holders: BTreeSet<&str> = self
            .live_entries
            .iter()
            .zip(&at.owners)
            .filter(|(_, owns)| at.live.is_some() && holds(owns))
            .map(|(entry, _)| entry.manager)
            .collect();
        let path = self.path.as_str().to_owned();
        self.changes.push(FieldChange {
            before: at.live.cloned(),
            after: at.after.cloned(),
            ours: holders.contains(self.manager),
            held_by: holders
                .into_iter()
                .filter(|holder| *holder != self.manager)
                .map(str::to_owned)
                .collect(),
            desired,
            sensitive: self.secret && is_sensitive(&path),
            path,
        });
    }
}

fn is_sensitive(path: &str) -> bool {
    let under = |root: &str| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    under("data") || under("stringData") || path.contains(LAST_APPLIED)
}

// Returns the keys of both maps, sorted.
fn keys<'a>(live: &'a Value, after: &'a Value) -> impl Iterator<Item = &'a str> {
    let of = |value: &'a Value| value.as_object().into_iter().flat_map(Map::keys);
    let all: BTreeSet<&str> = of(live).chain(of(after)).map(String::as_str).collect();
    all.into_iter()
}

fn keys_of(item: &Value, names: &[String]) -> Option<Value> {
    let keys = names.iter().filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
    let keys: Map<String, Value> = keys.collect();
    (!keys.is_empty()).then_some(Value::Object(keys))
}

// The items of a list by their names.
struct Items {
    names: Vec<(String, Value)>,
    places: HashMap<String, usize>,
}

impl Items {
    // Names every item; `None` when two share a name, or one has none.
    fn of(list: &[Value], name: impl Fn(&Value) -> Option<Value>) -> Option<Self> {
        let with_text = |name: Value| (name.to_string(), name);
        let names: Vec<_> =
            list.iter().map(|item| name(item).map(with_text)).collect::<Option<_>>()?;
        let places = names.iter().enumerate().map(|(place, (text, _))| (text.clone(), place));
        let places: HashMap<_, _> = places.collect();
        (places.len() == names.len()).then_some(Self { names, places })
    }

    fn get<'a>(&self, text: &str, list: &'a [Value]) -> Option<&'a Value> {
        list.get(*self.places.get(text)?)
    }
}
