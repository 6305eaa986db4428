//! How large and how deep a kustomization may be.

/// How deep kustomizations may refer to each other.
pub const KUSTOMIZE_DEPTH_MAX: usize = 64;
/// How many resources one build may hold at a time.
pub const KUSTOMIZE_RESOURCES_MAX: usize = 100_000;
/// How deep a resource may be nested, aliases followed.
pub const KUSTOMIZE_NESTING_MAX: usize = 256;
/// How many nodes one document may have once its aliases are followed.
pub const KUSTOMIZE_NODES_MAX: usize = 4_000_000;
/// How large a compiled regular expression of a selector may be, in bytes.
pub const KUSTOMIZE_REGEX_BYTES_MAX: usize = 1 << 20;
/// How many repositories and files elsewhere a kustomization may refer to.
pub const KUSTOMIZE_REMOTES_MAX: usize = 64;
