//! SSH for Git: a process that ends when the work does.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use gitops_core::BoxError;
use gix::{
    bstr::ByteSlice as _,
    protocol::transport::{
        Protocol,
        client::git::{ConnectMode, blocking_io::Connection},
    },
};

use crate::{
    address::Remote,
    auth::Credentials,
    blocking::Interrupt,
    error::GitError,
    transfer::{Budget, Failure, NOT_OURS},
};

// How much of what the process complains about is kept.
const COMPLAINT_BYTES_MAX: u64 = 8 << 10;
// How long to wait for the end of it once the process has ended.
const COMPLAINT_TIMEOUT: Duration = Duration::from_secs(1);

/// The process, which is ended when this is dropped or the work is to stop.
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    complaint: mpsc::Receiver<String>,
}

pub(crate) struct Output {
    inner: std::process::ChildStdout,
    failure: Failure,
    budget: Budget,
}

pub(crate) type SshConnection = Connection<Output, ChildStdin>;

/// Starts the server's side of a fetch through `program`.
pub(crate) fn connect(
    program: &OsStr,
    remote: &Remote,
    credentials: Option<&Credentials>,
    interrupt: &Interrupt,
    failure: Failure,
    budget: Budget,
) -> Result<(SshConnection, Process), GitError> {
    #[expect(clippy::disallowed_methods, reason = "there is no SSH within this process")]
    let mut command = Command::new(program);
    command
        .args(arguments(remote, credentials))
        .env("GIT_PROTOCOL", "version=2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|err| GitError::invalid(format!("{} cannot be run: {err}", program.display())))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(input), Some(output), Some(errors)) = pipes else {
        return Err(GitError::invalid("ssh was started without pipes"));
    };
    let (complained, complaint) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // What cannot be read is not known: the process is judged by what was read before.
        let _ = errors.take(COMPLAINT_BYTES_MAX).read_to_end(&mut text);
        let _ = complained.send(text.to_str_lossy().into_owned());
    });
    let child = Arc::new(Mutex::new(child));
    let process = Process { child: Arc::clone(&child), complaint };
    interrupt.on_stop(move || end(&child));
    let output = Output { inner: output, failure, budget };
    let path = remote.url().path.clone();
    let connection = Connection::new(
        output,
        input,
        Protocol::V2,
        path,
        None::<(&str, _)>,
        ConnectMode::Process,
        false,
    );
    Ok((connection, process))
}

fn arguments(remote: &Remote, credentials: Option<&Credentials>) -> Vec<OsString> {
    let url = remote.url();
    let mut arguments: Vec<OsString> = [
        // Nobody is there to answer a question.
        "BatchMode=yes",
        "ConnectTimeout=20",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=4",
        "SendEnv=GIT_PROTOCOL",
    ]
    .iter()
    .flat_map(|option| ["-o".into(), option.into()])
    .collect();
    if let Some((key, known_hosts)) = credentials.and_then(Credentials::ssh) {
        arguments.extend(["-i".into(), key.into(), "-o".into(), "IdentitiesOnly=yes".into()]);
        if let Some(file) = known_hosts {
            let mut option = OsString::from("UserKnownHostsFile=");
            option.push(file);
            arguments.extend(["-o".into(), option]);
            arguments.extend(["-o".into(), "StrictHostKeyChecking=yes".into()]);
        }
    }
    if let Some(port) = url.port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    let host = url.host().unwrap_or_default();
    let destination = url.user().map_or(host.to_owned(), |user| format!("{user}@{host}"));
    let path = url.path.to_str_lossy();
    // `/~/x` is Git's way to write a path in the home directory.
    let path = path.strip_prefix('/').filter(|path| path.starts_with('~')).unwrap_or(&path);
    let quoted = path.replace('\'', r"'\''").replace('!', r"'\!'");
    arguments.extend([destination.into(), format!("git-upload-pack '{quoted}'").into()]);
    arguments
}

impl Process {
    /// Says why the process ended, if it did so by itself and with a complaint.
    pub(crate) fn explain(&self) -> Option<GitError> {
        end(&self.child);
        let complaint = self.complaint.recv_timeout(COMPLAINT_TIMEOUT).ok()?;
        let complaint = complaint.trim();
        if complaint.is_empty() {
            return None;
        }
        let cause = BoxError::from(complaint.to_owned());
        let has = |part: &str| complaint.contains(part);
        if has(NOT_OURS) {
            return Some(GitError::NoCommit);
        }
        if has("Permission denied") || has("Too many authentication failures") {
            return Some(GitError::Denied(cause));
        }
        if has("Host key verification failed") || has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return Some(GitError::invalid(
                "its host key is not known; add the key to the known hosts",
            ));
        }
        if has("does not appear to be a git repository") || has("epository not found") {
            return Some(GitError::invalid(format!("{complaint}; check the path")));
        }
        Some(GitError::Unavailable("ssh failed", cause))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // It may have ended already; then there is nothing to do but to take note of it.
    let _ = child.kill();
    let _ = child.wait();
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.inner.read(buffer)?;
        self.budget.spend(amount).map_err(|err| self.failure.set(err))?;
        Ok(amount)
    }
}
