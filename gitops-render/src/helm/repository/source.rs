//! A published chart as a source.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{Digest, Revision, Source, SourceError, Tree};

use super::{
    cache::{Cache, PackageCache},
    credentials::CredentialSource,
    http::HttpRepository,
    oci::OciRegistry,
    package,
    problem::{Outcome, Problem, invalid},
    transport::{Transport, shown},
    version::Wanted,
};

/// A place where charts are published: a chart repository with an `index.yaml`, or a path of an
/// OCI registry.
#[derive(Clone)]
pub struct ChartRepository {
    backend: Backend,
    cache: Cache,
}

#[derive(Clone)]
enum Backend {
    Http(HttpRepository),
    Oci(OciRegistry),
}

impl ChartRepository {
    /// Takes the place at `url`: `oci://…` is a path of a registry, `https://…` and `http://…` a
    /// chart repository. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`SourceError::Invalid`] when the URL is none of these, or holds credentials.
    pub fn new(url: &str, transport: Arc<dyn Transport>) -> Result<Self, SourceError> {
        let backend = if url.starts_with("oci://") {
            OciRegistry::new(url, false, transport).map(Backend::Oci)
        } else {
            HttpRepository::new(url, transport).map(Backend::Http)
        };
        Self::of(backend)
    }

    /// Takes a path of a registry that speaks HTTP in the clear.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn plain_oci(url: &str, transport: Arc<dyn Transport>) -> Result<Self, SourceError> {
        Self::of(OciRegistry::new(url, true, transport).map(Backend::Oci))
    }

    fn of(backend: Outcome<Backend>) -> Result<Self, SourceError> {
        // The URL may hold a password, and is not shown as long as it is not understood.
        let backend = backend.map_err(|problem| problem.at("the chart repository", None))?;
        Ok(Self { backend, cache: Cache::default() })
    }

    /// Says who asks. Only the server of the repository sees it, and where a registry asks for a
    /// token the place that gives it out.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Arc<dyn CredentialSource>) -> Self {
        let exchange = self.exchange();
        *exchange = exchange.clone().with_credentials(credentials);
        self
    }

    /// Shows the credentials to every server that the repository leads to, as Helm's
    /// `--pass-credentials` does. The repository then decides who sees them.
    #[must_use]
    pub fn pass_credentials(mut self) -> Self {
        let exchange = self.exchange();
        *exchange = exchange.clone().pass_credentials();
        self
    }

    /// Keeps packages in `cache`, and brings them from there.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<dyn PackageCache>) -> Self {
        self.cache = Cache(Some(cache));
        self
    }

    fn exchange(&mut self) -> &mut super::exchange::Exchange {
        match &mut self.backend {
            Backend::Http(repository) => &mut repository.exchange,
            Backend::Oci(registry) => &mut registry.exchange,
        }
    }

    /// Follows the chart `name`. `version` is a version or a range, such as `^1.2`; nothing means
    /// the newest version that is no pre-release.
    ///
    /// # Errors
    ///
    /// [`SourceError::Invalid`] when `version` is no range.
    pub fn chart(&self, name: &str, version: &str) -> Result<ChartSource, SourceError> {
        let origin = self.origin(name);
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            return Err(invalid(format!("{name:?} is no name of a chart")).at(&origin, None));
        }
        let wanted = Wanted::parse(version).map_err(|problem| problem.at(&origin, None))?;
        Ok(ChartSource { repository: self.clone(), name: name.to_owned(), wanted, origin })
    }

    /// Asks which versions of a chart there are, the newest first.
    ///
    /// # Errors
    ///
    /// [`SourceError::NoReference`] when there is no such chart, and any other [`SourceError`].
    pub async fn versions(&self, name: &str) -> Result<Vec<String>, SourceError> {
        let versions = match &self.backend {
            Backend::Http(repository) => repository.versions(name).await.map(|versions| {
                // What has no URL cannot be had.
                let there = versions.into_iter().filter(|it| !it.urls.is_empty());
                there.map(|it| it.version).collect()
            }),
            Backend::Oci(registry) => registry.versions(name).await,
        };
        versions.map_err(|problem| problem.at(&self.origin(name), None))
    }

    /// Whether this is a registry, where one version is taken as it is written.
    pub(in crate::helm) fn is_oci(&self) -> bool {
        matches!(self.backend, Backend::Oci(_))
    }

    fn place(&self) -> String {
        match &self.backend {
            Backend::Http(repository) => shown(&repository.url),
            Backend::Oci(registry) => registry.origin(),
        }
    }

    fn origin(&self, name: &str) -> String {
        format!("chart {name} of {}", self.place())
    }
}

impl fmt::Debug for ChartRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Even the query of the URL may be secret.
        f.debug_tuple("ChartRepository").field(&self.place()).finish()
    }
}

/// A chart of a [`ChartRepository`], at the newest version that will do.
///
/// A revision names the chart, its exact version and a SHA-256: that of the package in a chart
/// repository, that of the manifest in a registry, as in
/// `web:1.2.3@sha256:9f86…`. A tree holds the unpacked chart in a folder of its name, `web/Chart.yaml`
/// and so on, as `helm pull --untar` lays it; symbolic links stay links, and lead nowhere outside
/// the tree.
///
/// Versions are picked as Helm picks them: the very text where it was published; else the newest
/// that the range covers, where pre-releases count only if the range has one. A version is fetched
/// again as long as it is published with the same content, or is in the cache.
///
/// # Limits
///
/// [`INDEX_BYTES_MAX`](super::INDEX_BYTES_MAX), [`PACKAGE_BYTES_MAX`](super::PACKAGE_BYTES_MAX),
/// the other `_MAX` of [`repository`](super), and those of every chart:
/// [`CHART_BYTES_MAX`](crate::helm::CHART_BYTES_MAX),
/// [`CHART_FILES_MAX`](crate::helm::CHART_FILES_MAX) and
/// [`FOLDER_DEPTH_MAX`](crate::helm::FOLDER_DEPTH_MAX).
#[derive(Clone, Debug)]
pub struct ChartSource {
    repository: ChartRepository,
    name: String,
    wanted: Wanted,
    origin: String,
}

impl ChartSource {
    /// Returns the name of the chart, which is the folder of the trees.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Brings the package of `revision` as it was published.
    ///
    /// # Errors
    ///
    /// [`SourceError::NotFound`] when there is none, [`SourceError::Invalid`] when its digest is not
    /// what was promised, and any other [`SourceError`].
    pub async fn package(&self, revision: &Revision) -> Result<Bytes, SourceError> {
        self.bring(revision).await.map_err(|problem| problem.at(&self.origin, Some(revision)))
    }

    async fn bring(&self, revision: &Revision) -> Outcome<Bytes> {
        let (version, digest) = self.pin(revision).ok_or(Problem::NoRevision)?;
        let cache = &self.repository.cache;
        match &self.repository.backend {
            Backend::Http(repository) => {
                repository.fetch(&self.name, version, &digest, cache).await
            }
            Backend::Oci(registry) => registry.fetch(&self.name, &digest, cache).await,
        }
    }

    // Reads `name:version@sha256:…`.
    fn pin<'r>(&self, revision: &'r Revision) -> Option<(&'r str, Digest)> {
        let reference = revision.reference()?;
        let version = reference.strip_prefix(self.name.as_str())?.strip_prefix(':')?;
        match revision.id().parse() {
            Ok(digest @ Digest::Sha256(_)) => Some((version, digest)),
            _ => None,
        }
    }
}

/// Returns the exact version that a revision of a [`ChartSource`] names.
pub(in crate::helm) fn version_of(revision: &Revision) -> &str {
    let reference = revision.reference().unwrap_or_default();
    reference.split_once(':').map_or("", |(_, version)| version)
}

#[async_trait]
impl Source for ChartSource {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let (name, wanted) = (&self.name, &self.wanted);
        let resolved = match &self.repository.backend {
            Backend::Http(repository) => {
                repository.resolve(name, wanted, &self.repository.cache).await
            }
            Backend::Oci(registry) => registry.resolve(name, wanted).await,
        };
        let (version, digest) = resolved.map_err(|problem| problem.at(&self.origin, None))?;
        Ok(Revision::at(format!("{name}:{version}"), digest.to_string()))
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let at = |problem: Problem| problem.at(&self.origin, Some(revision));
        let package = self.bring(revision).await.map_err(at)?;
        package::unpack(&package, &self.name, version_of(revision)).map_err(at)
    }
}
