//! Helm charts, rendered in process.

mod chart;
mod dependencies;
mod error;
mod funcs;
mod glob;
mod live;
mod manifest;
mod notice;
mod release;
mod renderer;
mod schema;
mod scope;
pub mod template;
mod text;
pub mod value;
pub mod values;

pub use self::{
    chart::{
        CHART_BYTES_MAX, CHART_DEPTH_MAX, CHART_FILES_MAX, Chart, ChartFile, Dependency,
        Maintainer, Metadata,
    },
    error::HelmError,
    live::{LiveState, World},
    manifest::{Hook, HookEvent, Manifest},
    notice::Notice,
    release::{RELEASE_NAME_BYTES_MAX, Release, ReleaseOptions, SchemaCheck, show_only},
    renderer::HelmRenderer,
    schema::SCHEMA_DEPTH_MAX,
    scope::{Capabilities, HELM_VERSION, KubeVersion, ReleaseName},
};
