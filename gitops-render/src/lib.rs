//! Renderers of GitOps delivery: files in, objects out.
//!
//! Nothing here reads the environment, the time, the network or a cluster.

mod kustomize;

pub use gitops_core::yaml;

pub use self::kustomize::{
    KUSTOMIZE_DEPTH_MAX, KUSTOMIZE_NESTING_MAX, KUSTOMIZE_NODES_MAX, KUSTOMIZE_REGEX_BYTES_MAX,
    KUSTOMIZE_RESOURCES_MAX, KUSTOMIZE_VERSION, KustomizeBuild, KustomizeOptions,
    KustomizeRenderer, LoadRestriction, Order,
};
