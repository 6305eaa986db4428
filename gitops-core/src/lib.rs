//! Delivers what a source describes to where it should run.
//!
//! Four small traits carry the work, [`Source`], [`Renderer`], [`Differ`] and [`Applier`], and
//! the algorithm between them is the only code that knows their order. This crate does no I/O: no
//! sockets, no files, no clock.

pub mod applier;
pub mod change;
pub mod clock;
pub mod conflict;
pub mod delivery;
pub mod differ;
pub mod digest;
pub mod error;
pub mod event;
pub mod execute;
pub mod find;
pub mod health;
pub mod inventory;
pub mod memory;
pub mod object;
pub mod order;
pub mod owner;
pub mod plan;
pub mod policy;
pub mod renderer;
pub mod revision;
pub mod schema;
pub mod semver;
pub mod source;
pub mod tree;
pub mod wrap;
pub mod yaml;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use crate::{
    applier::{Applier, ApplyError, Outcome},
    change::{After, Cause, Change, FieldChange, Pin},
    clock::Clock,
    conflict::Conflict,
    delivery::{Delivery, ReconcileError},
    differ::{DiffError, Differ, Live, LiveObject, Scope},
    digest::Digest,
    error::BoxError,
    event::{Event, Observer, Silent},
    execute::Report,
    inventory::{Claim, Inventory, InventoryError, InventoryStore, Version},
    object::{InvalidObject, Kind, Object, ObjectId, Origin},
    owner::{OWNER_LABEL, Owner},
    plan::Plan,
    policy::Policy,
    renderer::{RenderError, Renderer},
    revision::Revision,
    source::{Source, SourceError},
    tree::{Tree, TreePath},
};
