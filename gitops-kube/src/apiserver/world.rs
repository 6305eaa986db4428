//! Everything the server holds, and one request on its way through it.

use std::sync::Arc;

use gitops_core::Digest;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    access::{self, Known, User},
    kinds::{Kind, Kinds},
    request::Request,
    status::About,
    store::{Key, Store},
    traces::Noted,
};

/// What the server holds.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kinds: Kinds,
    pub(crate) store: Store,
    pub(crate) draws: Draws,
    pub(crate) options: Options,
    pub(crate) known: Known,
    pub(crate) repeats: super::patch::Repeats,
    pub(crate) stale: super::stale::Stale,
}

/// What the server does by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Whether a deleted namespace empties itself, as a controller would do.
    pub(crate) finish_namespaces: bool,
    /// Whether cluster roles gather the rules of others, as a controller would do.
    pub(crate) gather_roles: bool,
}

impl World {
    pub(crate) fn new(seed: u64, options: Options, now: Timestamp) -> Self {
        let (kinds, store) = (Kinds::builtin(), Store::new());
        let draws = Draws { seed, count: 0 };
        let (known, repeats, stale) = Default::default();
        let mut world = Self { kinds, store, draws, options, known, repeats, stale };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            world.first_namespace(name, now);
        }
        world.first_roles(now);
        world.store.forget();
        world
    }

    fn first_roles(&mut self, now: Timestamp) {
        for (plural, object) in access::first_objects() {
            let Some(kind) = self.kinds.find("rbac.authorization.k8s.io", "v1", plural).cloned()
            else {
                continue;
            };
            let mut object = object.clone();
            let meta = metadata(&mut object);
            meta.insert("uid".to_owned(), self.draws.uid().into());
            meta.insert("creationTimestamp".to_owned(), seconds(now).into());
            let key = (String::new(), text(&object, "/metadata/name").to_owned());
            self.store.put(&kind.resource, key, object);
        }
        access::settle(self);
    }

    fn first_namespace(&mut self, name: &str, now: Timestamp) {
        let Some(kind) = self.kinds.find("", "v1", "namespaces").cloned() else { return };
        let object = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "uid": self.draws.uid(),
                "creationTimestamp": seconds(now),
                "labels": { "kubernetes.io/metadata.name": name },
            },
            "spec": { "finalizers": ["kubernetes"] },
            "status": { "phase": "Active" },
        });
        self.store.put(&kind.resource, (String::new(), name.to_owned()), object);
    }

    /// Returns a namespace.
    pub(crate) fn namespace(&self, name: &str) -> Option<Arc<Value>> {
        let kind = self.kinds.find("", "v1", "namespaces")?;
        self.store.get(&kind.resource, &(String::new(), name.to_owned()))
    }
}

/// Names that no two objects share; equal seeds draw equal names.
#[derive(Debug)]
pub(crate) struct Draws {
    seed: u64,
    count: u64,
}

impl Draws {
    fn bytes(&mut self) -> [u8; 16] {
        self.count += 1;
        let digest = Digest::of(format!("{} {}", self.seed, self.count)).to_string();
        let mut out = [0; 16];
        for (byte, pair) in out.iter_mut().zip(digest.as_bytes().rchunks(2)) {
            let text = std::str::from_utf8(pair).unwrap_or("0");
            *byte = u8::from_str_radix(text, 16).unwrap_or_default();
        }
        out
    }

    /// Draws a uid.
    pub(crate) fn uid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// Draws the five letters after a `generateName`.
    pub(crate) fn suffix(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        self.bytes().iter().take(5).map(letter).collect()
    }

    /// Draws a number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let bytes = self.bytes();
        u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) % end.max(1)
    }
}

/// A time as objects write it: to the second.
pub(crate) fn seconds(time: Timestamp) -> String {
    let whole = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(whole).unwrap_or(time).to_string()
}

/// Whether a time is written as [`seconds`] writes it.
pub(crate) fn is_to_the_second(text: &str) -> bool {
    text.len() == "2006-01-02T15:04:05Z".len()
        && text.as_bytes().get(10) == Some(&b'T')
        && text.ends_with('Z')
        && !text.ends_with(":60Z")
}

/// A request for a resource.
#[derive(Debug)]
pub(crate) struct Call<'r> {
    pub(crate) request: &'r Request,
    pub(crate) kind: Arc<Kind>,
    /// Empty for cluster-scoped objects and for all namespaces.
    pub(crate) namespace: String,
    /// Empty for collections.
    pub(crate) name: String,
    /// Empty for the object itself.
    pub(crate) subresource: String,
    pub(crate) now: Timestamp,
    /// Who sends the request.
    pub(crate) user: Arc<User>,
    /// What the object of the request remembers of the body.
    pub(crate) traces: Noted,
}

impl Call<'_> {
    pub(crate) fn key(&self) -> Key {
        (self.namespace.clone(), self.name.clone())
    }

    pub(crate) fn time(&self) -> String {
        seconds(self.now)
    }

    /// Speaks of the object by its resource.
    pub(crate) fn about(&self) -> About<'_> {
        About { group: self.kind.group(), resource: &self.kind.info.plural, name: &self.name }
    }

    /// Speaks of an object by its kind.
    pub(crate) fn about_kind<'a>(&'a self, name: &'a str) -> About<'a> {
        About { group: self.kind.group(), resource: &self.kind.info.kind, name }
    }

    /// Speaks of another object of the resource.
    pub(crate) fn about_named<'a>(&'a self, name: &'a str) -> About<'a> {
        About { group: self.kind.group(), resource: &self.kind.info.plural, name }
    }
}

/// Returns the text at a pointer, or nothing.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.at(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Looking into a value.
pub(crate) trait At {
    /// Returns what is at a pointer: [`Value::pointer`], but for what it costs where nothing is escaped.
    fn at(&self, pointer: &str) -> Option<&Value>;
}

impl At for Value {
    fn at(&self, pointer: &str) -> Option<&Value> {
        if pointer.contains('~') {
            return self.pointer(pointer);
        }
        pointer.split('/').skip(1).try_fold(self, |value, name| match value {
            Value::Object(map) => map.get(name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// Returns the metadata of an object, made if it has none.
pub(crate) fn metadata(object: &mut Value) -> &mut serde_json::Map<String, Value> {
    if !object.is_object() {
        *object = json!({});
    }
    let map = object.as_object_mut().expect("made an object above");
    let metadata = map.entry("metadata").or_insert_with(|| json!({}));
    if !metadata.is_object() {
        *metadata = json!({});
    }
    metadata.as_object_mut().expect("made an object above")
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, is_to_the_second, seconds};

    #[test]
    fn times_are_written_to_the_second() {
        for (time, written) in [
            ("2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("1969-12-31T23:59:58.5Z", "1969-12-31T23:59:58Z"),
        ] {
            assert_eq!(seconds(time.parse::<Timestamp>().unwrap()), written);
            assert_eq!(is_to_the_second(time), time == written);
            assert!(is_to_the_second(written));
        }
        assert!(!is_to_the_second("2016-12-31T23:59:60Z"));
    }
}
