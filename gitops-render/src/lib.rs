//! Renderers: files in, objects out.
//!
//! Nothing here reads the environment, the time, the network or a cluster.

mod absent;
mod charts;
mod directory;
pub mod helm;
pub mod kustomize;
mod objects;
mod path_match;
pub mod plain;
mod post_render;

pub use gitops_core::yaml;

pub use crate::{
    charts::HelmCharts,
    directory::DirectoryRenderer,
    helm::HelmRenderer,
    kustomize::KustomizeRenderer,
    objects::{OBJECTS_MAX, Objects},
    plain::PlainRenderer,
    post_render::{POST_RENDER_FILE, PostRenderer},
};
