//! How large a tree may be.

/// The largest file that is read, in bytes.
pub const TREE_FILE_BYTES_MAX: u64 = 64 << 20;
/// How many entries one walk may meet.
pub const TREE_ENTRIES_MAX: u64 = 1_000_000;
/// How many directories may be nested.
pub const TREE_DEPTH_MAX: u64 = 128;
/// How many links one path may go through.
pub const TREE_LINKS_MAX: u64 = 40;
/// The longest target of a link that is followed, in bytes: longer ones are no paths.
pub const TREE_LINK_BYTES_MAX: u64 = 4096;

/// How large a tree may be; what passes a limit is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeLimits {
    /// The largest file that is read, in bytes ([`TREE_FILE_BYTES_MAX`]).
    pub file_bytes_max: u64,
    /// How many entries one walk may meet ([`TREE_ENTRIES_MAX`]).
    pub entries_max: u64,
    /// How many directories may be nested ([`TREE_DEPTH_MAX`]).
    pub depth_max: u64,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            file_bytes_max: TREE_FILE_BYTES_MAX,
            entries_max: TREE_ENTRIES_MAX,
            depth_max: TREE_DEPTH_MAX,
        }
    }
}
