//! What was fetched of a repository behind a server, on disk.
//!
//! ```text
//! <cache>/<address as SHA-256>/
//!   address        for people
//!   lock           held by the one process that fetches
//!   current        the name of the generation that is read
//!   <number>/      one generation: a bare repository
//!     in-use       held by everybody who reads the generation
//!     shallow      the commits that are there with all their files
//! ```
//!
//! A lock is one of the operating system's on an open file: it ends with the process that held it.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gitops_core::{Revision, tree::NodeKind};
use gix::ObjectId;

use crate::{
    blocking::Interrupt,
    error::GitError,
    odb::{Objects, object_id},
    reference::{ID_DIGITS, Reference},
    refs::{self, Ref, Refs},
    remote::{Server, Session},
};

// How many of the latest commits the server is told about.
const HAVE_MAX: usize = 32;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// The mirror of one repository, which may be shared with other processes.
#[derive(Debug)]
pub(crate) struct Mirror {
    directory: PathBuf,
    server: Server,
    opened: Mutex<Option<Arc<Generation>>>,
}

/// One bare repository. It is never changed but by adding to it.
#[derive(Debug)]
struct Generation {
    directory: PathBuf,
    objects: Arc<Objects>,
    // Directories whose content is known to be there.
    complete: Mutex<HashSet<ObjectId>>,
}

impl Mirror {
    pub(crate) fn new(cache: &Path, server: Server) -> Self {
        let directory = cache.join(server.remote.key());
        Self { directory, server, opened: Mutex::default() }
    }

    pub(crate) fn resolve(
        &self,
        reference: &Reference,
        interrupt: &Interrupt,
    ) -> Result<Revision, GitError> {
        // A commit does not move: once it is here, nobody has to be asked.
        if let Reference::Commit(id) = reference {
            let commit = ObjectId::from_hex(id.as_bytes()).map_err(|_| short(id))?;
            return match self.fetch(&commit, interrupt) {
                Ok(_) => Ok(Revision::new(refs::id_of(&commit))),
                Err(GitError::NoCommit) => Err(GitError::NoReference {
                    reference: reference.describe(),
                    hint: "check the id, and that the commit was pushed".to_owned(),
                }),
                Err(err) => Err(err),
            };
        }
        let session = self.server.connect(interrupt)?;
        refs::resolve(reference, &mut RemoteRefs { session })
    }

    /// Returns the objects that hold `commit`, and its root directory.
    pub(crate) fn fetch(
        &self,
        commit: &ObjectId,
        interrupt: &Interrupt,
    ) -> Result<(Arc<Objects>, ObjectId), GitError> {
        // What is damaged shows again, and is repaired, with the lock held.
        if let Ok(Some(generation)) = self.current()
            && let Ok(Some(root)) = generation.holds(commit)
        {
            return Ok((Arc::clone(&generation.objects), root));
        }
        fs::create_dir_all(&self.directory).map_err(unwritable)?;
        let _lock = lock(&self.directory.join("lock"), interrupt)?;
        let kept = match self.current() {
            Ok(generation) => generation,
            Err(GitError::Damaged(_)) => None,
            Err(err) => return Err(err),
        };
        if let Some(generation) = kept {
            let is_new = generation.commits().is_ok_and(|commits| commits.is_empty());
            match self.fetch_into(&generation, commit, interrupt) {
                // What came may be useless only because of what is here.
                Err(err @ GitError::BadPack(_)) if is_new => return Err(err),
                Err(GitError::Damaged(cause) | GitError::BadPack(cause)) => {
                    let origin = self.server.remote.normal();
                    tracing::warn!(origin, cause, "the mirror is made afresh");
                }
                answer => return answer,
            }
        }
        let answer = self.create().and_then(|(name, generation)| {
            let answer = self.fetch_into(&generation, commit, interrupt)?;
            // Only now does anybody read it: until here the old one is better than none.
            replace(&self.directory.join("current"), &name)?;
            *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(generation);
            Ok(answer)
        });
        self.tidy();
        answer
    }

    // Another process may have put a new generation in place: the file tells.
    fn current(&self) -> Result<Option<Arc<Generation>>, GitError> {
        let name = match fs::read_to_string(self.directory.join("current")) {
            Ok(name) => name,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(unreadable(err)),
        };
        let Ok(number) = name.trim().parse::<u64>() else {
            return Err(GitError::Damaged(format!("{name:?} is no generation").into()));
        };
        let directory = self.directory.join(number.to_string());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(generation) = opened.as_ref().filter(|kept| kept.directory == directory)
            && generation.is_there()
        {
            return Ok(Some(Arc::clone(generation)));
        }
        let max = self.server.limits.object_bytes_max;
        let generation = Arc::new(Generation::open(directory, max)?);
        *opened = Some(Arc::clone(&generation));
        Ok(Some(generation))
    }

    fn fetch_into(
        &self,
        generation: &Arc<Generation>,
        commit: &ObjectId,
        interrupt: &Interrupt,
    ) -> Result<(Arc<Objects>, ObjectId), GitError> {
        // Another process may have brought it while this one waited for the lock.
        if let Some(root) = generation.holds(commit)? {
            return Ok((Arc::clone(&generation.objects), root));
        }
        let packs = generation.packs();
        if self.server.limits.mirror_packs_max < generation.sweep()? {
            return Err(GitError::Damaged("it has more packs than GIT_MIRROR_PACKS_MAX".into()));
        }
        let have: Vec<_> = generation.commits()?.into_iter().rev().take(HAVE_MAX).collect();
        // The server leaves out what these commits hold: it has to be here indeed.
        for commit in &have {
            if generation.objects.root_of(commit)?.is_none() {
                let problem = format!("the commit {commit} is missing");
                return Err(generation.objects.damage(problem));
            }
        }
        let mut session = self.server.connect(interrupt)?;
        session.fetch(commit, &have, &packs, &generation.objects)?;
        let Some(root) = generation.objects.root_of(commit)? else {
            return Err(GitError::NoCommit);
        };
        generation.check(&root, interrupt)?;
        generation.add(commit)?;
        Ok((Arc::clone(&generation.objects), root))
    }

    // Writes an empty generation beside the others.
    fn create(&self) -> Result<(String, Arc<Generation>), GitError> {
        let taken = self.generations()?.into_iter().max().unwrap_or_default();
        let name = (taken + 1).to_string();
        let directory = self.directory.join(&name);
        let options = gix::open::Options::isolated();
        let created = gix::ThreadSafeRepository::init_opts(
            &directory,
            gix::create::Kind::Bare,
            gix::create::Options::default(),
            options,
        );
        created.map_err(|err| GitError::Unavailable("cannot create the mirror", err.into()))?;
        File::create(directory.join("in-use")).map_err(unwritable)?;
        File::create(directory.join("shallow")).map_err(unwritable)?;
        replace(&self.directory.join("address"), &self.server.remote.normal())?;
        let generation = Generation::open(directory, self.server.limits.object_bytes_max)?;
        Ok((name, Arc::new(generation)))
    }

    fn generations(&self) -> Result<Vec<u64>, GitError> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        Ok(numbers)
    }

    // Removes the generations that nobody reads any more. What cannot be removed now is removed
    // another time.
    fn tidy(&self) {
        let current = fs::read_to_string(self.directory.join("current")).unwrap_or_default();
        for number in self.generations().unwrap_or_default() {
            let directory = self.directory.join(number.to_string());
            if number.to_string() == current.trim() {
                continue;
            }
            let in_use = File::open(directory.join("in-use"));
            let is_free = in_use.as_ref().is_ok_and(|file| file.try_lock().is_ok());
            if is_free || in_use.is_err() {
                let _ = fs::remove_dir_all(&directory);
            }
        }
    }
}

impl Generation {
    fn open(directory: PathBuf, object_bytes_max: u64) -> Result<Self, GitError> {
        let damaged = |err: io::Error| GitError::Damaged(err.into());
        let in_use = File::open(directory.join("in-use")).map_err(damaged)?;
        in_use.lock_shared().map_err(damaged)?;
        let objects = Objects::open(&directory.join("objects"), object_bytes_max, in_use)?;
        Ok(Self { directory, objects: Arc::new(objects), complete: Mutex::default() })
    }

    fn is_there(&self) -> bool {
        self.directory.join("objects").is_dir()
    }

    fn packs(&self) -> PathBuf {
        self.directory.join("objects").join("pack")
    }

    // Returns the root directory of a commit that was brought completely.
    fn holds(&self, commit: &ObjectId) -> Result<Option<ObjectId>, GitError> {
        if !self.commits()?.contains(commit) {
            return Ok(None);
        }
        if self.objects.is_damaged() {
            return Err(GitError::Damaged("something in it could not be read".into()));
        }
        let missing = || self.objects.damage(format!("the commit {commit} is missing"));
        let root = self.objects.root_of(commit)?.ok_or_else(missing)?;
        self.objects.tree(&root)?;
        Ok(Some(root))
    }

    fn commits(&self) -> Result<Vec<ObjectId>, GitError> {
        let text = fs::read_to_string(self.directory.join("shallow"));
        let text = text.map_err(|err| GitError::Damaged(err.into()))?;
        let commit = |line: &str| {
            ObjectId::from_hex(line.as_bytes())
                .map_err(|_| GitError::Damaged(format!("{line:?} is no commit").into()))
        };
        text.lines().map(commit).collect()
    }

    fn add(&self, commit: &ObjectId) -> Result<(), GitError> {
        let lines =
            self.commits()?.into_iter().chain([*commit]).map(|commit| format!("{commit}\n"));
        replace(&self.directory.join("shallow"), &lines.collect::<String>())
    }

    // Removes what a fetch that was stopped has left, and counts the packs.
    fn sweep(&self) -> Result<u64, GitError> {
        let damaged = |err: io::Error| GitError::Damaged(err.into());
        let mut packs = 0;
        for entry in fs::read_dir(self.packs()).map_err(damaged)? {
            let path = entry.map_err(damaged)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("pack") => packs += 1,
                Some("idx" | "rev") => {}
                // Only the holder of the lock writes here.
                _ => drop(fs::remove_file(&path)),
            }
        }
        Ok(packs)
    }

    // Looks for everything below a directory, but only once for what several commits share.
    fn check(&self, root: &ObjectId, interrupt: &Interrupt) -> Result<(), GitError> {
        let mut complete = self.complete.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pending = vec![*root];
        let mut seen = Vec::new();
        while let Some(id) = pending.pop() {
            if complete.contains(&id) {
                continue;
            }
            interrupt.check()?;
            for (name, node) in self.objects.tree(&id)?.entries() {
                let Some(child) = object_id(&node.digest) else { continue };
                match node.kind {
                    NodeKind::Directory => pending.push(child),
                    NodeKind::Submodule => {}
                    NodeKind::File | NodeKind::Executable | NodeKind::Link => {
                        if self.objects.header(&child)?.is_none() {
                            let problem = format!("the server left out {child}, the file {name}");
                            return Err(GitError::BadPack(problem.into()));
                        }
                    }
                }
            }
            seen.push(id);
        }
        complete.extend(seen);
        Ok(())
    }
}

struct RemoteRefs<'a> {
    session: Session<'a>,
}

impl Refs for RemoteRefs<'_> {
    fn find(&mut self, names: &[String]) -> Result<Vec<Ref>, GitError> {
        self.session.refs(names)
    }

    fn list(&mut self, prefix: &str) -> Result<Vec<Ref>, GitError> {
        self.session.refs(&[prefix.to_owned()])
    }

    fn commit(&mut self, _: &str) -> Result<Option<ObjectId>, GitError> {
        // A server does not look up the beginning of an id.
        Ok(None)
    }
}

// Waits for the lock as long as the work may go on.
fn lock(path: &Path, interrupt: &Interrupt) -> Result<File, GitError> {
    let file = File::create(path).map_err(unwritable)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => interrupt.wait(LOCK_PAUSE)?,
            Err(TryLockError::Error(err)) => return Err(unwritable(err)),
        }
    }
}

// A reader sees the old content or the new one, never a part.
fn replace(path: &Path, content: &str) -> Result<(), GitError> {
    let beside = path.with_extension("new");
    fs::write(&beside, content).map_err(unwritable)?;
    fs::rename(&beside, path).map_err(unwritable)
}

fn short(id: &str) -> GitError {
    GitError::invalid(format!(
        "the commit {id} is shortened, which only a repository on disk can resolve; \
         give all {ID_DIGITS} digits"
    ))
}

fn unwritable(err: io::Error) -> GitError {
    GitError::Unavailable("cannot write to the cache directory", err.into())
}

fn unreadable(err: io::Error) -> GitError {
    GitError::Unavailable("cannot read the cache directory", err.into())
}
