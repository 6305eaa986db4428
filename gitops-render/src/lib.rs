//! Renderers: files in, objects out.
//!
//! Nothing here reads the environment, the time, the network or a cluster.

pub mod helm;
mod objects;
pub mod plain;

pub use gitops_core::yaml;

pub use crate::{
    objects::{OBJECTS_MAX, Objects},
    plain::PlainRenderer,
};
