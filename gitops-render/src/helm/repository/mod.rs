//! Where charts are published: chart repositories and OCI registries.
//!
//! [`ChartRepository`] is such a place, [`ChartSource`] one chart of it as a
//! [`Source`](gitops_core::Source), and [`Dependencies`](super::Dependencies) brings the charts that
//! another one needs from them. Everything is asked over a [`Transport`], so that the protocols can be
//! tested without a server; `HttpTransport`, with the feature `http`, is the real one.
//!
//! ```
//! # use std::sync::Arc;
//! # use gitops_core::{Renderer, Source, TreePath};
//! # use gitops_render::{HelmRenderer, helm::repository::{ChartRepository, Credentials, MemoryCache, Transport}};
//! async fn render(transport: Arc<dyn Transport>) -> Result<(), Box<dyn std::error::Error>> {
//!     let repository = ChartRepository::new("https://charts.example.com/stable", transport)?
//!         .with_credentials(Arc::new(Credentials::basic("reader", "secret")))
//!         .with_cache(Arc::new(MemoryCache::default()));
//!     let source = repository.chart("web", "^1.2")?;
//!     let revision = source.resolve().await?; // web:1.4.0@sha256:…
//!     let tree = source.fetch(&revision).await?;
//!     let objects = HelmRenderer::new(TreePath::new("web")?, "shop", "prod").render(&tree).await?;
//!     # drop(objects);
//!     Ok(())
//! }
//! ```

mod cache;
mod challenge;
mod credentials;
mod disk;
mod exchange;
mod http;
mod index;
mod manifest;
#[cfg(feature = "http")]
mod network;
mod oci;
mod package;
mod problem;
mod source;
mod transport;
mod version;

#[cfg(feature = "http")]
pub use self::network::{
    CONNECT_SECONDS_MAX, HttpTransport, REQUEST_SECONDS_MAX, SILENCE_SECONDS_MAX,
};
pub(in crate::helm) use self::source::version_of;
pub use self::{
    cache::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX, MemoryCache, PackageCache},
    challenge::CHALLENGE_BYTES_MAX,
    credentials::{CredentialSource, Credentials},
    disk::DiskCache,
    exchange::REDIRECTS_MAX,
    manifest::INDEX_MANIFESTS_MAX,
    source::{ChartRepository, ChartSource},
    transport::{Request, Response, Transport, TransportError},
};

/// The largest `index.yaml`, in bytes.
pub const INDEX_BYTES_MAX: u64 = 64 << 20;
/// The largest packaged chart, in bytes.
pub const PACKAGE_BYTES_MAX: u64 = 64 << 20;
/// The largest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// The largest page of tags, in bytes.
pub const TAGS_BYTES_MAX: u64 = 4 << 20;
/// How many pages of tags are asked for.
pub const TAG_PAGES_MAX: usize = 1000;
/// The largest answer that holds a token, in bytes.
pub const TOKEN_BYTES_MAX: u64 = 1 << 20;
