//! How much a repository may ask of us.

/// How many bytes the answer to one fetch may have, compressed as it travels.
pub const GIT_FETCH_BYTES_MAX: u64 = 2 << 30;
/// How many bytes a list of references may have.
pub const GIT_REFS_BYTES_MAX: u64 = 64 << 20;
/// How many references one question may be answered with.
pub const GIT_REFS_MAX: u64 = 200_000;
/// How many bytes one object may have, as far as it has to be held in memory.
pub const GIT_OBJECT_BYTES_MAX: u64 = 256 << 20;
/// How many packs a mirror collects before it is started afresh.
pub const GIT_MIRROR_PACKS_MAX: u64 = 256;
/// How many entries of directories a source keeps in memory once they were read.
pub const GIT_TREE_ENTRIES_CACHED_MAX: usize = 400_000;

/// How much a repository may ask of us; what passes a limit is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GitLimits {
    /// How many bytes the answer to one fetch may have ([`GIT_FETCH_BYTES_MAX`]).
    pub fetch_bytes_max: u64,
    /// How many bytes a list of references may have ([`GIT_REFS_BYTES_MAX`]).
    pub refs_bytes_max: u64,
    /// How many references one question may be answered with ([`GIT_REFS_MAX`]).
    pub refs_max: u64,
    /// How many bytes one object may have ([`GIT_OBJECT_BYTES_MAX`]).
    pub object_bytes_max: u64,
    /// How many packs a mirror collects before it is started afresh ([`GIT_MIRROR_PACKS_MAX`]).
    pub mirror_packs_max: u64,
}

impl Default for GitLimits {
    fn default() -> Self {
        Self {
            fetch_bytes_max: GIT_FETCH_BYTES_MAX,
            refs_bytes_max: GIT_REFS_BYTES_MAX,
            refs_max: GIT_REFS_MAX,
            object_bytes_max: GIT_OBJECT_BYTES_MAX,
            mirror_packs_max: GIT_MIRROR_PACKS_MAX,
        }
    }
}
