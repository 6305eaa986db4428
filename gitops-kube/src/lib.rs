//! Kubernetes backends of `GitOps` delivery, over server-side apply.

#[cfg(feature = "apiserver")]
pub mod apiserver;
