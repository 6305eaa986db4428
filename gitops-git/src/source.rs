//! A Git repository as a source.

use std::{ffi::OsString, fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use gitops_core::{Revision, Source, SourceError, Tree};
use gix::ObjectId;

use crate::{
    address::{Address, Remote},
    auth::Credentials,
    blocking::{Interrupt, run},
    error::GitError,
    limits::GitLimits,
    local::LocalRepository,
    mirror::Mirror,
    odb::Objects,
    reference::Reference,
    refs::commit_of,
    remote::Server,
    tree::GitTree,
};

const TIMEOUT: Duration = Duration::from_secs(120);

/// A Git repository that is followed by a branch, a tag, a range of versions or a commit.
///
/// A repository on disk is read where it lies. One behind a server is mirrored below a cache
/// directory: one bare repository for each URL, which several processes may share. Only what is
/// missing of the commit asked for is fetched, without its history.
///
/// Trees read from the object database; they stay readable whatever is fetched later.
///
/// # Cancellation
///
/// Dropping a future stops the work: a request is cut off, an `ssh` process is ended, and what was
/// written by half is removed or repaired by the next call.
///
/// # Example
///
/// ```no_run
/// use gitops_core::Source;
/// use gitops_git::GitSource;
///
/// # async fn example() -> Result<(), gitops_core::SourceError> {
/// let source = GitSource::builder("/srv/deploy").build()?;
/// let revision = source.resolve().await?;
/// assert_eq!(revision.reference(), Some("main"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct GitSource {
    inner: Arc<Inner>,
}

/// Collects what a [`GitSource`] needs to know.
#[derive(Debug)]
pub struct GitSourceBuilder {
    address: String,
    reference: Reference,
    credentials: Option<Credentials>,
    cache: Option<PathBuf>,
    ssh: OsString,
    timeout: Duration,
    limits: GitLimits,
}

struct Inner {
    origin: String,
    reference: Reference,
    timeout: Duration,
    repository: Repository,
}

#[derive(Debug)]
enum Repository {
    Local(Box<LocalRepository>),
    Remote(Box<Mirror>),
}

impl GitSource {
    /// Starts with where the repository is: a path, or a URL with `file://`, `https://` or
    /// `ssh://`, or `user@host:path`.
    ///
    /// Credentials within the URL are taken out of it and treated as such.
    pub fn builder(address: impl Into<String>) -> GitSourceBuilder {
        GitSourceBuilder {
            address: address.into(),
            reference: Reference::default(),
            credentials: None,
            cache: None,
            ssh: "ssh".into(),
            timeout: TIMEOUT,
            limits: GitLimits::default(),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        revision: Option<&Revision>,
        work: impl FnOnce(&Inner, &Arc<Interrupt>) -> Result<T, GitError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let inner = Arc::clone(&self.inner);
        let answer = run(self.inner.timeout, move |interrupt| work(&inner, interrupt)).await;
        answer.map_err(|err| err.at(&self.inner.origin, revision))
    }
}

impl GitSourceBuilder {
    /// Follows `reference` instead of `HEAD`.
    #[must_use]
    pub fn reference(mut self, reference: Reference) -> Self {
        self.reference = reference;
        self
    }

    /// Proves to the server who asks.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Keeps mirrors below `directory` instead of the user's cache directory.
    #[must_use]
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Runs `program` instead of `ssh`; it must take the arguments of OpenSSH.
    #[must_use]
    pub fn ssh_program(mut self, program: impl Into<OsString>) -> Self {
        self.ssh = program.into();
        self
    }

    /// Lets one call take `timeout` instead of two minutes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Allows more, or less, than [`GitLimits`] by default.
    #[must_use]
    pub fn limits(mut self, limits: GitLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes the source. Nothing is opened or asked before the first call to it.
    ///
    /// # Errors
    ///
    /// [`SourceError::Invalid`] when address, reference or credentials cannot be used.
    pub fn build(self) -> Result<GitSource, SourceError> {
        let (address, in_url) =
            Address::parse(&self.address).map_err(|err| err.at("the address", None))?;
        let origin = address.to_string();
        let invalid = |problem: String| SourceError::Invalid { origin: origin.clone(), problem };
        self.reference.check().map_err(|err| invalid(err.to_string()))?;
        let repository = match address {
            Address::Local(path) => {
                Repository::Local(Box::new(LocalRepository::new(path, self.limits)))
            }
            Address::Remote(remote) => {
                let mirror = self.mirror(remote, in_url);
                Repository::Remote(Box::new(mirror.map_err(|err| err.at(&origin, None))?))
            }
        };
        let Self { reference, timeout, .. } = self;
        Ok(GitSource { inner: Arc::new(Inner { origin, reference, timeout, repository }) })
    }

    fn mirror(&self, remote: Remote, in_url: Option<Credentials>) -> Result<Mirror, GitError> {
        let credentials = self.credentials.clone().or(in_url);
        if let Some(credentials) = &credentials {
            let for_ssh = credentials.ssh().is_some();
            if for_ssh != remote.is_ssh() {
                return Err(GitError::invalid(if for_ssh {
                    "it takes a token, or a user name and password, not an SSH key"
                } else {
                    "it takes an SSH key, not a token or password"
                }));
            }
        }
        let cache = self.cache.clone().or_else(default_cache).ok_or_else(|| {
            GitError::invalid("there is no home directory to keep its mirror in; name a directory")
        })?;
        let ssh = self.ssh.clone();
        Ok(Mirror::new(&cache, Server { remote, credentials, ssh, limits: self.limits }))
    }
}

impl Inner {
    fn resolve(&self, interrupt: &Arc<Interrupt>) -> Result<Revision, GitError> {
        match &self.repository {
            Repository::Local(repository) => repository.resolve(&self.reference),
            Repository::Remote(mirror) => mirror.resolve(&self.reference, interrupt),
        }
    }

    fn fetch(
        &self,
        commit: &ObjectId,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(Arc<Objects>, ObjectId), GitError> {
        match &self.repository {
            Repository::Local(repository) => repository.fetch(commit),
            Repository::Remote(mirror) => mirror.fetch(commit, interrupt),
        }
    }
}

#[async_trait]
impl Source for GitSource {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        self.run(None, Inner::resolve).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let Some(commit) = commit_of(revision) else {
            return Err(GitError::NoCommit.at(&self.inner.origin, Some(revision)));
        };
        let fetch =
            move |inner: &Inner, interrupt: &Arc<Interrupt>| inner.fetch(&commit, interrupt);
        let (objects, root) = self.run(Some(revision), fetch).await?;
        Ok(Tree::new(Arc::new(GitTree::new(objects, root))))
    }
}

impl fmt::Debug for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitSource")
            .field("origin", &self.inner.origin)
            .field("reference", &self.inner.reference)
            .finish_non_exhaustive()
    }
}

fn default_cache() -> Option<PathBuf> {
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(cache.join("gitops").join("git"))
}
