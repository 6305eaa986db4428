//! How large and how deep YAML may be.

/// The largest stream that is read, in bytes.
pub const YAML_BYTES_MAX: usize = 64 << 20;
/// How deep collections may be nested, aliases followed.
pub const YAML_DEPTH_MAX: usize = 512;
/// How many bytes of text the aliases of one document may repeat.
pub const YAML_ALIAS_BYTES_MAX: usize = 64 << 20;
/// How many characters a key may have that is written without `?`.
pub const YAML_SIMPLE_KEY_MAX: usize = 1024;

/// Deeper documents are read in general only.
pub(super) const DIRECT_DEPTH_MAX: usize = 100;
/// Up to so many nodes, nearly all of a document may come from aliases.
pub(super) const ALIAS_NODES_LOW: u32 = 400_000;
/// From so many nodes on, only a tenth of a document may come from aliases.
pub(super) const ALIAS_NODES_HIGH: u32 = 4_000_000;
