//! The reference implementations keep every rule.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod conformance_memory;

use conformance_memory::{Cluster, Files, Inventories, Rendering, Sources};
use gitops_core::conformance;

mod tree {
    super::conformance::tree!(super::Files);
}
mod source {
    super::conformance::source!(super::Sources);
}
mod renderer {
    super::conformance::renderer!(super::Rendering);
}
mod differ {
    super::conformance::differ!(super::Cluster);
}
mod applier {
    super::conformance::applier!(super::Cluster);
}
mod inventory {
    super::conformance::inventory!(super::Inventories);
}
