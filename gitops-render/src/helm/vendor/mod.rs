//! Brings the charts that a chart needs into its `charts/`, as `helm dependency` does.

mod error;
mod needs;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use gitops_core::{
    Source as _,
    semver::Version,
    tree::{Tree, TreePath},
};

pub use self::error::DependencyError;
use self::needs::Needs;
use super::{
    chart::Dependency,
    lock::{Lock, Locked},
    repository::{ChartRepository, PackageCache, Transport, version_of},
};

/// How many charts one chart may need.
pub const DEPENDENCIES_MAX: usize = 256;

/// Brings the charts that a chart needs into its `charts/`, so that it can be rendered.
///
/// - What the chart needs and `Chart.lock` are read from the tree. With a lock the exact versions of
///   it are taken, and one that is not the lock of what `Chart.yaml` asks for is an error. Without
///   one the newest versions that will do are taken.
/// - A chart that lies in `charts/` already and will do is taken from there, and nobody is asked.
/// - `repository: https://…` and `oci://…` are asked, `file://../x` is a chart of the same tree, and
///   `@name` or `alias:name` is a repository that was given by [`with_alias`](Self::with_alias).
/// - Only the chart itself is looked at, not the charts that it needs: their packages bring along
///   what they need.
///
/// The outcome is another tree: rendering it asks nobody.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use gitops_core::{Renderer, Tree, TreePath};
/// # use gitops_render::{HelmRenderer, helm::{Dependencies, repository::Transport}};
/// async fn render(tree: &Tree, transport: Arc<dyn Transport>) -> Result<(), Box<dyn std::error::Error>> {
///     let path = TreePath::new("shop")?;
///     let tree = Dependencies::new(transport).vendor(tree, &path).await?;
///     let objects = HelmRenderer::new(path, "shop", "prod").render(&tree).await?;
///     # drop(objects);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Dependencies {
    transport: Arc<dyn Transport>,
    cache: Option<Arc<dyn PackageCache>>,
    known: Vec<(String, ChartRepository)>,
    aliases: BTreeMap<String, String>,
    only_known: bool,
}

impl Dependencies {
    /// Asks repositories over `transport`.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        let (known, aliases) = (Vec::new(), BTreeMap::new());
        Self { transport, cache: None, known, aliases, only_known: false }
    }

    /// Says how the repository at `url` is asked, such as with which credentials.
    #[must_use]
    pub fn with_repository(mut self, url: impl Into<String>, repository: ChartRepository) -> Self {
        self.known.push((url.into(), repository));
        self
    }

    /// Says which URL `@name` and `alias:name` stand for, as `helm repo add` does.
    #[must_use]
    pub fn with_alias(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.aliases.insert(name.into(), url.into());
        self
    }

    /// Asks no repository but those given by [`with_repository`](Self::with_repository): charts then
    /// do not decide who is asked.
    #[must_use]
    pub fn only_known(mut self) -> Self {
        self.only_known = true;
        self
    }

    /// Keeps the packages of repositories that were not given in `cache`.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<dyn PackageCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Returns a tree in which the chart at `path` has all charts it needs in its `charts/`. Older
    /// packages of the same charts are gone there.
    ///
    /// # Errors
    ///
    /// [`DependencyError`] with the file that asks for what cannot be had.
    pub async fn vendor(&self, tree: &Tree, path: &TreePath) -> Result<Tree, DependencyError> {
        let needs = Needs::read(tree, path, &self.aliases)?;
        let lock = needs.lock()?;
        let mut overlay = tree.overlay();
        let (mut kept, mut missing) = (Vec::new(), Vec::new());
        for (index, wanted) in needs.wanted.iter().enumerate() {
            let locked = lock.as_ref().map(|lock| &lock.dependencies[index]);
            let version = locked.map_or(&wanted.version, |locked| &locked.version);
            match needs.has(wanted, version, locked.is_some()) {
                Some(version) => kept.push((wanted.name.as_str(), version)),
                None => missing.push((wanted, version, locked)),
            }
        }
        for (wanted, version, locked) in missing {
            let (version, package) = match locked {
                _ if wanted.repository.is_empty() => {
                    let problem = "it has no repository and does not lie in charts/: put it there, \
                                   or say its repository";
                    return Err(needs.wrong(wanted, problem));
                }
                _ if wanted.repository.starts_with("file://") => needs.pack(wanted, version)?,
                Some(locked) => self.bring(&needs, wanted, &locked.version).await?,
                None => {
                    let found = self.find(&needs, wanted).await?;
                    self.bring(&needs, wanted, &found).await?
                }
            };
            for old in needs.outdated(wanted, &kept)? {
                overlay = overlay.without(old);
            }
            let at = format!("charts/{}-{version}.tgz", wanted.name);
            overlay = overlay.file(path.join(&at).map_err(DependencyError::Tree)?, package);
        }
        overlay.build().map_err(DependencyError::Tree)
    }

    /// Finds out what the lock of the chart at `path` should say, as `helm dependency update` does:
    /// the newest versions that will do. Nothing is written.
    ///
    /// # Errors
    ///
    /// As [`vendor`](Self::vendor).
    pub async fn lock(&self, tree: &Tree, path: &TreePath) -> Result<Lock, DependencyError> {
        let needs = Needs::read(tree, path, &self.aliases)?;
        let mut found = Vec::new();
        for wanted in &needs.wanted {
            let version = if wanted.repository.is_empty() {
                if needs.has(wanted, &wanted.version, false).is_none() {
                    let problem = "it has no repository and does not lie in charts/";
                    return Err(needs.wrong(wanted, problem));
                }
                wanted.version.clone()
            } else if wanted.repository.starts_with("file://") {
                needs.pack(wanted, &wanted.version)?.0
            } else {
                self.find(&needs, wanted).await?
            };
            let (name, repository) = (wanted.name.clone(), wanted.repository.clone());
            found.push(Locked { name, version, repository });
        }
        Ok(Lock::new(&needs.wanted, found))
    }

    fn repository(
        &self,
        needs: &Needs<'_>,
        it: &Dependency,
    ) -> Result<ChartRepository, DependencyError> {
        let url = it.repository.as_str();
        let same = |known: &str| known.trim_end_matches('/') == url.trim_end_matches('/');
        if let Some((_, known)) = self.known.iter().find(|(known, _)| same(known)) {
            return Ok(known.clone());
        }
        if !["https://", "http://", "oci://"].iter().any(|scheme| url.starts_with(scheme)) {
            let problem = format!(
                "{url:?} is no repository: say its URL, or `@name` of one that was given a name"
            );
            return Err(needs.wrong(it, problem));
        }
        if self.only_known {
            let problem = format!("{url} is none of the repositories that may be asked");
            return Err(needs.wrong(it, problem));
        }
        let repository = ChartRepository::new(url, Arc::clone(&self.transport));
        let repository = repository.map_err(|cause| needs.source(it, cause))?;
        Ok(match &self.cache {
            Some(cache) => repository.with_cache(Arc::clone(cache)),
            None => repository,
        })
    }

    // The newest published version that will do.
    async fn find(&self, needs: &Needs<'_>, it: &Dependency) -> Result<String, DependencyError> {
        let repository = self.repository(needs, it)?;
        // A registry is not asked for what is one version.
        if repository.is_oci() && Version::parse(&it.version).is_ok() {
            return Ok(it.version.clone());
        }
        let constraint = needs.constraint(it)?;
        let known = repository.versions(&it.name).await;
        let known = known.map_err(|cause| needs.source(it, cause))?;
        let fits = |version: &&String| {
            Version::parse(version).is_ok_and(|version| constraint.check(&version))
        };
        known.iter().find(fits).cloned().ok_or_else(|| {
            let (version, url) = (&it.version, &it.repository);
            let problem = format!(
                "no version at {url} is within {version:?}: publish one, or change the version"
            );
            needs.wrong(it, problem)
        })
    }

    async fn bring(
        &self,
        needs: &Needs<'_>,
        it: &Dependency,
        version: &str,
    ) -> Result<(String, Bytes), DependencyError> {
        let source = |cause| needs.source(it, cause);
        let chart = self.repository(needs, it)?.chart(&it.name, version).map_err(source)?;
        let revision = chart.resolve().await.map_err(source)?;
        let package = chart.package(&revision).await.map_err(source)?;
        Ok((version_of(&revision).to_owned(), package))
    }
}
