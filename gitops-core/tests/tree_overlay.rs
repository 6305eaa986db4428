//! Trees with files laid over them keep the rules of every tree.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::{
    Tree, TreePath,
    conformance::{File, tree::Harness},
    tree::{MemoryTree, NodeKind, TreeBackend, TreeError},
};

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

fn entry(file: &File<'_>) -> (NodeKind, Bytes) {
    match file {
        File::Regular(text) => (NodeKind::File, (*text).to_owned().into()),
        File::Executable(text) => (NodeKind::Executable, (*text).to_owned().into()),
        File::Link(target) => (NodeKind::Link, (*target).to_owned().into()),
    }
}

// Half of the files are below, the other half above, and something below is taken out.
struct Layers;

#[async_trait]
impl Harness for Layers {
    async fn start() -> Self {
        Self
    }

    async fn backend(&self, files: &[(&str, File<'_>)]) -> Arc<dyn TreeBackend> {
        let mut below = MemoryTree::builder().file("gone/deep/file", "gone").unwrap();
        for (at, file) in files.iter().step_by(2) {
            let (kind, content) = entry(file);
            below = below.entry(at, kind, content).unwrap();
        }
        let below = Tree::new(Arc::new(below.build().unwrap()));
        let mut overlay = below.overlay().without(path("gone/deep"));
        for (at, file) in files.iter().skip(1).step_by(2) {
            let (kind, content) = entry(file);
            overlay = overlay.entry(path(at), kind, content);
        }
        overlay.into_backend().unwrap()
    }
}

gitops_core::conformance::tree!(Layers);

#[test]
fn equal_content_has_equal_digests_however_it_came_about() {
    let plain = Tree::from_files([("a/b", "1"), ("a/c", "2"), ("d", "3")]).unwrap();
    let below = Tree::from_files([("a/b", "0"), ("d", "3"), ("x/y/z", "4")]).unwrap();
    let overlay = below.overlay().file(path("a/b"), "1").file(path("a/c"), "2");
    let laid = overlay.without(path("x/y/z")).build().unwrap();
    for at in ["a/b", "a", ""] {
        assert_eq!(laid.digest(&path(at)).unwrap(), plain.digest(&path(at)).unwrap(), "{at}");
    }
    assert_eq!(laid.kind(&path("x")).unwrap(), None, "nothing is left in it");
}

#[test]
fn files_and_directories_do_not_take_each_others_place() {
    let below = Tree::from_files([("a/b", "1"), ("file", "2")]).unwrap();
    for (at, expected) in [("a", "file"), ("file/x", "directory"), ("", "file")] {
        match below.overlay().file(path(at), "new").build() {
            Err(TreeError::WrongKind { expected: found, .. }) => assert_eq!(found, expected),
            other => panic!("{at} gives {other:?}"),
        }
    }
    let replaced = below.overlay().without(path("a")).file(path("a"), "now a file");
    assert_eq!(replaced.build().unwrap().read(&path("a")).unwrap(), "now a file");
}

#[test]
fn what_is_laid_over_is_not_noted_below() {
    let (tree, noted) = Tree::from_files([("a", "1")]).unwrap().track();
    let laid = tree.overlay().file(path("b"), "2").build().unwrap();
    laid.read(&path("b")).unwrap();
    assert!(noted.reads().is_empty());
}
