//! The rules of [`TreeBackend`], T1 to T5.

use std::sync::Arc;

use async_trait::async_trait;

use super::{File, Rule};
use crate::{
    Digest, TreePath,
    tree::{Node, NodeKind, TreeBackend, TreeError},
};

/// What a backend brings to be tested.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// Makes an empty source.
    async fn start() -> Self;

    /// Makes a directory of exactly `files`. All directories of one harness are of one source.
    async fn backend(&self, files: &[(&str, File<'_>)]) -> Arc<dyn TreeBackend>;
}

// Git orders `a-b`, `a.b`, `a/` otherwise than the bytes of the names do.
const SAMPLE: &[(&str, File<'static>)] = &[
    ("a/one", File::Regular("1")),
    ("a/deep/two", File::Executable("2")),
    ("a-b", File::Regular("")),
    ("a.b", File::Regular("dot")),
    ("a0", File::Regular("zero")),
    ("link", File::Link("a/one")),
    ("folder", File::Link("a")),
    ("Zoo", File::Regular("upper")),
    ("ä", File::Regular("umlaut")),
];

const BYTES_MAX: u64 = 1 << 20;

/// T1: the same question has the same answer, whatever else was asked or made.
pub async fn t1_answers_do_not_change<H: Harness>(harness: H) {
    let backend = harness.backend(SAMPLE).await;
    let first = everything(backend.as_ref());
    assert!(first.len() == SAMPLE.len() + 3, "expected every entry, found {first:?}");
    harness.backend(&[("a/one", File::Regular("other"))]).await;
    assert_eq!(first, everything(backend.as_ref()));
}

/// T2: equal content has equal digests, in one tree and across trees.
pub async fn t2_equal_content_equal_digest<H: Harness>(harness: H) {
    let one =
        harness.backend(&[("x/f", File::Regular("same")), ("y/f", File::Regular("same"))]).await;
    let other =
        harness.backend(&[("z/f", File::Regular("same")), ("more", File::Regular("more"))]).await;
    assert_eq!(digest(&one, "x/f"), digest(&one, "y/f"));
    assert_eq!(digest(&one, "x"), digest(&one, "y"), "equal directories have other digests");
    assert_eq!(digest(&one, "x"), digest(&other, "z"), "digests are not comparable across trees");
}

/// T2: a directory's digest covers names, kinds and content of all below.
pub async fn t2_directories_cover_all_below<H: Harness>(harness: H) {
    let variants: &[&[(&str, File<'_>)]] = &[
        &[("d/e/f", File::Regular("same"))],
        &[("d/e/f", File::Regular("other"))],
        &[("d/e/g", File::Regular("same"))],
        &[("d/e/f", File::Executable("same"))],
        &[("d/e/f", File::Link("same"))],
        &[("d/f", File::Regular("same"))],
        &[("d/e/f", File::Regular("same")), ("d/e/g", File::Regular(""))],
    ];
    let mut digests = Vec::new();
    for files in variants {
        let backend = harness.backend(files).await;
        digests.push((digest(&backend, "."), files));
    }
    for (index, (one, files)) in digests.iter().enumerate() {
        for (other, others) in &digests[index + 1..] {
            assert_ne!(one, other, "{files:?} and {others:?} have one digest");
        }
    }
}

/// T3: listings are sorted by bytes and agree with `lookup`.
pub async fn t3_listings_agree_with_lookup<H: Harness>(harness: H) {
    let backend = harness.backend(SAMPLE).await;
    let names = backend.list(&TreePath::root()).expect("the root can be listed");
    let found: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, ["Zoo", "a", "a-b", "a.b", "a0", "folder", "link", "ä"]);
    for (path, node) in everything(backend.as_ref()) {
        let looked_up = backend.lookup(&path).expect("a listed path can be looked up");
        assert_eq!(looked_up, Some(node), "{path} is listed otherwise");
    }
}

/// T3: what is not listed is absent, and only directories are listed.
pub async fn t3_absent_is_not_found<H: Harness>(harness: H) {
    let backend = harness.backend(SAMPLE).await;
    for absent in ["b", "a/three", "a/one/below", "Zo", "zoo"] {
        assert_eq!(backend.lookup(&path(absent)).expect("absence is an answer"), None, "{absent}");
        let listed = backend.list(&path(absent));
        assert!(matches!(listed, Err(TreeError::NotFound { .. })), "{absent}: {listed:?}");
        let read = backend.read(&path(absent), BYTES_MAX);
        assert!(matches!(read, Err(TreeError::NotFound { .. })), "{absent}: {read:?}");
    }
    let listed = backend.list(&path("a/one"));
    assert!(matches!(listed, Err(TreeError::WrongKind { .. })), "a file was listed: {listed:?}");
    let read = backend.read(&path("a"), BYTES_MAX);
    assert!(matches!(read, Err(TreeError::WrongKind { .. })), "a directory was read: {read:?}");
}

/// T4: links are not followed.
pub async fn t4_links_are_not_followed<H: Harness>(harness: H) {
    let backend = harness.backend(SAMPLE).await;
    let link = backend.lookup(&path("link")).expect("lookup").expect("the link is there");
    assert_eq!(link.kind, NodeKind::Link);
    assert_eq!(backend.read(&path("link"), BYTES_MAX).expect("a link can be read"), "a/one");
    let through = backend.lookup(&path("folder/one")).expect("absence is an answer");
    assert_eq!(through, None, "a path went through a link");
    let read = backend.read(&path("folder/one"), BYTES_MAX);
    assert!(matches!(read, Err(TreeError::NotFound { .. })), "a path went through a link");
    let listed = backend.list(&path("folder"));
    assert!(matches!(listed, Err(TreeError::WrongKind { .. })), "a link was listed: {listed:?}");
}

/// T5: a file of exactly the limit is read, a larger one is not.
pub async fn t5_reads_are_limited<H: Harness>(harness: H) {
    let backend = harness.backend(&[("file", File::Regular("12345678"))]).await;
    assert_eq!(backend.read(&path("file"), 8).expect("the limit itself is allowed"), "12345678");
    match backend.read(&path("file"), 7) {
        Err(TreeError::Limit { found, max, .. }) => assert_eq!((found, max), (8, 7)),
        other => panic!("expected a limit, got {other:?}"),
    }
}

// Everything that is listed, from the root down.
fn everything(backend: &dyn TreeBackend) -> Vec<(TreePath, Node)> {
    let mut found = Vec::new();
    let mut pending = vec![TreePath::root()];
    while let Some(directory) = pending.pop() {
        for (name, node) in backend.list(&directory).expect("a directory can be listed") {
            let path = directory.join(&name).expect("a name is one segment");
            if node.kind == NodeKind::Directory {
                pending.push(path.clone());
            }
            found.push((path, node));
        }
    }
    let root = backend.lookup(&TreePath::root()).expect("lookup").expect("the root is there");
    found.push((TreePath::root(), root));
    found
}

fn digest(backend: &Arc<dyn TreeBackend>, at: &str) -> Digest {
    backend.lookup(&path(at)).expect("lookup").expect("the path is there").digest
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("the sample paths stay inside")
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__tree_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __tree_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            t1_answers_do_not_change,
            t2_equal_content_equal_digest,
            t2_directories_cover_all_below,
            t3_listings_agree_with_lookup,
            t3_absent_is_not_found,
            t4_links_are_not_followed,
            t5_reads_are_limited,
        }
    };
}

/// Tests a [`TreeBackend`](crate::tree::TreeBackend) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __tree_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__tree_rules! {
            __conformance_tests, $crate::conformance::tree, $harness, [$($skips)?]
        }
    };
}
