//! A small Git repository, written without a `git` program.

use std::{collections::BTreeMap, error::Error, path::Path};

use gix::objs::tree::EntryKind;

/// A bare repository whose branch `main` is committed to.
pub(crate) struct Repository {
    git: gix::Repository,
    files: BTreeMap<String, String>,
    tip: Option<gix::ObjectId>,
    // Each commit is a second later than the one before: no clock is needed.
    seconds: i64,
}

impl Repository {
    /// Makes an empty repository in `directory`.
    pub(crate) fn create(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let git = gix::init_bare(directory)?;
        Ok(Self { git, files: BTreeMap::new(), tip: None, seconds: 1_700_000_000 })
    }

    /// Puts a file into the next commit.
    pub(crate) fn write(&mut self, path: &str, content: &str) {
        self.files.insert(path.to_owned(), content.to_owned());
    }

    /// Leaves a file out of the next commit.
    pub(crate) fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Commits the files to `main`.
    pub(crate) fn commit(&mut self, message: &str) -> Result<(), Box<dyn Error>> {
        let mut editor = self.git.edit_tree(gix::ObjectId::empty_tree(self.git.object_hash()))?;
        for (path, content) in &self.files {
            let blob = self.git.write_blob(content)?;
            editor.upsert(path.as_str(), EntryKind::Blob, blob)?;
        }
        let tree = editor.write()?;
        self.seconds += 1;
        let time = format!("{} +0000", self.seconds);
        let author = gix::actor::SignatureRef {
            name: "Ada".into(),
            email: "ada@example.com".into(),
            time: &time,
        };
        let reference = "refs/heads/main";
        let commit = self.git.commit_as(author, author, reference, message, tree, self.tip)?;
        self.tip = Some(commit.detach());
        Ok(())
    }
}
