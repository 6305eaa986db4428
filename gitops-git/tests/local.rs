//! A repository on disk is followed and read where it lies.
#![allow(missing_docs, clippy::unwrap_used, clippy::future_not_send, reason = "tests")]

mod repository;

use gitops_core::{
    Digest, Revision, Source, SourceError, Tree, TreePath,
    tree::{NodeKind, TreeError, TreeLimits},
};
use gitops_git::{GitLimits, GitSource, Reference};
use gix::objs::tree::EntryKind;

use crate::repository::{Repository, file};

struct World {
    directory: tempfile::TempDir,
    repository: Repository,
}

fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let repository = Repository::init(&directory.path().join("repository.git"));
    World { directory, repository }
}

impl World {
    fn source(&self, reference: &str) -> GitSource {
        let path = self.repository.path().display().to_string();
        GitSource::builder(path).reference(reference.parse().unwrap()).build().unwrap()
    }

    async fn resolve(&self, reference: &str) -> Result<String, SourceError> {
        self.source(reference).resolve().await.map(|revision| revision.to_string())
    }

    async fn tree(&self, reference: &str) -> Tree {
        let source = self.source(reference);
        source.fetch(&source.resolve().await.unwrap()).await.unwrap()
    }
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

#[tokio::test]
async fn every_kind_of_reference_is_followed() {
    let world = world();
    let one = world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let two = world.repository.commit("refs/heads/feature/x", &[file("a", "2")]);
    world.repository.point("refs/tags/v1.0.0", one);
    let tag = world.repository.tag("v1.2.0", two);
    world.repository.point("refs/tags/v1.10.0-rc.1", one);
    world.repository.point("refs/tags/v1", one);
    world.repository.point("refs/pull/7/head", two);
    let check = async |reference: &str, expected: String| {
        assert_eq!(world.resolve(reference).await.unwrap(), expected, "{reference}");
    };
    check("HEAD", format!("main@sha1:{one}")).await;
    check("main", format!("main@sha1:{one}")).await;
    check("branch:feature/x", format!("feature/x@sha1:{two}")).await;
    check("v1.2.0", format!("v1.2.0@sha1:{two}")).await;
    check("tag:v1", format!("v1@sha1:{one}")).await;
    check("semver:^1", format!("v1.2.0@sha1:{two}")).await;
    check("semver:>=1.3-0", format!("v1.10.0-rc.1@sha1:{one}")).await;
    check("refs/pull/7/head", format!("refs/pull/7/head@sha1:{two}")).await;
    check(&two.to_string(), format!("sha1:{two}")).await;
    check(&two.to_string()[..10], format!("sha1:{two}")).await;
    check(&format!("commit:{}", &one.to_string()[..12]), format!("sha1:{one}")).await;
    assert_ne!(tag, two, "the tag is annotated");
}

#[tokio::test]
async fn missing_references_say_what_there_is() {
    let world = world();
    let one = world.repository.commit("refs/heads/main", &[file("a", "1")]);
    world.repository.point("refs/heads/release-1", one);
    world.repository.point("refs/tags/v1.0.0", one);
    let check = async |reference: &str, expected: &str| {
        let err = world.resolve(reference).await.unwrap_err();
        assert!(matches!(err, SourceError::NoReference { .. }), "{err:?}");
        let text = err.to_string();
        assert_eq!(text.split_once(" has no ").unwrap().1, expected, "{reference}");
    };
    check("mian", r#"branch or tag "mian"; did you mean main"#).await;
    check("branch:v1.0.0", r#"branch "v1.0.0"; there is a tag of that name: write tag:v1.0.0"#)
        .await;
    check("branch:x", r#"branch "x"; it has the branches main and release-1"#).await;
    check("tag:v1.0.1", r#"tag "v1.0.1"; did you mean v1.0.0"#).await;
    check("semver:^2", r#"tag in the range "^2"; its highest version is v1.0.0"#).await;
    check("refs/pull/1/head", r#"reference "refs/pull/1/head"; it has no references"#).await;
    check(
        "1234567890123456789012345678901234567890",
        "commit 1234567890123456789012345678901234567890; \
         check the id, and that the commit was pushed",
    )
    .await;
}

#[tokio::test]
async fn a_tag_of_a_file_is_no_revision() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let blob = world.repository.inner.write_blob("x").unwrap().detach();
    world.repository.point("refs/tags/blob", blob);
    let err = world.resolve("tag:blob").await.unwrap_err();
    assert!(err.to_string().ends_with("it points to something else than a commit"), "{err}");
}

#[tokio::test]
async fn unusable_places_say_why() {
    let world = world();
    let check = async |address: String, expected: &str| {
        let source = GitSource::builder(&address).build().unwrap();
        let err = source.resolve().await.unwrap_err();
        assert!(matches!(err, SourceError::Invalid { .. }), "{err:?}");
        assert!(err.to_string().contains(expected), "{err}");
        assert!(!err.is_transient(), "{err:?}");
    };
    let directory = world.directory.path();
    check(world.repository.path().display().to_string(), "the repository is empty").await;
    check(directory.join("none").display().to_string(), "no such directory").await;
    check(directory.display().to_string(), "it is no Git repository").await;
    std::fs::write(directory.join("file"), "").unwrap();
    check(directory.join("file").display().to_string(), "it is a file").await;
    check(format!("file://{}", directory.join("none").display()), "no such directory").await;
}

#[tokio::test]
async fn a_tree_is_read_without_a_checkout() {
    let world = world();
    let submodule = "1111111111111111111111111111111111111111";
    world.repository.commit(
        "refs/heads/main",
        &[
            file("app/a.yaml", "kind: A"),
            file("app.yaml", "kind: App"),
            ("run.sh", EntryKind::BlobExecutable, b"#!/bin/sh"),
            ("link", EntryKind::Link, b"app/a.yaml"),
            ("out", EntryKind::Link, b"../../etc/passwd"),
            ("module", EntryKind::Commit, submodule.as_bytes()),
        ],
    );
    let tree = world.tree("main").await;
    let listed: Vec<_> = tree
        .list(&TreePath::root())
        .unwrap()
        .into_iter()
        .map(|entry| (entry.path.to_string(), entry.kind))
        .collect();
    let expected = [
        ("app", NodeKind::Directory),
        ("app.yaml", NodeKind::File),
        ("link", NodeKind::Link),
        ("module", NodeKind::Submodule),
        ("out", NodeKind::Link),
        ("run.sh", NodeKind::Executable),
    ];
    assert_eq!(listed, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(tree.read(&path("link")).unwrap(), "kind: A");
    assert!(matches!(tree.read(&path("out")), Err(TreeError::Link { .. })));
    for inside in ["module", "module/deep/file"] {
        let err = tree.read(&path(inside)).unwrap_err();
        assert!(err.to_string().contains("is a submodule"), "{err}");
    }
    assert!(matches!(tree.read(&path("none")), Err(TreeError::NotFound { .. })));
    assert!(matches!(tree.read(&path("app")), Err(TreeError::WrongKind { .. })));
    assert!(matches!(tree.list(&path("app.yaml")), Err(TreeError::WrongKind { .. })));
    assert!(matches!(tree.digest(&path("app")).unwrap(), Digest::Sha1(_)));
}

#[tokio::test]
async fn a_large_file_is_refused_before_it_is_read() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("large", &"x".repeat(100))]);
    let limits = TreeLimits { file_bytes_max: 99, ..TreeLimits::default() };
    let tree = world.tree("main").await.with_limits(limits);
    let err = tree.read(&path("large")).unwrap_err();
    assert!(matches!(err, TreeError::Limit { limit: "TREE_FILE_BYTES_MAX", found: 100, .. }));
}

#[tokio::test]
async fn names_that_are_no_text_are_named() {
    let world = world();
    let inner = &world.repository.inner;
    let oid = inner.write_blob("x").unwrap().detach();
    let entry = |filename: &[u8]| gix::objs::tree::Entry {
        mode: EntryKind::Blob.into(),
        filename: filename.into(),
        oid,
    };
    let tree = gix::objs::Tree { entries: vec![entry(b"good"), entry(b"w\xffrong")] };
    let tree = inner.write_object(&tree).unwrap().detach();
    let commit = world.repository.commit_tree(tree, &[]);
    world.repository.point("refs/heads/main", commit);
    let tree = world.tree("main").await;
    assert_eq!(tree.read(&path("good")).unwrap(), "x");
    let err = tree.list(&TreePath::root()).unwrap_err();
    assert!(err.to_string().contains(r"w\xffrong"), "{err}");
    assert!(!err.is_transient(), "{err:?}");
}

#[tokio::test]
async fn what_was_never_there_is_not_found() {
    let world = world();
    let commit = world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let tree = world.repository.tree(&[file("a", "1")]);
    let source = world.source("main");
    let never = "sha1:1234567890123456789012345678901234567890";
    for id in [never.to_owned(), "x".to_owned(), format!("sha256:{commit}"), format!("sha1:{tree}")]
    {
        let err = source.fetch(&Revision::new(id)).await.unwrap_err();
        assert!(matches!(err, SourceError::NotFound { .. }), "{err:?}");
    }
}

#[tokio::test]
async fn a_tree_stays_while_the_repository_moves_on() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1"), file("b/c", "1")]);
    let source = world.source("main");
    let before = source.resolve().await.unwrap();
    let old = source.fetch(&before).await.unwrap();
    world.repository.commit("refs/heads/main", &[file("a", "2"), file("b/c", "1")]);
    let after = source.resolve().await.unwrap();
    assert_ne!(before, after);
    assert_eq!(old.read(&path("a")).unwrap(), "1");
    assert_eq!(source.fetch(&before).await.unwrap().read(&path("a")).unwrap(), "1");
    let new = source.fetch(&after).await.unwrap();
    assert_eq!(old.changed(&new).unwrap(), [path("a")]);
    assert_eq!(old.digest(&path("b")).unwrap(), new.digest(&path("b")).unwrap());
}

#[tokio::test]
async fn a_repository_put_in_the_same_place_is_seen() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let source = world.source("main");
    let before = source.resolve().await.unwrap();
    let place = world.repository.path().to_owned();
    std::fs::remove_dir_all(&place).unwrap();
    let other = Repository::init(&place);
    other.commit("refs/heads/main", &[file("a", "other")]);
    let after = source.resolve().await.unwrap();
    assert_ne!(before, after);
    let tree = source.fetch(&after).await.unwrap();
    assert_eq!(tree.read(&path("a")).unwrap(), "other");
}

#[tokio::test]
async fn too_many_references_are_refused() {
    let world = world();
    let commit = world.repository.commit("refs/heads/main", &[file("a", "1")]);
    for number in 0..3 {
        world.repository.point(&format!("refs/tags/v1.0.{number}"), commit);
    }
    let check = async |refs_max: u64| {
        let limits = GitLimits { refs_max, ..GitLimits::default() };
        let path = world.repository.path().display().to_string();
        let builder = GitSource::builder(path).reference("semver:*".parse().unwrap());
        builder.limits(limits).build().unwrap().resolve().await
    };
    check(3).await.unwrap();
    let err = check(2).await.unwrap_err();
    assert!(matches!(err, SourceError::Limit { limit: "GIT_REFS_MAX", max: 2, .. }), "{err:?}");
}

#[test]
fn references_have_a_text_form() {
    for text in ["HEAD", "branch:a/b", "tag:v1", "semver:^1.2", "refs/pull/1/head", "main"] {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
    }
    for text in ["", "a..b", "branch:", "refs/heads/", "semver:nonsense", "commit:xyz", "a b"] {
        assert!(text.parse::<Reference>().is_err(), "{text:?} was read");
    }
}
