//! Where the desired state comes from: Git repositories and local directories.
//!
//! [`GitSource`] reads a repository on disk, or one that is reached through `https://` or `ssh`,
//! and gives trees straight from the object database: nothing is checked out. No `git` program is
//! needed. [`DirectorySource`] gives snapshots of a directory as it is.
//!
//! # Example
//!
//! ```no_run
//! use gitops_core::Source;
//! use gitops_git::{Credentials, GitSource};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let source = GitSource::builder("https://git.example.com/shop/deploy.git")
//!     .reference("semver:^1.4".parse()?)
//!     .credentials(Credentials::token(std::env::var("TOKEN")?))
//!     .build()?;
//! let revision = source.resolve().await?;
//! let tree = source.fetch(&revision).await?;
//! # drop(tree); Ok(()) }
//! ```

mod address;
mod auth;
mod blocking;
mod directory;
mod error;
mod http;
mod limits;
mod local;
mod mirror;
mod odb;
mod reference;
mod refs;
mod remote;
mod source;
mod ssh;
mod suggest;
mod transfer;
mod tree;

pub use self::{
    auth::Credentials,
    directory::{
        DIRECTORY_BYTES_MAX, DIRECTORY_ENTRIES_MAX, DIRECTORY_SNAPSHOTS_MAX, DirectoryLimits,
        DirectorySource,
    },
    limits::{
        GIT_FETCH_BYTES_MAX, GIT_MIRROR_PACKS_MAX, GIT_OBJECT_BYTES_MAX, GIT_REFS_BYTES_MAX,
        GIT_REFS_MAX, GIT_TREE_ENTRIES_CACHED_MAX, GitLimits,
    },
    reference::{InvalidReference, Reference},
    source::{GitSource, GitSourceBuilder},
};
