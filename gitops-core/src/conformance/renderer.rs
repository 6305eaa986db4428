//! The rules of [`Renderer`], R1 to R6.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::Rule;
use crate::{
    Object, Origin, RenderError, Renderer, Tree, TreePath,
    tree::{MemoryTree, Node, TreeBackend, TreeError},
};

/// Paths and contents.
pub type Files = Vec<(String, String)>;

/// What a backend brings to be tested.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// Prepares what the renderer needs.
    async fn start() -> Self;

    /// Returns the renderer, with the same configuration at every call.
    fn renderer(&self) -> Arc<dyn Renderer>;

    /// Returns renderers whose configurations differ from that of [`renderer`](Self::renderer) and
    /// from each other, one for each option that can change the output.
    fn others(&self) -> Vec<Arc<dyn Renderer>>;

    /// Returns a tree that gives at least two objects, with a file in it that does not count.
    fn good(&self) -> Files;

    /// Returns a tree with one file that is wrong, its path, and the line where it has one.
    fn broken(&self) -> (Files, String, Option<u32>);

    /// Returns a tree that describes one object twice.
    fn duplicate(&self) -> Files;
}

/// R1: equal trees, equal objects in equal order.
pub async fn r1_rendering_repeats<H: Harness>(harness: H) {
    let mut files = harness.good();
    let renderer = harness.renderer();
    let first = render(&renderer, &tree(&files)).await;
    assert!(2 <= first.len(), "the good tree is to give at least two objects");
    let again = render(&renderer, &tree(&files)).await;
    assert_eq!(texts(&first), texts(&again));
    files.reverse();
    let other = render(&harness.renderer(), &tree(&files)).await;
    assert_eq!(texts(&first), texts(&other), "an equal tree gives other objects");
}

/// R2: no two objects share an id.
pub async fn r2_ids_are_unique<H: Harness>(harness: H) {
    let objects = render(&harness.renderer(), &tree(&harness.good())).await;
    let ids: BTreeSet<_> = objects.iter().map(Object::id).collect();
    assert_eq!(ids.len(), objects.len(), "two objects share an id");
}

/// R2: an object that is described twice is an error that names both places.
pub async fn r2_duplicates_name_both_places<H: Harness>(harness: H) {
    let files = harness.duplicate();
    match harness.renderer().render(&tree(&files)).await {
        Err(RenderError::Duplicate { first, second, .. }) => {
            for place in [&first, &second] {
                let known = files.iter().any(|(path, _)| *path == place.path);
                assert!(known, "{place} is no place in the tree");
                assert!(1 <= place.line, "lines are counted from 1");
            }
        }
        other => panic!("expected Duplicate, got {other:?}"),
    }
}

/// R3: a file that cannot be read is an error, never a shorter list.
pub async fn r3_unreadable_files_are_errors<H: Harness>(harness: H) {
    let files = harness.good();
    let (tracked, handle) = tree(&files).track();
    render(&harness.renderer(), &tracked).await;
    let reads = handle.reads();
    let read = files.iter().filter(|(path, _)| reads.iter().any(|(read, _)| read.as_str() == path));
    let mut failures = 0;
    for (path, _) in read {
        let failing = Tree::new(Arc::new(Failing { tree: memory(&files), path: path.clone() }));
        match harness.renderer().render(&failing).await {
            Err(err) => {
                assert!(err.is_transient(), "{path} may be readable later, but: {err:?}");
                failures += 1;
            }
            Ok(objects) => panic!("{path} could not be read, yet {objects:?} were rendered"),
        }
    }
    assert!(0 < failures, "the renderer reads no file of its tree");
}

/// R3: one broken file among good ones is an error, never a shorter list.
pub async fn r3_broken_files_are_errors<H: Harness>(harness: H) {
    let (files, path, _) = harness.broken();
    let rendered = harness.renderer().render(&tree(&files)).await;
    assert!(rendered.is_err(), "{path} is broken, yet {rendered:?}");
}

/// R4: what changes without changing any answer changes no object.
pub async fn r4_only_reads_decide<H: Harness>(harness: H) {
    let files = harness.good();
    let (tracked, handle) = tree(&files).track();
    let first = render(&harness.renderer(), &tracked).await;
    let reads = handle.reads();
    let mut unread = 0;
    for (what, variant) in variants(&files) {
        let variant = tree(&variant);
        if !reads.holds(&variant).expect("a tree in memory can be read") {
            continue;
        }
        unread += 1;
        match harness.renderer().render(&variant).await {
            Ok(objects) => assert_eq!(texts(&first), texts(&objects), "{what} changed the result"),
            Err(err) => panic!("{what}, which was not read, made rendering fail: {err:?}"),
        }
    }
    assert!(0 < unread, "every file of the good tree counts: add one that does not");
}

/// R5: an error about a file names the file, and the line where there is one.
pub async fn r5_errors_name_the_place<H: Harness>(harness: H) {
    let (files, path, line) = harness.broken();
    let err = harness.renderer().render(&tree(&files)).await.expect_err("the tree is broken");
    let (found, found_line) = match &err {
        RenderError::Invalid { at, .. }
        | RenderError::NotObject { at, .. }
        | RenderError::Limit { at, .. }
        | RenderError::Duplicate { second: at, .. } => (at.path.clone(), Some(at.line)),
        RenderError::Tree { path, line, .. } => (path.clone(), *line),
        RenderError::NoPath { path, .. } => (path.clone(), None),
        RenderError::Unavailable { .. } => panic!("{err:?} is not about a file"),
    };
    assert_eq!(found, path);
    if let Some(line) = line {
        assert_eq!(found_line, Some(line), "{err} names another line");
    }
    assert!(err.to_string().contains(&path), "{err} does not say {path}");
    assert!(!err.is_transient(), "rendering again does not mend {path}");
}

/// R5: objects know where they were written.
pub async fn r5_objects_know_their_place<H: Harness>(harness: H) {
    let files = harness.good();
    for object in render(&harness.renderer(), &tree(&files)).await {
        let Some(Origin { path, line }) = object.origin() else {
            panic!("{object:?} does not know where it was written");
        };
        let content = files.iter().find(|(file, _)| file == path).map(|(_, content)| content);
        let content = content.unwrap_or_else(|| panic!("{object:?}: there is no file {path}"));
        let lines = content.lines().count();
        let inside = 1 <= *line && usize::try_from(*line).is_ok_and(|line| line <= lines);
        assert!(inside, "{object:?}: {path} has no line {line}");
    }
}

/// R6: the fingerprint is that of the configuration.
pub async fn r6_fingerprints_tell_configurations_apart<H: Harness>(harness: H) {
    let own = harness.renderer().fingerprint();
    assert_eq!(own, harness.renderer().fingerprint(), "equal configurations differ");
    let mut all = BTreeSet::from([own]);
    let others = harness.others();
    for (index, other) in others.iter().enumerate() {
        assert!(all.insert(other.fingerprint()), "configuration {index} has a known fingerprint");
    }
}

async fn render(renderer: &Arc<dyn Renderer>, tree: &Tree) -> Vec<Object> {
    renderer.render(tree).await.expect("the good tree renders")
}

fn texts(objects: &[Object]) -> Vec<String> {
    let place = |object: &Object| object.origin().map(Origin::to_string).unwrap_or_default();
    objects.iter().map(|object| format!("{} {}", place(object), object.value())).collect()
}

// One file changed, emptied, taken away or added at a time.
fn variants(files: &Files) -> Vec<(String, Files)> {
    let mut variants = Vec::new();
    for (index, (path, content)) in files.iter().enumerate() {
        for changed in [format!("{content}\n\u{1}: ["), String::new()] {
            let mut variant = files.clone();
            variant[index].1 = changed;
            variants.push((format!("changing {path}"), variant));
        }
        let mut variant = files.clone();
        variant.remove(index);
        variants.push((format!("removing {path}"), variant));
        let beside =
            path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let mut variant = files.clone();
        variant.push((format!("added-{path}").replace('/', "-"), content.clone()));
        variants.push((format!("adding a file at the root like {path}"), variant));
        let mut variant = files.clone();
        variant.push((format!("{beside}added"), "\u{1}: [".to_owned()));
        variants.push((format!("adding a file beside {path}"), variant));
    }
    variants
}

fn tree(files: &Files) -> Tree {
    Tree::new(Arc::new(memory(files)))
}

fn memory(files: &Files) -> MemoryTree {
    let mut builder = MemoryTree::builder();
    for (path, content) in files {
        builder = builder.file(path, content.clone()).expect("the paths stay inside");
    }
    builder.build().expect("no file is a directory too")
}

/// A tree of which one file cannot be read.
#[derive(Debug)]
struct Failing {
    tree: MemoryTree,
    path: String,
}

impl TreeBackend for Failing {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        self.tree.lookup(path)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        self.tree.list(path)
    }

    fn read(&self, path: &TreePath, bytes_max: u64) -> Result<Bytes, TreeError> {
        if path.as_str() == self.path {
            let cause = "the store has gone away".into();
            return Err(TreeError::Unavailable { path: path.clone(), cause });
        }
        self.tree.read(path, bytes_max)
    }
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__renderer_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __renderer_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            r1_rendering_repeats,
            r2_ids_are_unique,
            r2_duplicates_name_both_places,
            r3_unreadable_files_are_errors,
            r3_broken_files_are_errors,
            r4_only_reads_decide,
            r5_errors_name_the_place,
            r5_objects_know_their_place,
            r6_fingerprints_tell_configurations_apart,
        }
    };
}

/// Tests a [`Renderer`](crate::Renderer) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __renderer_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__renderer_rules! {
            __conformance_tests, $crate::conformance::renderer, $harness, [$($skips)?]
        }
    };
}
