//! Repositories for the tests, made without a `git` program.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::path::Path;

use gix::{
    ObjectId,
    objs::{Tree, tree::EntryKind},
    refs::transaction::PreviousValue,
};

/// One entry of a commit: its path, its kind, its content.
pub(crate) type File<'a> = (&'a str, EntryKind, &'a [u8]);

/// A bare repository that tests write to.
pub(crate) struct Repository {
    pub(crate) inner: gix::Repository,
}

pub(crate) fn file<'a>(path: &'a str, content: &'a str) -> File<'a> {
    (path, EntryKind::Blob, content.as_bytes())
}

impl Repository {
    pub(crate) fn init(path: &Path) -> Self {
        let inner = gix::ThreadSafeRepository::init_opts(
            path,
            gix::create::Kind::Bare,
            gix::create::Options::default(),
            gix::open::Options::isolated(),
        );
        Self { inner: inner.unwrap().to_thread_local() }
    }

    pub(crate) fn open(path: &Path) -> Self {
        Self { inner: gix::open_opts(path, gix::open::Options::isolated()).unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.inner.path()
    }

    /// Writes a directory with `files` and nothing else.
    pub(crate) fn tree(&self, files: &[File<'_>]) -> ObjectId {
        self.edit(ObjectId::empty_tree(gix::hash::Kind::Sha1), files)
    }

    /// Writes the directory `base` with `files` added or replaced.
    pub(crate) fn edit(&self, base: ObjectId, files: &[File<'_>]) -> ObjectId {
        if base.is_empty_tree() {
            self.inner.write_object(Tree::empty()).unwrap();
        }
        let mut editor = self.inner.edit_tree(base).unwrap();
        for (path, kind, content) in files {
            let id = match kind {
                EntryKind::Commit => ObjectId::from_hex(content).unwrap(),
                _ => self.inner.write_blob(content).unwrap().detach(),
            };
            editor.upsert(*path, *kind, id).unwrap();
        }
        editor.write().unwrap().detach()
    }

    /// Writes a commit without moving any branch.
    pub(crate) fn commit_tree(&self, tree: ObjectId, parents: &[ObjectId]) -> ObjectId {
        let time = gix::date::Time { seconds: 1_700_000_000, offset: 0 };
        let person =
            gix::actor::Signature { name: "Ada".into(), email: "ada@example.com".into(), time };
        let commit = gix::objs::Commit {
            tree,
            parents: parents.iter().copied().collect(),
            author: person.clone(),
            committer: person,
            encoding: None,
            message: "change".into(),
            extra_headers: Vec::new(),
        };
        self.inner.write_object(&commit).unwrap().detach()
    }

    /// Commits `files`, and nothing else, on top of `reference`.
    pub(crate) fn commit(&self, reference: &str, files: &[File<'_>]) -> ObjectId {
        let parent = self.inner.try_find_reference(reference).unwrap();
        let parents: Vec<_> =
            parent.map(|mut r| r.peel_to_id().unwrap().detach()).into_iter().collect();
        let id = self.commit_tree(self.tree(files), &parents);
        self.point(reference, id);
        id
    }

    /// Makes `reference` point to `id`.
    pub(crate) fn point(&self, reference: &str, id: ObjectId) {
        self.inner.reference(reference, id, PreviousValue::Any, "test").unwrap();
    }

    /// Writes an annotated tag.
    pub(crate) fn tag(&self, name: &str, target: ObjectId) -> ObjectId {
        let tag = gix::objs::Tag {
            target,
            target_kind: gix::objs::Kind::Commit,
            name: name.into(),
            tagger: None,
            message: "release".into(),
            signature: None,
        };
        let id = self.inner.write_object(&tag).unwrap().detach();
        self.point(&format!("refs/tags/{name}"), id);
        id
    }
}
