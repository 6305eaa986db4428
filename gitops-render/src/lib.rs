//! Renderers of GitOps delivery: files in, objects out.
//!
//! Nothing here reads the environment, the time, the network or a cluster.

pub mod helm;

pub use gitops_core::yaml;
