//! Trees: links, limits, what was read and what has changed.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use gitops_core::tree::{
    Entry, MemoryTree, Node, NodeKind, TREE_LINK_BYTES_MAX, TREE_LINKS_MAX, Tree, TreeBackend,
    TreeError, TreeLimits, TreePath,
};
use proptest::prelude::*;

/// Builds a tree of `path: content`, `path -> target`, `path*: content` (executable) and `path@`
/// (submodule), one a line.
fn tree(text: &str) -> Tree {
    let mut builder = MemoryTree::builder();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        builder = if let Some((path, target)) = line.split_once(" -> ") {
            builder.link(path, target)
        } else if let Some(path) = line.strip_suffix('@') {
            builder.entry(path, NodeKind::Submodule, "commit".into())
        } else if let Some((path, content)) = line.split_once("*: ") {
            builder.entry(path, NodeKind::Executable, content.to_owned().into())
        } else {
            let (path, content) = line.split_once(": ").unwrap();
            builder.file(path, content.to_owned())
        }
        .unwrap();
    }
    Tree::new(Arc::new(builder.build().unwrap()))
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

fn read(tree: &Tree, at: &str) -> String {
    match tree.read(&path(at)) {
        Ok(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Err(err) => err.to_string(),
    }
}

#[test]
fn links_are_followed_inside() {
    let tree = tree(
        "apps/web/app.yaml: app
         apps/current -> web
         base/app.yaml -> ../apps/current/app.yaml
         up -> base/../apps/./web//app.yaml
         dir/here -> .",
    );
    for at in ["apps/current/app.yaml", "base/app.yaml", "up"] {
        assert_eq!(read(&tree, at), "app", "{at}");
    }
    assert_eq!(tree.kind(&path("apps/current")).unwrap(), Some(NodeKind::Directory));
    let listed = tree.list(&path("apps/current")).unwrap();
    assert_eq!(listed[0].path, path("apps/current/app.yaml"));
    assert_eq!(tree.kind(&path("dir/here/here/here")).unwrap(), Some(NodeKind::Directory));
}

#[test]
fn a_step_up_after_a_link_is_the_parent_of_where_it_leads() {
    let tree = tree(
        "deep/inside/file: no
         deep/file: yes
         file: no
         short -> deep/inside
         through -> short/../file",
    );
    assert_eq!(read(&tree, "through"), "yes");
}

#[test]
fn links_out_of_the_tree_are_errors() {
    let tree = tree(
        "up -> ../secret
         root -> /etc/passwd
         a/b/far -> ../../../secret
         a/up -> ..
         a/up2 -> up/..
         kept: kept",
    );
    for at in ["up", "root", "a/b/far", "a/up2"] {
        let text = read(&tree, at);
        assert!(text.starts_with("symbolic link") && text.ends_with("leaves the tree"), "{text}");
    }
    assert_eq!(read(&tree, "a/up/kept"), "kept");
}

#[test]
fn links_in_circles_end_at_the_limit() {
    let circle = tree("a -> b\nb -> a\nc -> c/c\nfine: fine");
    for at in ["a", "b", "c", "a/below"] {
        let text = read(&circle, at);
        assert!(text.contains("TREE_LINKS_MAX"), "{at}: {text}");
    }
    // One link more than is allowed.
    let next = (0..=TREE_LINKS_MAX).map(|index| format!("l{} -> l{index}", index + 1));
    let lines: Vec<String> = std::iter::once("l0: end".to_owned()).chain(next).collect();
    let chain = tree(&lines.join("\n"));
    assert_eq!(read(&chain, &format!("l{TREE_LINKS_MAX}")), "end");
    assert!(read(&chain, &format!("l{}", TREE_LINKS_MAX + 1)).contains("TREE_LINKS_MAX"));
}

#[test]
fn links_have_a_longest_target() {
    let max = usize::try_from(TREE_LINK_BYTES_MAX).unwrap();
    let dots = "./".repeat((max - 4) / 2);
    let tree = tree(&format!("file: here\nlong -> {dots}file\nlonger -> {dots}./file"));
    assert_eq!(read(&tree, "long"), "here");
    let text = read(&tree, "longer");
    assert!(text.contains("TREE_LINK_BYTES_MAX"), "{text}");
}

#[test]
fn a_link_to_nothing_is_not_found() {
    let tree = tree("broken -> gone\nfile: x\nbelow -> file/x");
    for at in ["broken", "gone", "below", "file/x"] {
        assert!(matches!(tree.read(&path(at)), Err(TreeError::NotFound { .. })), "{at}");
        assert_eq!(tree.kind(&path(at)).unwrap(), None, "{at}");
    }
}

#[test]
fn a_submodule_says_what_it_is() {
    let tree = tree("lib@\nlink -> lib/file\nfile: x");
    for at in ["lib", "lib/file", "link"] {
        assert!(matches!(tree.read(&path(at)), Err(TreeError::Submodule { .. })), "{at}");
    }
    assert_eq!(tree.walk(&TreePath::root(), |_| true).unwrap().len(), 3);
}

fn limit(result: Result<impl std::fmt::Debug, TreeError>) -> (&'static str, u64, u64) {
    match result {
        Err(TreeError::Limit { limit, found, max, .. }) => (limit, found, max),
        other => panic!("expected a limit, got {other:?}"),
    }
}

#[test]
fn limits_are_reached_by_name() {
    let all = |_: &_| true;
    let limits = TreeLimits { file_bytes_max: 4, entries_max: 3, depth_max: 2 };
    let flat = tree("a: 1234\nb: 12345\nc: 1").with_limits(limits);
    assert_eq!(read(&flat, "a"), "1234");
    assert_eq!(limit(flat.read(&path("b"))), ("TREE_FILE_BYTES_MAX", 5, 4));
    assert_eq!(flat.walk(&TreePath::root(), all).unwrap().len(), 3);
    let more = tree("a: 1\nb: 2\nc: 3\nd: 4").with_limits(limits);
    assert_eq!(limit(more.walk(&TreePath::root(), all)), ("TREE_ENTRIES_MAX", 4, 3));
    assert_eq!(limit(more.changed(&tree("z: 0"))), ("TREE_ENTRIES_MAX", 4, 3));
    let deep = tree("a/b/file: 1").with_limits(limits);
    assert_eq!(deep.walk(&TreePath::root(), all).unwrap().len(), 1);
    let deeper = tree("a/b/c/file: 1").with_limits(limits);
    let walked = deeper.with_limits(TreeLimits { entries_max: 9, ..limits });
    assert_eq!(limit(walked.walk(&TreePath::root(), all)), ("TREE_DEPTH_MAX", 3, 2));
}

#[test]
fn a_walk_enters_what_it_is_let_into() {
    let tree = tree("a/x: 1\na/skip/y: 1\nb: 1\nlink -> a");
    let files = tree.walk(&TreePath::root(), |entry| entry.path != path("a/skip")).unwrap();
    let files: Vec<_> = files.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(files, ["a/x", "b", "link"]);
}

// What a reader does, and trees in which it sees the same or not.
fn holds(before: &str, look: impl Fn(&Tree), same: &[&str], other: &[&str]) {
    let (tracked, handle) = tree(before).track();
    look(&tracked);
    let reads = handle.reads();
    assert!(reads.holds(&tree(before)).unwrap(), "an equal tree differs: {reads:?}");
    for text in same {
        assert!(reads.holds(&tree(text)).unwrap(), "{text:?} looks the same: {reads:?}");
    }
    for text in other {
        assert!(!reads.holds(&tree(text)).unwrap(), "{text:?} looks different: {reads:?}");
    }
}

#[test]
fn reads_hold_while_the_file_is_the_same() {
    let look = |tree: &Tree| drop(tree.read(&path("d/a")));
    // A link whose target reads like the file is another thing.
    holds(
        "d/a: 1\nb: 1",
        look,
        &["d/a: 1\nb: 2", "d/a*: 1"],
        &["d/a: 2", "x: 1", "d/a -> 1", "d: 1"],
    );
}

#[test]
fn absence_holds_while_nothing_comes() {
    let look = |tree: &Tree| drop(tree.read(&path("d/a/x")));
    holds("b: 1", look, &["b: 2", "d2: 1"], &["d/a/x: 1", "d: 1"]);
    // A directory that becomes a link leads to other files.
    holds("d/b: 1", look, &["d/b: 2"], &["d -> e\ne/a/x: 1", "d -> nowhere"]);
    holds("d/a: 1", look, &["d/a: 2\nb: 1"], &["d/a/x: 1", "d/a -> b\nb/x: 1", "b: 1"]);
}

#[test]
fn links_hold_while_they_lead_to_the_same() {
    let look = |tree: &Tree| drop(tree.read(&path("l")));
    let before = "l -> a\na: a\nb: b";
    holds(
        before,
        look,
        &["l -> a\na: a\nb: c"],
        &["l -> b\na: a\nb: a", "l: a\na: a", "l -> a\na: b"],
    );
}

#[test]
fn listings_hold_while_names_and_kinds_do() {
    let look = |tree: &Tree| drop(tree.list(&path("d")));
    let same = ["d/a: 2\nd/b: 2", "d/a: 1\nd/b: 1\nc: 3"];
    let other =
        ["d/a: 1", "d/a: 1\nd/b: 1\nd/c: 1", "d/a: 1\nd/b -> a", "d/a: 1\nd/b/x: 1", "d: 1"];
    holds("d/a: 1\nd/b: 1", look, &same, &other);
}

#[test]
fn kinds_and_digests_are_reads() {
    let kind = |tree: &Tree| drop(tree.kind(&path("d")));
    holds("d/a: 1", kind, &["d/b: 2"], &["d: 1", "x: 1"]);
    let digest = |tree: &Tree| drop(tree.digest(&path("d")));
    holds("d/a/b: 1\nc: 1", digest, &["d/a/b: 1\nc: 2"], &["d/a/b: 2\nc: 1", "d/a/b*: 1\nc: 1"]);
}

#[test]
fn failed_looks_are_reads() {
    let submodule = |tree: &Tree| drop(tree.read(&path("lib/file")));
    holds("lib@", submodule, &["lib@\nx: 1"], &["lib/file: 1", "x: 1"]);
    let directory = |tree: &Tree| drop(tree.read(&path("d")));
    holds("d/a: 1", directory, &["d/b: 1"], &["d: 1"]);
    let file = |tree: &Tree| drop(tree.list(&path("f")));
    holds("f: 1", file, &["f: 2"], &["f/a: 1"]);
}

/// Counts what a tree asks of its backend.
#[derive(Debug)]
struct Counting(Tree, AtomicU64);

impl TreeBackend for Counting {
    fn lookup(&self, path: &TreePath) -> Result<Option<Node>, TreeError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let Some(kind) = self.0.kind(path)? else { return Ok(None) };
        Ok(Some(Node { kind, digest: self.0.digest(path)? }))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, Node)>, TreeError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let name = |entry: Entry| (entry.path.file_name().unwrap().to_owned(), entry.path);
        let names = self.0.list(path)?.into_iter().map(name);
        names.map(|(name, path)| Ok((name, self.lookup(&path)?.unwrap()))).collect()
    }

    fn read(&self, path: &TreePath, _: u64) -> Result<Bytes, TreeError> {
        self.0.read(path)
    }
}

#[test]
fn unchanged_directories_are_looked_up_once() {
    let files = |readme: &'static str| {
        let app = (0..1000).map(|index| (format!("app/{}/{index}.yaml", index % 7), "same"));
        Tree::from_files(app.chain([("README.md".to_owned(), readme)])).unwrap()
    };
    let (tracked, handle) = files("one").track();
    for entry in tracked.walk(&path("app"), |_| true).unwrap() {
        tracked.read(&entry.path).unwrap();
    }
    let reads = handle.reads();
    assert_eq!(reads.len(), 1 + 7 + 1000);
    let counting = Arc::new(Counting(files("two"), AtomicU64::new(0)));
    assert!(reads.holds(&Tree::new(Arc::clone(&counting) as Arc<dyn TreeBackend>)).unwrap());
    assert_eq!(counting.1.load(Ordering::Relaxed), 1, "the directory vouches for all in it");
}

#[test]
fn tracking_twice_tells_both() {
    let (outer, outer_handle) = tree("a: 1\nb: 1").track();
    outer.read(&path("a")).unwrap();
    let (inner, inner_handle) = outer.track();
    inner.read(&path("b")).unwrap();
    assert_eq!(inner_handle.reads().len(), 1);
    assert_eq!(outer_handle.reads().len(), 2);
    outer.note_reads(&inner_handle.reads());
    assert_eq!(outer_handle.reads().len(), 2);
}

/// A small tree of files, links and directories.
fn any_tree() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let place = prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"));
    let content = prop::sample::select(vec![": 1", ": 2", "*: 1", " -> a", " -> b/c", " -> ../a"]);
    let entries = prop::collection::btree_map(place, content.prop_map(str::to_owned), 0..8);
    entries.prop_map(|mut entries: BTreeMap<String, String>| {
        // A path that is the directory of another one cannot be a file.
        let all: Vec<String> = entries.keys().cloned().collect();
        entries.retain(|path, _| !all.iter().any(|other| other.starts_with(&format!("{path}/"))));
        entries
    })
}

fn build(entries: &BTreeMap<String, String>) -> Tree {
    let lines: Vec<_> = entries.iter().map(|(path, content)| format!("{path}{content}")).collect();
    tree(&lines.join("\n"))
}

proptest! {
    #[test]
    fn changed_is_what_a_comparison_of_all_files_finds(one in any_tree(), other in any_tree()) {
        let changed = build(&one).changed(&build(&other)).unwrap();
        let changed: Vec<_> = changed.iter().map(|path| path.as_str().to_owned()).collect();
        let mut expected: Vec<String> = one.keys().chain(other.keys()).cloned().collect();
        expected.retain(|path| one.get(path) != other.get(path));
        expected.sort();
        expected.dedup();
        prop_assert_eq!(changed, expected);
    }

    #[test]
    fn equal_reads_mean_equal_answers(
        one in any_tree(),
        other in any_tree(),
        look in prop::collection::vec((0..4_u8, "[abc](/[abc]){0,2}"), 1..4),
    ) {
        let see = |tree: &Tree| {
            let answer = |(what, at): &(u8, String)| match what {
                0 => format!("{:?}", tree.read(&path(at)).map_err(|err| err.to_string())),
                1 => format!("{:?}", tree.list(&path(at)).map_err(|err| err.to_string())),
                2 => format!("{:?}", tree.kind(&path(at)).map_err(|err| err.to_string())),
                _ => format!("{:?}", tree.digest(&path(at)).map_err(|err| err.to_string())),
            };
            look.iter().map(answer).collect::<Vec<_>>()
        };
        let (tracked, handle) = build(&one).track();
        let seen = see(&tracked);
        let reads = handle.reads();
        prop_assert!(reads.holds(&build(&one)).unwrap());
        if reads.holds(&build(&other)).unwrap() {
            prop_assert_eq!(seen, see(&build(&other)));
        }
    }
}
