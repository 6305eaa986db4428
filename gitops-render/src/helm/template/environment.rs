//! All that a template can see besides its data: time, chance, the live state; each is given.

use std::fmt;

use jiff::Timestamp;

use super::limits::Limits;
use crate::helm::value::{CallError, Value};

/// Where random bytes come from.
pub trait Random {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// What `lookup` answers from.
pub trait Lookup {
    /// The object, or the list when `name` is empty, as the API server gives it; an empty map when
    /// there is none.
    ///
    /// # Errors
    /// The text that the render fails with.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, CallError>;
}

/// Knows no live state: every `lookup` gives an empty map, as with `helm template`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLookup;

impl Lookup for NoLookup {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, CallError> {
        Ok(Value::map::<&str>([]))
    }
}

/// The surroundings of a render.
pub struct Environment {
    /// Whether a missing key of a map is an error (`--strict` of `helm lint`).
    pub strict: bool,
    /// Whether `required` and `fail` let pass.
    pub lint: bool,
    /// What a render may use at most.
    pub limits: Limits,
    /// What `now` answers.
    pub clock: Box<dyn Fn() -> Timestamp>,
    /// What passwords, keys and identifiers are made of.
    pub random: Box<dyn Random>,
    /// What `lookup` answers from.
    pub lookup: Box<dyn Lookup>,
}

impl Environment {
    /// Surroundings with `now` and a source of chance, no live state and the default limits.
    pub fn new(now: Timestamp, random: impl Random + 'static) -> Self {
        Self {
            strict: false,
            lint: false,
            limits: Limits::default(),
            clock: Box::new(move || now),
            random: Box::new(random),
            lookup: Box::new(NoLookup),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("strict", &self.strict)
            .field("lint", &self.lint)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
