//! In which order objects are written: a pure function of the objects.
//!
//! Objects fall into waves: first by the wave that they ask for, then by what their kind needs to
//! be there before it. Within a wave the order does not matter; deletion goes backwards.

mod phase;

pub use self::phase::Phase;
use crate::Object;

/// The annotation that puts an object into a wave, as Argo CD reads it: a whole number, 0 when
/// absent, lower ones first.
pub const WAVE_ANNOTATION: &str = "argocd.argoproj.io/sync-wave";

/// The place of an object in the order: equal ranks form one wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    /// The wave that the object asks for.
    pub wave: i32,
    /// What its kind needs before it.
    pub phase: Phase,
}

impl Rank {
    /// Returns the place of `object`. A wave that is no whole number counts as 0.
    pub fn of(object: &Object) -> Self {
        let wave = object.annotation(WAVE_ANNOTATION).and_then(|text| text.trim().parse().ok());
        Self { wave: wave.unwrap_or(0), phase: Phase::of(object.id()) }
    }
}

/// Groups `items` by rank, lowest first; within a group the order of `items` stays.
pub fn waves<T>(items: impl IntoIterator<Item = (Rank, T)>) -> Vec<(Rank, Vec<T>)> {
    let mut sorted: Vec<_> = items.into_iter().collect();
    sorted.sort_by_key(|(rank, _)| *rank);
    let mut waves: Vec<(Rank, Vec<T>)> = Vec::new();
    for (rank, item) in sorted {
        match waves.last_mut() {
            Some((last, items)) if *last == rank => items.push(item),
            _ => waves.push((rank, vec![item])),
        }
    }
    waves
}
