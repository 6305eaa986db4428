//! SSH: how the program is called, and that it ends.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use gitops_core::{Source as _, SourceError, error::chain};
use gitops_git::{Credentials, GitSource, GitSourceBuilder};

/// Makes a program that stands for `ssh`, and runs `script`.
///
/// The file itself is written once, before anything is started: a file that a process starting
/// at the same moment still holds open cannot be run.
fn program(directory: &Path, script: &str) -> PathBuf {
    static PROGRAM: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let shared = tempfile::tempdir().unwrap();
        let path = shared.path().join("ssh");
        fs::write(&path, "#!/bin/sh\n. \"$0.script\"\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        shared
    });
    let path = directory.join("ssh");
    if !path.exists() {
        std::os::unix::fs::symlink(PROGRAM.path().join("ssh"), &path).unwrap();
    }
    fs::write(directory.join("ssh.script"), script).unwrap();
    path
}

fn builder(directory: &Path, address: &str, script: &str) -> GitSourceBuilder {
    GitSource::builder(address)
        .ssh_program(program(directory, script))
        .cache_directory(directory.join("cache"))
}

#[tokio::test]
async fn the_key_and_the_path_reach_the_program() {
    let directory = tempfile::tempdir().unwrap();
    let said = directory.path().join("said");
    let script =
        format!("printf '%s\\n' \"$GIT_PROTOCOL\" \"$@\" > '{}'; exit 255", said.display());
    let key = Credentials::ssh_key("/keys/deploy").known_hosts("/keys/hosts");
    let builder = builder(directory.path(), "ssh://git@example.com:2222/it's/a.git", &script);
    let err = builder.credentials(key).build().unwrap().resolve().await.unwrap_err();
    assert!(err.is_transient(), "{err:?}");
    let said = fs::read_to_string(said).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "version=2");
    let has = |pair: [&str; 2]| lines.windows(2).any(|found| found == pair);
    assert!(has(["-i", "/keys/deploy"]) && has(["-o", "IdentitiesOnly=yes"]), "{said}");
    assert!(has(["-o", "UserKnownHostsFile=/keys/hosts"]), "{said}");
    assert!(has(["-p", "2222"]) && has(["-o", "BatchMode=yes"]), "{said}");
    assert!(has(["git@example.com", r"git-upload-pack '/it'\''s/a.git'"]), "{said}");
}

#[tokio::test]
async fn complaints_are_understood() {
    let directory = tempfile::tempdir().unwrap();
    let check = async |complaint: &str| {
        let script = format!("echo '{complaint}' >&2; exit 255");
        let source = builder(directory.path(), "git@example.com:a", &script).build().unwrap();
        source.resolve().await.unwrap_err()
    };
    let err = check("git@example.com: Permission denied (publickey).").await;
    assert!(matches!(err, SourceError::Denied { .. }), "{err:?}");
    let err = check("Host key verification failed.").await;
    assert!(matches!(err, SourceError::Invalid { .. }), "{err:?}");
    let err = check("ssh: connect to host example.com port 22: Connection refused").await;
    assert!(err.is_transient() && chain(&err).contains("Connection refused"), "{err:?}");
    let err = check("fatal: a does not appear to be a git repository").await;
    assert!(err.to_string().contains("check the path"), "{err}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let source = GitSource::builder("git@example.com:a")
        .ssh_program("/nowhere/ssh")
        .cache_directory(directory.path())
        .build()
        .unwrap();
    let err = source.resolve().await.unwrap_err();
    assert!(err.to_string().contains("/nowhere/ssh cannot be run"), "{err}");
}

#[test]
fn credentials_of_the_wrong_kind_are_refused() {
    let key = Credentials::ssh_key("/keys/deploy");
    let err = GitSource::builder("https://example.com/a").credentials(key).build().unwrap_err();
    assert!(err.to_string().contains("not an SSH key"), "{err}");
    let token = Credentials::token("s3cret");
    let err = GitSource::builder("git@example.com:a").credentials(token).build().unwrap_err();
    assert!(err.to_string().contains("it takes an SSH key"), "{err}");
}

// The pipe tells: its other end closes when the program is gone.
#[tokio::test]
async fn dropping_the_future_ends_the_program() {
    use tokio::sync::oneshot;
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let script = format!("exec 9> '{}'; echo here >&9; exec cat", pipe.display());
    let source = builder(directory.path(), "git@example.com:a", &script).build().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the standard library makes no pipes with names")]
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let (here, started) = oneshot::channel();
    let reading = tokio::task::spawn_blocking(move || {
        use std::io::{BufRead as _, Read as _};
        let mut reader = std::io::BufReader::new(fs::File::open(pipe).unwrap());
        reader.read_line(&mut String::new()).unwrap();
        here.send(()).unwrap();
        reader.read_to_end(&mut Vec::new()).unwrap();
    });
    let resolving = tokio::spawn(async move { source.resolve().await });
    started.await.unwrap();
    resolving.abort();
    reading.await.unwrap();
}
