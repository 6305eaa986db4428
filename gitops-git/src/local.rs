//! A repository on disk.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use gitops_core::{Revision, error::chain};
use gix::{ObjectId, bstr::ByteSlice as _};

use crate::{
    error::GitError,
    limits::GitLimits,
    odb::Objects,
    reference::{ID_DIGITS, Reference},
    refs::{self, Ref, Refs},
};

/// A repository on disk, opened once and read where it lies.
#[derive(Debug)]
pub(crate) struct LocalRepository {
    path: PathBuf,
    limits: GitLimits,
    opened: Mutex<Option<Opened>>,
}

#[derive(Clone)]
struct Opened {
    repository: gix::ThreadSafeRepository,
    objects: Arc<Objects>,
}

impl LocalRepository {
    pub(crate) fn new(path: PathBuf, limits: GitLimits) -> Self {
        Self { path, limits, opened: Mutex::default() }
    }

    pub(crate) fn resolve(&self, reference: &Reference) -> Result<Revision, GitError> {
        self.retry(|opened| {
            let repository = opened.repository.to_thread_local();
            let refs_max = self.limits.refs_max;
            let objects = &opened.objects;
            let revision = refs::resolve(
                reference,
                &mut LocalRefs { repository: &repository, objects, refs_max },
            )?;
            let commit = refs::commit_of(&revision).ok_or(GitError::NoCommit)?;
            let hint = "it points to something else than a commit".to_owned();
            let reference = reference.describe();
            objects.root_of(&commit)?.ok_or(GitError::NoReference { reference, hint })?;
            Ok(revision)
        })
    }

    pub(crate) fn fetch(&self, commit: &ObjectId) -> Result<(Arc<Objects>, ObjectId), GitError> {
        self.retry(|opened| {
            let root = opened.objects.root_of(commit)?.ok_or(GitError::NoCommit)?;
            Ok((Arc::clone(&opened.objects), root))
        })
    }

    // The directory may have been replaced by another repository since it was opened: what fails
    // with an old handle is tried once more with a new one.
    fn retry<T>(&self, ask: impl Fn(&Opened) -> Result<T, GitError>) -> Result<T, GitError> {
        let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(opened) = kept
            && let Ok(answer) = ask(&opened)
        {
            return Ok(answer);
        }
        let opened = self.open()?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened.clone());
        ask(&opened)
    }

    fn open(&self) -> Result<Opened, GitError> {
        let options =
            gix::open::Options::isolated().object_store_slots(Objects::slots()).lossy_config(true);
        let repository = gix::ThreadSafeRepository::open_opts(&self.path, options)
            .map_err(|err| unusable(&self.path, &err))?;
        let local = repository.to_thread_local();
        if local.object_hash() != gix::hash::Kind::Sha1 {
            return Err(GitError::invalid(
                "its object format is SHA-256, which is not supported; use a SHA-1 repository",
            ));
        }
        let objects = Arc::new(Objects::of(&local, self.limits.object_bytes_max));
        Ok(Opened { repository, objects })
    }
}

fn unusable(path: &Path, err: &gix::Error) -> GitError {
    if !path.exists() {
        return GitError::invalid("there is no such directory; check the path");
    }
    if path.is_file() {
        return GitError::invalid("it is a file; give the directory of the repository");
    }
    let is_repository = path.join(".git").exists() || path.join("HEAD").exists();
    if !is_repository {
        return GitError::invalid(
            "it is no Git repository; make it one with `git init` and a commit, \
             or read it as a plain directory",
        );
    }
    GitError::invalid(format!("the repository cannot be opened: {}", chain(err)))
}

struct LocalRefs<'a> {
    repository: &'a gix::Repository,
    objects: &'a Objects,
    refs_max: u64,
}

impl LocalRefs<'_> {
    fn read(&self, reference: &gix::Reference<'_>) -> Result<Ref, GitError> {
        let name = reference.name().as_bstr().to_string();
        let mut target = None;
        let mut at = reference.clone();
        while let Some(next) = at.follow() {
            // A symbolic reference to a branch without commits leads nowhere, which is no error.
            let pointed = at.target().try_name().map(|name| name.as_bstr().to_string());
            target = target.or(pointed);
            match next {
                Ok(next) => at = next,
                Err(_) => return Ok(Ref { name, id: None, target }),
            }
        }
        let id = at.try_id().map(gix::Id::detach);
        let id = id.map(|id| self.objects.peel(id)).transpose()?;
        Ok(Ref { name, id, target })
    }
}

impl Refs for LocalRefs<'_> {
    fn find(&mut self, names: &[String]) -> Result<Vec<Ref>, GitError> {
        let mut found = Vec::new();
        for name in names {
            let reference = self.repository.try_find_reference(name.as_str());
            let reference = reference.map_err(unreadable)?;
            // The search of Git takes shorter forms too: only the full name counts.
            if let Some(reference) = reference.filter(|found| found.name().as_bstr() == name) {
                found.push(self.read(&reference)?);
            }
        }
        Ok(found)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<Ref>, GitError> {
        let platform = self.repository.references().map_err(unreadable)?;
        let mut found = Vec::new();
        for reference in platform.prefixed(prefix).map_err(unreadable)? {
            let reference = reference
                .map_err(|err| GitError::Unavailable("cannot read a reference", err.into()))?;
            let max = self.refs_max;
            if max <= found.len() as u64 {
                return Err(GitError::Limit { limit: "GIT_REFS_MAX", max });
            }
            found.push(self.read(&reference)?);
        }
        Ok(found)
    }

    fn commit(&mut self, id: &str) -> Result<Option<ObjectId>, GitError> {
        let full = match id.len() {
            ID_DIGITS => ObjectId::from_hex(id.as_bytes()).ok(),
            _ => {
                self.repository.rev_parse_single(id.as_bytes().as_bstr()).ok().map(gix::Id::detach)
            }
        };
        let Some(id) = full else { return Ok(None) };
        let commit = self.objects.peel(id)?;
        Ok(self.objects.root_of(&commit)?.map(|_| commit))
    }
}

fn unreadable(err: gix::Error) -> GitError {
    GitError::Unavailable("cannot read the references", err.into())
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("objects", &self.objects).finish_non_exhaustive()
    }
}
