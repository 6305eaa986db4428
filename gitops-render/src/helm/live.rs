//! What a render may know of the world: the time, chance, the live state.

use std::sync::Arc;

use gitops_core::{Digest, Object};
use jiff::Timestamp;
use serde_json::json;

use super::{
    template::{Environment, Lookup, NoLookup, Random},
    value::{CallError, Value},
};

/// What `lookup` answers from.
#[derive(Clone, Debug, Default)]
pub enum LiveState {
    /// Nothing is known: every `lookup` gives an empty map, as with `helm template`.
    #[default]
    Unknown,
    /// A chart that asks is refused, since what it renders depends on what it cannot see.
    Refused,
    /// These objects, and no others.
    Known(Arc<Vec<Object>>),
}

/// The time, chance and the live state of a render.
#[derive(Clone, Debug)]
pub struct World {
    /// What `now` gives.
    pub now: Timestamp,
    /// What passwords, identifiers, private keys and certificates are made from: equal seeds give
    /// equal ones. Signatures by an ECDSA key are the exception, which no two times are alike.
    pub seed: Digest,
    /// What `lookup` answers from.
    pub live: LiveState,
}

impl World {
    /// Returns a world at `now` whose chance comes from `seed`, with no live state.
    pub fn new(now: Timestamp, seed: Digest) -> Self {
        Self { now, seed, live: LiveState::Unknown }
    }

    pub(in crate::helm) fn environment(&self) -> Environment {
        let mut environment = Environment::new(self.now, Seeded::new(self.seed));
        environment.lookup = match &self.live {
            LiveState::Unknown => Box::new(NoLookup),
            LiveState::Refused => Box::new(Refusing),
            LiveState::Known(objects) => Box::new(Snapshot { objects: Arc::clone(objects) }),
        };
        environment
    }
}

/// SHA-256 over the seed and a counter.
struct Seeded {
    seed: Digest,
    counter: u64,
    left: Vec<u8>,
}

impl Seeded {
    fn new(seed: Digest) -> Self {
        Self { seed, counter: 0, left: Vec::new() }
    }
}

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.left.is_empty() {
                let block =
                    Digest::of_parts([self.seed.as_bytes(), &self.counter.to_be_bytes()[..]]);
                self.left = block.as_bytes().to_vec();
                self.counter += 1;
            }
            *byte = self.left.pop().unwrap_or_default();
        }
    }
}

struct Refusing;

impl Lookup for Refusing {
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, CallError> {
        Err(CallError::new(format!(
            "the chart looks up {kind} {namespace}/{name} of {api_version} in the cluster, and the \
             live state is not part of this render"
        )))
    }
}

struct Snapshot {
    objects: Arc<Vec<Object>>,
}

impl Lookup for Snapshot {
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, CallError> {
        let wanted = |object: &&Object| {
            object.kind().api_version() == api_version
                && object.kind().kind == kind
                && (namespace.is_empty()
                    || object.id().namespace.as_deref().is_none_or(|own| own == namespace))
        };
        let mut found = self.objects.iter().filter(wanted);
        if name.is_empty() {
            let items: Vec<_> = found.map(Object::value).collect();
            let list = json!({
                "apiVersion": api_version,
                "kind": format!("{kind}List"),
                "metadata": { "resourceVersion": "" },
                "items": items,
            });
            return Ok(Value::from_json(&list));
        }
        let object = found.find(|object| object.id().name == name);
        Ok(object.map_or_else(|| Value::map::<&str>([]), |object| Value::from_json(object.value())))
    }
}
