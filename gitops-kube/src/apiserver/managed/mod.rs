//! Field ownership: who set which field, what happens when another sets it too.
//!
//! This is structured merge-diff over typed values. It shares no code with the client side, so
//! that tests of one can disagree with the other.

mod cut;
mod element;
pub(super) mod entries;
pub(super) mod fields;
pub(super) mod merge;
pub(super) mod owners;
pub(super) mod read;
pub(super) mod scale;
mod still;

pub(super) use self::{
    entries::Entries,
    owners::{Conflict, Managed, Manager, Operation, Stamp, Written},
};
