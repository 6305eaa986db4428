//! The reference implementation of every trait, in memory.
//!
//! It is short code that keeps every contract: use it in tests, and read it before writing a
//! backend. It reads no clock and draws no random numbers, so that equal calls in equal order give
//! equal answers.

mod cluster;
mod fields;
mod immutable;
mod inventory;
mod kinds;
mod merge;
mod renderer;
mod source;
mod store;

pub use self::{
    cluster::MemoryCluster,
    inventory::MemoryInventory,
    renderer::{MEMORY_OBJECTS_MAX, MemoryRenderer},
    source::MemorySource,
};
