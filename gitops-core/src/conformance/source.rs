//! The rules of [`Source`], S1 to S7.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{File, Rule};
use crate::{
    Revision, Source, SourceError, Tree, TreePath,
    tree::{NodeKind, TreeError},
};

/// What a backend brings to be tested.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// Makes an empty place of its own.
    async fn start() -> Self;

    /// Makes `files`, and nothing else, the current content.
    async fn publish(&self, files: &[(&str, File<'_>)]);

    /// Returns a source that follows the place. Called after the first `publish`.
    fn source(&self) -> Arc<dyn Source>;

    /// Names a revision, well-formed for this kind of source, that the place never had.
    fn unknown(&self) -> Revision;

    /// Cuts the place off, so that a source can no longer ask it. Trees stay whole.
    async fn cut(&self) {}
}

const SAMPLE: &[(&str, File<'static>)] = &[
    ("README.md", File::Regular("# Shop\n")),
    ("apps/shop/web.yaml", File::Regular("kind: Deployment\n")),
    ("apps/shop/empty", File::Regular("")),
    ("apps/blog/web.yaml", File::Regular("kind: Deployment\n")),
    ("bin/check", File::Executable("#!/bin/sh\n")),
    ("latest.yaml", File::Link("apps/shop/web.yaml")),
];

const CHANGED: &[(&str, File<'static>)] = &[
    ("README.md", File::Regular("# Shop and more\n")),
    ("apps/shop/web.yaml", File::Regular("kind: StatefulSet\n")),
    ("apps/blog/web.yaml", File::Regular("kind: Deployment\n")),
    ("bin/check", File::Executable("#!/bin/sh\n")),
];

/// S1: one revision, equal trees, even after the source has moved on.
pub async fn s1_fetch_repeats<H: Harness>(harness: H) {
    let (source, revision, first) = published(&harness, SAMPLE).await;
    harness.publish(CHANGED).await;
    let second = source.fetch(&revision).await.expect("a revision stays after the next one");
    assert_eq!(root(&first), root(&second), "two fetches of {revision} have other digests");
    assert_eq!(contents(&first), contents(&second), "two fetches of {revision} differ");
}

/// S2: what `resolve` names, `fetch` brings.
pub async fn s2_resolved_is_fetchable<H: Harness>(harness: H) {
    let (.., tree) = published(&harness, SAMPLE).await;
    assert_eq!(contents(&tree), expected(SAMPLE));
    let (.., tree) = published(&harness, CHANGED).await;
    assert_eq!(contents(&tree), expected(CHANGED), "the second revision is not what was published");
}

/// S2: another source that follows the same place can fetch what the first one resolved.
pub async fn s2_revisions_travel<H: Harness>(harness: H) {
    let (_, revision, tree) = published(&harness, SAMPLE).await;
    let text = revision.to_string();
    let read: Revision = text.parse().expect("every text is a revision");
    let other = harness.source().fetch(&read).await.expect("a revision can be written down");
    assert_eq!(root(&tree), root(&other));
}

/// S3: an unknown revision is `NotFound`.
pub async fn s3_unknown_is_not_found<H: Harness>(harness: H) {
    let (source, ..) = published(&harness, SAMPLE).await;
    let unknown = harness.unknown();
    let err = source.fetch(&unknown).await.expect_err("an unknown revision was found");
    match &err {
        SourceError::NotFound { revision, .. } => assert_eq!(*revision, unknown),
        _ => panic!("expected NotFound, got {err:?}"),
    }
    assert!(!err.is_transient(), "asking again does not make the revision exist");
}

/// S4: a tree needs its source no more.
pub async fn s4_trees_are_complete<H: Harness>(harness: H) {
    let (source, _, tree) = published(&harness, SAMPLE).await;
    drop(source);
    harness.cut().await;
    assert_eq!(contents(&tree), expected(SAMPLE));
}

/// S5: new content has a new revision, the same content keeps its own.
pub async fn s5_revisions_follow_content<H: Harness>(harness: H) {
    let (source, first, _) = published(&harness, SAMPLE).await;
    let again = source.resolve().await.expect("resolve");
    assert_eq!(first, again, "the revision moved though nothing was published");
    let other = harness.source().resolve().await.expect("resolve");
    assert_eq!(first, other, "two sources name the same state differently");
    harness.publish(CHANGED).await;
    let second = source.resolve().await.expect("resolve");
    assert_ne!(first, second, "new content has the revision of the old one");
}

/// S6: digests are comparable between revisions and within one.
pub async fn s6_digests_compare<H: Harness>(harness: H) {
    let (.., before) = published(&harness, SAMPLE).await;
    let (.., after) = published(&harness, CHANGED).await;
    for same in ["apps/blog", "apps/blog/web.yaml", "bin/check", "bin"] {
        assert_eq!(digest(&before, same), digest(&after, same), "{same} did not change");
    }
    for other in ["README.md", "apps", "apps/shop", "apps/shop/web.yaml", "."] {
        assert_ne!(digest(&before, other), digest(&after, other), "{other} changed");
    }
    let changed = before.changed(&after).expect("both trees can be read");
    let changed: Vec<_> = changed.iter().map(TreePath::as_str).collect();
    assert_eq!(changed, ["README.md", "apps/shop/empty", "apps/shop/web.yaml", "latest.yaml"]);
}

/// S7: a link is a link in a listing, and reading goes through it.
pub async fn s7_links_are_followed_inside<H: Harness>(harness: H) {
    let mut files = SAMPLE.to_vec();
    files.push(("shop", File::Link("apps/shop")));
    let (.., tree) = published(&harness, &files).await;
    let listed = tree.list(&TreePath::root()).expect("the root can be listed");
    let kind = |name: &str| listed.iter().find(|it| it.path.as_str() == name).map(|it| it.kind);
    assert_eq!(kind("latest.yaml"), Some(NodeKind::Link));
    assert_eq!(kind("shop"), Some(NodeKind::Link));
    for through in ["latest.yaml", "shop/web.yaml"] {
        let bytes = tree.read(&path(through)).expect("the link stays inside");
        assert_eq!(bytes, "kind: Deployment\n", "{through} leads elsewhere");
    }
}

/// S7: a link that leaves the tree is an error, not a file of somebody else.
pub async fn s7_links_stay_inside<H: Harness>(harness: H) {
    let files = [
        ("up", File::Link("../etc/passwd")),
        ("absolute", File::Link("/etc/passwd")),
        ("deep/up", File::Link("../../secrets")),
        ("circle", File::Link("circle")),
        ("kept", File::Regular("kept")),
    ];
    let (.., tree) = published(&harness, &files).await;
    for link in ["up", "absolute", "deep/up", "circle"] {
        let read = tree.read(&path(link));
        assert!(matches!(read, Err(TreeError::Link { .. })), "{link} gives {read:?}");
    }
    assert_eq!(tree.read(&path("kept")).expect("other files can be read"), "kept");
}

async fn published<H: Harness>(
    harness: &H,
    files: &[(&str, File<'_>)],
) -> (Arc<dyn Source>, Revision, Tree) {
    harness.publish(files).await;
    let source = harness.source();
    let revision = source.resolve().await.expect("a published place has a revision");
    let tree = source.fetch(&revision).await.expect("what resolve names can be fetched");
    (source, revision, tree)
}

type Content = (String, NodeKind, Bytes);

fn contents(tree: &Tree) -> Vec<Content> {
    let files = tree.walk(&TreePath::root(), |_| true).expect("the tree can be walked");
    let content = |path: &TreePath| tree.read(path).expect("what is listed can be read");
    files.iter().map(|file| (file.path.to_string(), file.kind, content(&file.path))).collect()
}

fn expected(files: &[(&str, File<'_>)]) -> Vec<Content> {
    let mut expected: Vec<Content> = Vec::new();
    for (path, file) in files {
        let (kind, text) = match file {
            File::Regular(text) => (NodeKind::File, *text),
            File::Executable(text) => (NodeKind::Executable, *text),
            File::Link(target) => (NodeKind::Link, behind(files, target)),
        };
        expected.push(((*path).to_owned(), kind, Bytes::from(text.to_owned())));
    }
    expected.sort();
    expected
}

fn behind<'a>(files: &[(&str, File<'a>)], target: &str) -> &'a str {
    match files.iter().find(|(path, _)| *path == target) {
        Some((_, File::Regular(text) | File::Executable(text))) => text,
        _ => "",
    }
}

fn digest(tree: &Tree, at: &str) -> crate::Digest {
    tree.digest(&path(at)).expect("the path is in both trees")
}

fn root(tree: &Tree) -> crate::Digest {
    digest(tree, ".")
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("the sample paths stay inside")
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__source_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __source_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            s1_fetch_repeats,
            s2_resolved_is_fetchable,
            s2_revisions_travel,
            s3_unknown_is_not_found,
            s4_trees_are_complete,
            s5_revisions_follow_content,
            s6_digests_compare,
            s7_links_are_followed_inside,
            s7_links_stay_inside,
        }
    };
}

/// Tests a [`Source`](crate::Source) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __source_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__source_rules! {
            __conformance_tests, $crate::conformance::source, $harness, [$($skips)?]
        }
    };
}
