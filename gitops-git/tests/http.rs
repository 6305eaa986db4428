//! A repository behind a server: what is asked, what is kept, what goes wrong.
#![allow(missing_docs, clippy::unwrap_used, clippy::future_not_send, reason = "tests")]

mod repository;
mod server;

use std::{error::Error as _, path::PathBuf};

use gitops_core::{Revision, Source as _, SourceError, Tree, TreePath, error::chain};
use gitops_git::{Credentials, GitLimits, GitSource, GitSourceBuilder};

use crate::{
    repository::{File, Repository, file},
    server::{Fault, Server},
};

struct World {
    directory: tempfile::TempDir,
    repository: Repository,
    server: Server,
}

fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let repository = Repository::init(&directory.path().join("repository.git"));
    let server = Server::start(repository.path());
    World { directory, repository, server }
}

impl World {
    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn builder(&self, reference: &str) -> GitSourceBuilder {
        GitSource::builder(&self.server.url)
            .reference(reference.parse().unwrap())
            .cache_directory(self.cache())
    }

    fn source(&self, reference: &str) -> GitSource {
        self.builder(reference).build().unwrap()
    }

    async fn fetch(&self, reference: &str) -> Result<Tree, SourceError> {
        let source = self.source(reference);
        source.fetch(&source.resolve().await?).await
    }

    /// Returns the generations of the one mirror.
    fn generations(&self) -> Vec<PathBuf> {
        let mirror = std::fs::read_dir(self.cache()).unwrap().next().unwrap().unwrap().path();
        let mut found: Vec<_> = std::fs::read_dir(mirror)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        found.sort();
        found
    }

    fn packs(&self) -> Vec<PathBuf> {
        let packs = self.generations().last().unwrap().join("objects/pack");
        let found = std::fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path());
        found.filter(|path| path.extension().is_some_and(|it| it == "pack")).collect()
    }
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

fn many(content: &str) -> Vec<(String, String)> {
    (0..50).map(|number| (format!("app-{number}/a.yaml"), format!("{content} {number}"))).collect()
}

fn files(of: &[(String, String)]) -> Vec<File<'_>> {
    of.iter().map(|(path, content)| file(path, content)).collect()
}

#[tokio::test]
async fn only_what_is_needed_is_asked() {
    let world = world();
    let one = world.repository.commit("refs/heads/main", &[file("a", "1")]);
    world.repository.tag("v1.0.0", one);
    let check = async |reference: &str, revision: &str, asked: &[&str]| {
        let resolved = world.source(reference).resolve().await.unwrap();
        assert_eq!(resolved.to_string(), format!("{revision}sha1:{one}"), "{reference}");
        assert_eq!(world.server.log(), asked, "{reference}");
    };
    check("HEAD", "main@", &["ls-refs HEAD"]).await;
    check("branch:main", "main@", &["ls-refs refs/heads/main"]).await;
    check("tag:v1.0.0", "v1.0.0@", &["ls-refs refs/tags/v1.0.0"]).await;
    check("main", "main@", &["ls-refs refs/heads/main refs/tags/main"]).await;
    check("semver:1.x", "v1.0.0@", &["ls-refs refs/tags/"]).await;
    check("refs/heads/main", "refs/heads/main@", &["ls-refs refs/heads/main"]).await;
    check(&one.to_string(), "", &["fetch want=1 have=0 depth=1 sent=3"]).await;
    check(&one.to_string(), "", &[]).await;
}

#[tokio::test]
async fn a_change_is_fetched_without_what_is_there() {
    let world = world();
    let mut content = many("one");
    world.repository.commit("refs/heads/main", &files(&content));
    let before = world.fetch("main").await.unwrap();
    world.server.log();
    "two".clone_into(&mut content[7].1);
    world.repository.commit("refs/heads/main", &files(&content));
    let after = world.fetch("main").await.unwrap();
    assert_eq!(before.changed(&after).unwrap(), [path("app-7/a.yaml")]);
    // The commit, the root, one directory, one file.
    assert_eq!(world.server.log()[1], "fetch want=1 have=1 depth=1 sent=4");
    assert_eq!(before.read(&path("app-7/a.yaml")).unwrap(), "one 7");
}

#[tokio::test]
async fn two_sources_share_one_mirror() {
    let world = world();
    world.repository.commit("refs/heads/main", &files(&many("one")));
    let sources: Vec<_> = (0..4).map(|_| world.source("main")).collect();
    let revision = sources[0].resolve().await.unwrap();
    let fetches = sources.into_iter().map(|source| {
        let revision = revision.clone();
        tokio::spawn(async move { source.fetch(&revision).await.unwrap() })
    });
    for fetch in fetches.collect::<Vec<_>>() {
        assert_eq!(fetch.await.unwrap().read(&path("app-0/a.yaml")).unwrap(), "one 0");
    }
    let log = world.server.log();
    let count = log.iter().filter(|line| line.starts_with("fetch")).count();
    assert_eq!(count, 1, "whoever waited for the lock found it there");
    assert_eq!(world.generations().len(), 1);
}

#[tokio::test]
async fn another_process_that_fetches_is_waited_for() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    world.fetch("main").await.unwrap();
    world.repository.commit("refs/heads/main", &[file("a", "2")]);
    let mirror = world.generations()[0].parent().unwrap().to_owned();
    let lock = std::fs::File::open(mirror.join("lock")).unwrap();
    lock.lock().unwrap();
    let source = world.source("main");
    let revision = source.resolve().await.unwrap();
    world.server.log();
    let fetching = tokio::spawn(async move { source.fetch(&revision).await });
    tokio::task::yield_now().await;
    assert_eq!(world.server.log(), [""; 0], "nothing is fetched while the lock is held");
    drop(lock);
    assert_eq!(fetching.await.unwrap().unwrap().read(&path("a")).unwrap(), "2");
}

#[tokio::test]
async fn missing_references_are_named_with_what_there_is() {
    let world = world();
    let source = world.source("mian");
    let err = source.resolve().await.unwrap_err();
    assert!(err.to_string().ends_with("it has no branches and tags"), "{err}");
    let err = world.source("HEAD").resolve().await.unwrap_err();
    assert!(err.to_string().contains("the repository is empty"), "{err}");
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let err = source.resolve().await.unwrap_err();
    assert!(err.to_string().ends_with("did you mean main"), "{err}");
    let never = "sha1:1234567890123456789012345678901234567890";
    let err = source.fetch(&Revision::new(never)).await.unwrap_err();
    assert!(matches!(err, SourceError::NotFound { .. }), "{err:?}");
    let err = world.source(&never[5..]).resolve().await.unwrap_err();
    assert!(matches!(err, SourceError::NoReference { .. }), "{err:?}");
}

#[tokio::test]
async fn credentials_are_sent_and_never_shown() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let with = |url: &str, credentials: Option<Credentials>| {
        let builder = GitSource::builder(url).cache_directory(world.cache());
        match credentials {
            Some(credentials) => builder.credentials(credentials).build().unwrap(),
            None => builder.build().unwrap(),
        }
    };
    let in_url = world.server.url.replace("http://", "http://bob:s3cret@");
    for (source, sent) in [
        (with(&world.server.url, Some(Credentials::bearer("s3cret"))), "Bearer s3cret"),
        (with(&in_url, None), "Basic Ym9iOnMzY3JldA=="),
    ] {
        source.resolve().await.unwrap();
        let sent = format!("authorization {sent}");
        assert_eq!(world.server.log(), [sent.clone(), sent, "ls-refs HEAD".to_owned()]);
        world.server.fault(Fault::Status(401));
        let err = source.resolve().await.unwrap_err();
        assert!(matches!(err, SourceError::Denied { .. }), "{err:?}");
        for shown in [format!("{source:?}"), format!("{err:?}"), chain(&err)] {
            assert!(!shown.contains("s3cret") && !shown.contains("Ym9i"), "{shown}");
        }
        world.server.fault(Fault::None);
        world.server.log();
    }
    assert!(!world.cache().exists(), "nothing was fetched, so nothing is written");
}

#[tokio::test]
async fn secrets_are_not_sent_in_the_clear_or_to_others() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let open = GitSource::builder("http://git.example.com/a")
        .credentials(Credentials::token("s3cret"))
        .cache_directory(world.cache())
        .build()
        .unwrap();
    let err = open.resolve().await.unwrap_err();
    assert!(err.to_string().contains("use https://"), "{err}");
    let first = Server::start(world.repository.path());
    first.fault(Fault::Redirect(world.server.url.clone()));
    let source = GitSource::builder(&first.url)
        .credentials(Credentials::token("s3cret"))
        .cache_directory(world.cache())
        .build()
        .unwrap();
    source.resolve().await.unwrap();
    assert!(first.log()[0].starts_with("authorization"), "the first server is told");
    assert_eq!(world.server.log(), ["ls-refs HEAD"], "the second is not");
}

#[tokio::test]
async fn each_failure_says_what_to_do() {
    let world = world();
    world.repository.commit("refs/heads/main", &[file("a", "1")]);
    let check = async |fault: Fault, transient: bool, expected: &str| {
        world.server.fault(fault);
        let err = world.fetch("HEAD").await.unwrap_err();
        assert_eq!(err.is_transient(), transient, "{err:?}");
        assert!(chain(&err).contains(expected), "{}", chain(&err));
    };
    check(Fault::Status(403), false, "refused the credentials").await;
    check(Fault::Status(404), false, "check the URL, and the credentials").await;
    check(Fault::Status(503), true, "the server is in trouble").await;
    check(Fault::Page, false, "there is no Git repository at this URL").await;
    check(Fault::BitFlip, true, "what the server sent cannot be used").await;
    check(Fault::Cut, true, "what the server sent cannot be used").await;
    check(Fault::LeaveOut, true, "the server left out").await;
    world.server.fault(Fault::None);
    world.fetch("HEAD").await.unwrap();
    assert_eq!(world.generations().len(), 1, "what failed is gone");
    drop(world.server);
    let gone = GitSource::builder("http://127.0.0.1:1/x").cache_directory("/none").build().unwrap();
    let err = gone.resolve().await.unwrap_err();
    assert!(err.is_transient() && err.source().is_some(), "{err:?}");
}

type Damage = (&'static str, fn(&World));

#[tokio::test]
async fn a_damaged_mirror_is_made_afresh() {
    let world = world();
    world.repository.commit("refs/heads/main", &files(&many("one")));
    let damages: [Damage; 5] = [
        ("no packs", |world| {
            world.packs().iter().for_each(|pack| std::fs::remove_file(pack).unwrap());
        }),
        ("no objects", |world| {
            let objects = world.generations().last().unwrap().join("objects");
            std::fs::remove_dir_all(objects).unwrap();
        }),
        ("wrong packs", |world| {
            for pack in world.packs() {
                let length = usize::try_from(std::fs::metadata(&pack).unwrap().len()).unwrap();
                std::fs::remove_file(&pack).unwrap();
                std::fs::write(pack, vec![7; length]).unwrap();
            }
        }),
        ("no list", |world| {
            std::fs::write(world.generations().last().unwrap().join("shallow"), "x").unwrap();
        }),
        ("no name", |world| {
            let mirror = world.generations().last().unwrap().parent().unwrap().to_owned();
            std::fs::write(mirror.join("current"), "x").unwrap();
        }),
    ];
    for (name, damage) in damages {
        let whole = world.fetch("main").await.unwrap();
        assert_eq!(whole.read(&path("app-3/a.yaml")).unwrap(), "one 3", "before {name}");
        drop(whole);
        damage(&world);
        let healed = world.fetch("main").await.unwrap();
        assert_eq!(healed.read(&path("app-3/a.yaml")).unwrap(), "one 3", "after {name}");
        assert_eq!(world.generations().len(), 1, "{name}: what nobody reads is gone");
    }
}

#[tokio::test]
async fn a_tree_outlives_its_mirror() {
    let world = world();
    world.repository.commit("refs/heads/main", &files(&many("one")));
    let source = world.source("main");
    let revision = source.resolve().await.unwrap();
    let old = source.fetch(&revision).await.unwrap();
    let list = world.generations()[0].join("shallow");
    std::fs::write(list, "x").unwrap();
    source.fetch(&revision).await.unwrap();
    assert_eq!(world.generations().len(), 2, "the old generation is still read");
    assert_eq!(old.read(&path("app-3/a.yaml")).unwrap(), "one 3");
}

#[tokio::test]
async fn a_mirror_with_too_many_packs_starts_again() {
    let world = world();
    let limits = GitLimits { mirror_packs_max: 2, ..GitLimits::default() };
    for number in 0..4 {
        world.repository.commit("refs/heads/main", &[file("a", &number.to_string())]);
        let source = world.builder("main").limits(limits).build().unwrap();
        let tree = source.fetch(&source.resolve().await.unwrap()).await.unwrap();
        assert_eq!(tree.read(&path("a")).unwrap(), number.to_string());
    }
    assert!(world.packs().len() <= 3, "{:?}", world.packs());
}

#[tokio::test]
async fn limits_are_named() {
    let world = world();
    world.repository.commit("refs/heads/main", &files(&many("one")));
    for number in 0..3 {
        world.repository.commit(&format!("refs/tags/v1.0.{number}"), &[file("a", "1")]);
    }
    let none = GitLimits::default();
    for (limits, expected) in [
        (GitLimits { fetch_bytes_max: 500, ..none }, "GIT_FETCH_BYTES_MAX"),
        (GitLimits { refs_bytes_max: 100, ..none }, "GIT_REFS_BYTES_MAX"),
        (GitLimits { refs_max: 2, ..none }, "GIT_REFS_MAX"),
        (GitLimits { object_bytes_max: 10, ..none }, "GIT_OBJECT_BYTES_MAX"),
    ] {
        let reference = if expected == "GIT_REFS_MAX" { "semver:*" } else { "main" };
        let source = world.builder(reference).limits(limits).build().unwrap();
        let answer = match source.resolve().await {
            Ok(revision) => source.fetch(&revision).await.map(drop),
            Err(err) => Err(err),
        };
        let Err(SourceError::Limit { limit, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(limit, expected);
    }
}

#[tokio::test]
async fn dropping_the_future_cuts_the_connection() {
    let world = world();
    world.server.fault(Fault::Silence);
    let source = world.source("main");
    let resolving = tokio::spawn(async move { source.resolve().await });
    world.server.asked().await;
    resolving.abort();
    // The server sees the end of the connection, so that the thread is not waiting any more.
    world.server.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_in_time() {
    let world = world();
    world.server.fault(Fault::Silence);
    let source = world.source("main");
    let resolving = tokio::spawn(async move { source.resolve().await });
    world.server.asked().await;
    tokio::time::advance(std::time::Duration::from_secs(121)).await;
    let err = resolving.await.unwrap().unwrap_err();
    assert!(chain(&err).contains("no answer within 120 seconds"), "{}", chain(&err));
    assert!(err.is_transient(), "{err:?}");
    world.server.closed().await;
}
