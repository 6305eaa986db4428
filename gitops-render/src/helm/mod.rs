//! Helm charts, rendered in process.
#![allow(
    clippy::format_push_string,
    clippy::match_same_arms,
    clippy::naive_bytecount,
    clippy::needless_pass_by_value,
    clippy::similar_names,
    clippy::unnecessary_wraps,
    reason = "functions of one table have one type; error texts are short and read best formatted"
)]

mod chart;
mod dependencies;
mod error;
mod funcs;
mod glob;
mod live;
mod lock;
mod manifest;
mod notice;
mod release;
mod release_name;
mod renderer;
pub mod repository;
mod schema;
mod scope;
pub mod template;
mod text;
pub mod value;
pub mod values;
mod vendor;

pub(crate) use self::renderer::{add, crds, delivered};
pub use self::{
    chart::{
        CHART_BYTES_MAX, CHART_DEPTH_MAX, CHART_FILES_MAX, Chart, ChartFile, Dependency,
        FOLDER_DEPTH_MAX, Maintainer, Metadata, Package,
    },
    error::HelmError,
    live::{LiveState, World},
    lock::{Lock, Locked},
    manifest::{Hook, HookEvent, Manifest},
    notice::Notice,
    release::{RELEASE_NAME_BYTES_MAX, Release, ReleaseOptions, SchemaCheck, show_only},
    release_name::release_name,
    renderer::HelmRenderer,
    schema::SCHEMA_DEPTH_MAX,
    scope::{Capabilities, HELM_VERSION, HelmBuild, KubeVersion, ReleaseName},
    vendor::{DEPENDENCIES_MAX, Dependencies, DependencyError},
};
