//! The sources keep the rules of the trait.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod repository;
mod server;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use gitops_core::{
    Revision, Source,
    conformance::{File, source::Harness},
};
use gitops_git::{DirectorySource, GitSource};
use gix::objs::tree::EntryKind;

use crate::{repository::Repository, server::Server};

mod local {
    gitops_core::conformance::source!(super::Local);
}
mod http {
    gitops_core::conformance::source!(super::Http);
}
mod directory {
    gitops_core::conformance::source!(super::Directory);
}

struct Local {
    directory: tempfile::TempDir,
}

struct Http {
    local: Local,
    server: Server,
}

struct Directory {
    directory: tempfile::TempDir,
}

fn never() -> Revision {
    Revision::at("main", "sha1:1234567890123456789012345678901234567890")
}

impl Local {
    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("repository.git")
    }
}

#[async_trait]
impl Harness for Local {
    async fn start() -> Self {
        let local = Self { directory: tempfile::tempdir().unwrap() };
        Repository::init(&local.path());
        local
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let repository = Repository::open(&self.path());
        let files: Vec<_> = files
            .iter()
            .map(|(path, file)| match file {
                File::Regular(text) => (*path, EntryKind::Blob, text.as_bytes()),
                File::Executable(text) => (*path, EntryKind::BlobExecutable, text.as_bytes()),
                File::Link(target) => (*path, EntryKind::Link, target.as_bytes()),
            })
            .collect();
        repository.commit("refs/heads/main", &files);
    }

    fn source(&self) -> Arc<dyn Source> {
        Arc::new(GitSource::builder(self.path().display().to_string()).build().unwrap())
    }

    fn unknown(&self) -> Revision {
        never()
    }
}

#[async_trait]
impl Harness for Http {
    async fn start() -> Self {
        let local = Local::start().await;
        let server = Server::start(&local.path());
        Self { local, server }
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        self.local.publish(files).await;
    }

    fn source(&self) -> Arc<dyn Source> {
        let cache = self.local.directory.path().join("cache");
        Arc::new(GitSource::builder(&self.server.url).cache_directory(cache).build().unwrap())
    }

    fn unknown(&self) -> Revision {
        never()
    }

    async fn cut(&self) {
        std::fs::remove_dir_all(self.local.path()).unwrap();
        self.server.fault(server::Fault::Status(503));
    }
}

#[async_trait]
impl Harness for Directory {
    async fn start() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let root = self.directory.path().join("deploy");
        if root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
        }
        for (path, file) in files {
            write(&root.join(path), file);
        }
    }

    fn source(&self) -> Arc<dyn Source> {
        Arc::new(DirectorySource::new(self.directory.path().join("deploy")))
    }

    fn unknown(&self) -> Revision {
        Revision::new(gitops_core::Digest::of("never").to_string())
    }

    async fn cut(&self) {
        std::fs::remove_dir_all(self.directory.path().join("deploy")).unwrap();
    }
}

#[cfg(unix)]
fn write(place: &Path, file: &File<'_>) {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    match file {
        File::Regular(text) => std::fs::write(place, text).unwrap(),
        File::Executable(text) => {
            std::fs::write(place, text).unwrap();
            let run = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(place, run).unwrap();
        }
        File::Link(target) => symlink(target, place).unwrap(),
    }
}
