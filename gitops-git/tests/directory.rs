//! A directory is read as it is, and a snapshot of it never changes.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

use gitops_core::{Source, SourceError, TreePath, tree::NodeKind};
use gitops_git::{DIRECTORY_SNAPSHOTS_MAX, DirectoryLimits, DirectorySource};

fn write(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

#[tokio::test]
async fn a_snapshot_stays_while_the_directory_changes() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "app/a.yaml", "1");
    write(directory.path(), ".git/HEAD", "ref: refs/heads/main");
    write(directory.path(), "app/.git", "gitdir: elsewhere");
    let source = DirectorySource::new(directory.path());
    let before = source.resolve().await.unwrap();
    assert!(before.to_string().starts_with("sha256:"), "{before}");
    assert_eq!(source.resolve().await.unwrap(), before, "nothing changed");
    write(directory.path(), "app/a.yaml", "2");
    let after = source.resolve().await.unwrap();
    assert_ne!(before, after);
    let old = source.fetch(&before).await.unwrap();
    assert_eq!(old.read(&path("app/a.yaml")).unwrap(), "1");
    let new = source.fetch(&after).await.unwrap();
    assert_eq!(old.changed(&new).unwrap(), [path("app/a.yaml")]);
    let files = new.walk(&TreePath::root(), |_| true).unwrap();
    assert_eq!(files.len(), 1, "what belongs to Git is left out: {files:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_the_right_to_run_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "run.sh", "#!/bin/sh");
    let run = directory.path().join("run.sh");
    fs::set_permissions(run, fs::Permissions::from_mode(0o755)).unwrap();
    symlink("run.sh", directory.path().join("link")).unwrap();
    symlink("/etc", directory.path().join("out")).unwrap();
    let source = DirectorySource::new(directory.path());
    let tree = source.fetch(&source.resolve().await.unwrap()).await.unwrap();
    let listed: Vec<_> = tree
        .list(&TreePath::root())
        .unwrap()
        .into_iter()
        .map(|entry| (entry.path.to_string(), entry.kind))
        .collect();
    let expected =
        [("link", NodeKind::Link), ("out", NodeKind::Link), ("run.sh", NodeKind::Executable)];
    assert_eq!(listed, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(tree.read(&path("link")).unwrap(), "#!/bin/sh");
    assert!(tree.list(&path("out")).is_err(), "a link out of the directory is not followed");
}

#[cfg(unix)]
#[tokio::test]
async fn names_that_are_no_text_are_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let directory = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"w\xffrong");
    fs::write(directory.path().join(name), "").unwrap();
    let err = DirectorySource::new(directory.path()).resolve().await.unwrap_err();
    assert!(err.to_string().contains("holds the name w\u{fffd}rong"), "{err}");
}

#[tokio::test]
async fn limits_are_named() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..4 {
        write(directory.path(), &format!("d/{number}"), "12345");
    }
    let check = async |limits: DirectoryLimits, expected: Option<&str>| {
        let source = DirectorySource::new(directory.path()).with_limits(limits);
        match source.resolve().await {
            Ok(_) => assert_eq!(expected, None),
            Err(SourceError::Limit { limit, .. }) => assert_eq!(expected, Some(limit)),
            Err(err) => panic!("{err}"),
        }
    };
    let exact = DirectoryLimits { entries_max: 5, bytes_max: 20 };
    check(exact, None).await;
    check(DirectoryLimits { entries_max: 4, ..exact }, Some("DIRECTORY_ENTRIES_MAX")).await;
    check(DirectoryLimits { bytes_max: 19, ..exact }, Some("DIRECTORY_BYTES_MAX")).await;
}

#[tokio::test]
async fn old_snapshots_go_and_come_back_with_their_content() {
    let directory = tempfile::tempdir().unwrap();
    let source = DirectorySource::new(directory.path());
    write(directory.path(), "a", "first");
    let first = source.resolve().await.unwrap();
    for number in 0..DIRECTORY_SNAPSHOTS_MAX {
        write(directory.path(), "a", &number.to_string());
        source.resolve().await.unwrap();
    }
    let err = source.fetch(&first).await.unwrap_err();
    assert!(matches!(err, SourceError::NotFound { .. }), "{err:?}");
    write(directory.path(), "a", "first");
    assert_eq!(source.fetch(&first).await.unwrap().read(&path("a")).unwrap(), "first");
}

#[tokio::test]
async fn a_missing_directory_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let err = DirectorySource::new(directory.path().join("none")).resolve().await.unwrap_err();
    assert!(matches!(err, SourceError::Invalid { .. }), "{err:?}");
}
