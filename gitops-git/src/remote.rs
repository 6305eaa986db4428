//! One conversation with the server of a repository.

use std::{
    ffi::OsStr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use gitops_core::{BoxError, error::chain};
use gix::{
    ObjectId,
    bstr::{BString, ByteSlice as _},
    protocol::{
        Command, Handshake, LsRefsCommand,
        fetch::{Arguments, Response},
        handshake,
        ls_refs::RefPrefixes,
        transport::{
            Protocol, Service,
            client::blocking_io::{
                ExtendedBufRead as _, HandleProgress, Transport, http::Transport as HttpTransport,
            },
        },
    },
};

use crate::{
    address::Remote,
    auth::Credentials,
    blocking::Interrupt,
    error::GitError,
    http::Client,
    limits::GitLimits,
    odb::Objects,
    refs::Ref,
    ssh::{self, Process},
    transfer::{Budget, Failure, NOT_OURS},
};

const AGENT: (&str, &str) = ("agent", concat!("gitops/", env!("CARGO_PKG_VERSION")));

/// What is needed to talk to a server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) remote: Remote,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) ssh: std::ffi::OsString,
    pub(crate) limits: GitLimits,
}

/// One conversation with a server: first references, then at most one fetch.
pub(crate) struct Session<'a> {
    server: &'a Server,
    interrupt: &'a Interrupt,
    transport: Box<dyn Transport>,
    handshake: Handshake,
    failure: Failure,
    budget: Budget,
    // After the transport, so that the connection is closed before the process is ended.
    process: Option<Process>,
}

impl Server {
    pub(crate) fn connect<'a>(&'a self, interrupt: &'a Interrupt) -> Result<Session<'a>, GitError> {
        interrupt.check()?;
        let failure = Failure::default();
        let budget = Budget::new("GIT_REFS_BYTES_MAX", self.limits.refs_bytes_max);
        let credentials = self.credentials.as_ref();
        let (mut transport, process) =
            self.transport(credentials, interrupt, failure.clone(), budget.clone())?;
        let agreed = handshake(
            &mut transport,
            Service::UploadPack,
            // Who asks is known from the start; nobody is asked at the terminal.
            |_| Ok(None),
            Vec::new(),
            &mut gix::progress::Discard,
        );
        let handshake = match agreed {
            Ok(handshake) => handshake,
            Err(err) => return Err(explain(&failure, process.as_ref(), interrupt, err.into())),
        };
        let server = self;
        Ok(Session { server, interrupt, transport, handshake, failure, budget, process })
    }

    fn transport(
        &self,
        credentials: Option<&Credentials>,
        interrupt: &Interrupt,
        failure: Failure,
        budget: Budget,
    ) -> Result<(Box<dyn Transport>, Option<Process>), GitError> {
        let remote = &self.remote;
        if remote.is_ssh() {
            let program: &OsStr = &self.ssh;
            let (connection, process) =
                ssh::connect(program, remote, credentials, interrupt, failure, budget)?;
            return Ok((Box::new(connection), Some(process)));
        }
        let client = Client::new(remote, credentials, interrupt, failure, budget)?;
        let url = remote.url().clone();
        Ok((Box::new(HttpTransport::new_http(client, url, Protocol::V2, false)), None))
    }
}

impl Session<'_> {
    /// Asks for the references whose names begin with one of `prefixes`.
    pub(crate) fn refs(&mut self, prefixes: &[String]) -> Result<Vec<Ref>, GitError> {
        let limits = &self.server.limits;
        self.budget.set("GIT_REFS_BYTES_MAX", limits.refs_bytes_max);
        let found =
            if let Some(refs) = &self.handshake.refs {
                // A server of the first protocol has told them all already.
                Ok(refs.clone())
            } else {
                let mut wanted = RefPrefixes::new();
                wanted.extend(prefixes.iter().map(|prefix| BString::from(prefix.as_str())));
                let agent = (AGENT.0, Some(AGENT.1.into()));
                LsRefsCommand::new(Some(wanted), &self.handshake.capabilities, agent)
                    .invoke_blocking(&mut self.transport, &mut gix::progress::Discard, false)
            };
        let found = found.map_err(|err| self.explain(err.into()))?;
        let refs_max = limits.refs_max;
        if refs_max < found.len() as u64 {
            return Err(GitError::Limit { limit: "GIT_REFS_MAX", max: refs_max });
        }
        let found = found.into_iter().filter_map(named);
        let asked = |found: &Ref| prefixes.iter().any(|prefix| found.name.starts_with(prefix));
        Ok(found.filter(asked).collect())
    }

    /// Brings `commit` without its history into the packs of `objects`; `have` are commits that
    /// are complete there.
    pub(crate) fn fetch(
        &mut self,
        commit: &ObjectId,
        have: &[ObjectId],
        packs: &Path,
        objects: &Objects,
    ) -> Result<(), GitError> {
        let wanted = self.wanted(commit).ok_or(GitError::NoCommit)?;
        let limits = self.server.limits;
        self.budget.set("GIT_FETCH_BYTES_MAX", limits.fetch_bytes_max);
        let version = self.handshake.server_protocol_version;
        let mut features = Command::Fetch.default_features(version, &self.handshake.capabilities);
        let checked = Response::check_required_features(version, &features);
        checked.map_err(|err| GitError::invalid(chain(&err)))?;
        let in_band = features.iter().any(|(name, _)| *name == "sideband-all");
        features.push((AGENT.0, Some(AGENT.1.into())));
        let mut arguments = Arguments::new(version, features, false);
        arguments.want(wanted);
        if arguments.can_use_shallow() {
            for commit in have {
                arguments.shallow(commit);
            }
            arguments.deepen(1);
        }
        for commit in have {
            arguments.have(commit);
        }
        let said = Arc::new(Mutex::new(String::new()));
        let taken = receive(
            &mut self.transport,
            &mut arguments,
            version,
            in_band,
            (self.interrupt, &said),
            |pack| {
                write_pack(pack, packs, objects, self.interrupt, limits).inspect_err(|err| {
                    if err.is_resource_exhausted() {
                        let max = limits.object_bytes_max;
                        self.failure.set(GitError::Limit { limit: "GIT_OBJECT_BYTES_MAX", max });
                    }
                })
            },
        );
        taken.map_err(|err| {
            let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
            let said = said.trim();
            let err = if said.is_empty() { err } else { format!("the server said: {said}").into() };
            match self.explain(err) {
                GitError::Unavailable(_, cause) if cause.downcast_ref::<gix::Error>().is_some() => {
                    GitError::BadPack(cause)
                }
                known => known,
            }
        })
    }

    // A server of the first protocol gives only what it has named: for a commit that a tag object
    // leads to, that is the tag.
    fn wanted(&self, commit: &ObjectId) -> Option<ObjectId> {
        let Some(refs) = &self.handshake.refs else { return Some(*commit) };
        let capabilities = &self.handshake.capabilities;
        let gives_more = ["allow-reachable-sha1-in-want", "allow-tip-sha1-in-want"];
        if gives_more.iter().any(|name| capabilities.contains(name)) {
            return Some(*commit);
        }
        refs.iter().find_map(|found| {
            let (_, id, peeled) = found.unpack();
            let leads_there = [id, peeled].into_iter().flatten().any(|id| *id == **commit);
            leads_there.then_some(id)?.map(ToOwned::to_owned)
        })
    }

    fn explain(&self, err: BoxError) -> GitError {
        explain(&self.failure, self.process.as_ref(), self.interrupt, err)
    }
}

// Sends the request and gives the pack to `write`. What the server has to say beside it is kept.
fn receive(
    transport: &mut Box<dyn Transport>,
    arguments: &mut Arguments,
    version: Protocol,
    in_band: bool,
    (interrupt, said): (&Interrupt, &Arc<Mutex<String>>),
    write: impl FnOnce(&mut dyn std::io::BufRead) -> gix::Result<()>,
) -> Result<(), BoxError> {
    let handler = || -> HandleProgress<'_> {
        let said = Arc::clone(said);
        Box::new(move |is_error, text| {
            if is_error {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.push_str(&text.to_str_lossy());
            }
            match interrupt.check() {
                Ok(()) => std::ops::ControlFlow::Continue(()),
                Err(_) => std::ops::ControlFlow::Break(()),
            }
        })
    };
    let mut reader = arguments.send(transport, true)?;
    if in_band {
        reader.set_progress_handler(Some(handler()));
    }
    let response = Response::from_line_reader(version, &mut reader, true, false)?;
    if !response.has_pack() {
        return Err("the server sent no pack".into());
    }
    if !in_band {
        reader.set_progress_handler(Some(handler()));
    }
    write(&mut reader)?;
    std::io::copy(&mut reader, &mut std::io::sink())?;
    Ok(())
}

fn write_pack(
    pack: &mut dyn std::io::BufRead,
    packs: &Path,
    objects: &Objects,
    interrupt: &Interrupt,
    limits: GitLimits,
) -> gix::Result<()> {
    let options = gix::odb::pack::bundle::write::Options {
        thread_limit: Some(1),
        alloc_limit_bytes: usize::try_from(limits.object_bytes_max).ok(),
        ..gix::odb::pack::bundle::write::Options::default()
    };
    let written = gix::odb::pack::Bundle::write_to_directory(
        pack,
        Some(packs),
        &mut gix::progress::Discard,
        interrupt.flag(),
        Some(objects.finder()),
        gix::hash::Kind::Sha1,
        options,
    )?;
    if let Some(keep) = written.keep_path {
        // It only says that the pack is in use, which nobody here asks.
        let _ = std::fs::remove_file(keep);
    }
    Ok(())
}

fn named(found: handshake::Ref) -> Option<Ref> {
    use handshake::Ref as Found;
    let (name, id, target) = match found {
        Found::Peeled { full_ref_name, object, .. } | Found::Direct { full_ref_name, object } => {
            (full_ref_name, Some(object), None)
        }
        Found::Symbolic { full_ref_name, target, object, .. } => {
            (full_ref_name, Some(object), Some(target))
        }
        Found::Unborn { full_ref_name, target } => (full_ref_name, None, Some(target)),
    };
    // A name that is no text cannot be the one that was asked for.
    let name = name.to_str().ok()?.to_owned();
    Some(Ref { name, id, target: target.map(|target| target.to_string()) })
}

// The layers between do not pass every error on whole: what is known best comes first.
fn explain(
    failure: &Failure,
    process: Option<&Process>,
    interrupt: &Interrupt,
    err: BoxError,
) -> GitError {
    if let Err(stopped) = interrupt.check() {
        return stopped;
    }
    if let Some(known) = failure.take() {
        return known;
    }
    if let Some(known) = process.and_then(Process::explain) {
        return known;
    }
    let text = chain(&*err);
    if text.contains(NOT_OURS) {
        return GitError::NoCommit;
    }
    if text.contains("'smart' protocol") {
        return GitError::invalid("there is no Git repository at this URL; check it");
    }
    GitError::Unavailable("the conversation with the server failed", err)
}
