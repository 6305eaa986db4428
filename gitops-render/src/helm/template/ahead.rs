//! Parses the files of a chart while its values are still read and checked.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};

use bytes::Bytes;
use foldhash::fast::RandomState;
use gitops_core::find;

use super::ast::{Tables, Tree};
use super::limits::PARSE_STACK_BYTES;
use super::parser::{Root, parse_into};

/// How many bytes of templates are worth a thread.
const THREAD_BYTES_MIN: usize = 48 << 10;

/// Files that are being parsed, on a thread of their own when they are many.
pub(in crate::helm) struct Ahead {
    work: Arc<Work>,
    helper: Option<JoinHandle<Parsed>>,
}

/// What is left to do: whoever has time takes the next file.
struct Work {
    /// Each a name and a text.
    files: Vec<(Bytes, Bytes)>,
    /// Of each file, the first that says the same: that one alone is parsed.
    alike: Vec<usize>,
    next: AtomicUsize,
}

/// What one thread did: the roots of each file by its number, and the nodes of them all.
type Parsed = (Vec<(usize, Result<Vec<Root>, String>)>, Arc<Tables>);

impl Work {
    /// Parses files until there is none left, or one is no template. Files are taken in their
    /// order: all before that one have been taken.
    fn run(&self) -> Parsed {
        let (mut done, mut tables) = (Vec::new(), Tables::default());
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = self.files.get(at) else {
                return (done, Arc::new(tables));
            };
            if self.alike[at] != at {
                continue;
            }
            let parsed = parse_into(&mut tables, name, text);
            let failed = parsed.is_err();
            done.push((at, parsed));
            if failed {
                self.stop();
            }
        }
    }

    fn stop(&self) {
        self.next.store(self.files.len(), Ordering::Relaxed);
    }
}

impl Ahead {
    /// Begins with files, each a name and a text.
    pub(in crate::helm) fn start(mut files: Vec<(String, Bytes)>) -> Self {
        files.sort_by_cached_key(|(name, _)| later_first(name));
        let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
        // Texts are compared with the first of their length: to hash them all would take longer.
        let shared = |(name, text): (String, Bytes)| (Bytes::from(name), text);
        let files: Vec<_> = files.into_iter().map(shared).collect();
        let mut known: HashMap<usize, usize, RandomState> = HashMap::default();
        let first = |(at, (name, text)): (usize, &(Bytes, Bytes))| {
            let first = *known.entry(text.len()).or_insert(at);
            let (earlier, same) = &files[first];
            // A text that names its file means something else in another.
            let named = |name: &[u8]| find::word(name, text).is_some();
            if first == at || text != same || named(name) || named(earlier) { at } else { first }
        };
        let alike = files.iter().enumerate().map(first).collect();
        let work = Arc::new(Work { files, alike, next: AtomicUsize::new(0) });
        let helper = (bytes >= THREAD_BYTES_MIN).then(|| {
            let work = Arc::clone(&work);
            // Where there is no thread to be had, all is done in `finish`.
            Builder::new().stack_size(PARSE_STACK_BYTES).spawn(move || work.run()).ok()
        });
        Self { work, helper: helper.flatten() }
    }

    /// The templates of all files, in Helm's order.
    ///
    /// The error is the name of the first file that does not parse, and what is wrong with it.
    pub(super) fn finish(mut self) -> Result<Vec<Tree>, (String, String)> {
        let mut threads = vec![self.work.run()];
        if let Some(helper) = self.helper.take() {
            match helper.join() {
                Ok(other) => threads.push(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        let mut done: Vec<_> = threads
            .into_iter()
            .flat_map(|(done, tables)| done.into_iter().map(move |one| (one, Arc::clone(&tables))))
            .collect();
        done.sort_unstable_by_key(|((at, _), _)| *at);
        let files = &self.work.files;
        let mut parsed = HashMap::with_capacity_and_hasher(done.len(), RandomState::default());
        for ((at, roots), tables) in done {
            let shown = |problem| (String::from_utf8_lossy(&files[at].0).into_owned(), problem);
            parsed.insert(at, (roots.map_err(shown)?, tables));
        }
        let mut trees = Vec::new();
        for ((file, text), alike) in files.iter().zip(&self.work.alike) {
            let Some((roots, tables)) = parsed.get(alike) else { continue };
            let own = |root: &Root| root.tree(file, text, tables).within(&files[*alike].0);
            trees.extend(roots.iter().map(own));
        }
        Ok(trees)
    }
}

/// What nobody waits for is not parsed any further.
impl Drop for Ahead {
    fn drop(&mut self) {
        self.work.stop();
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead").field("files", &self.work.files.len()).finish_non_exhaustive()
    }
}

/// What files are sorted by: those deep in a chart come first, and of equal depth those with the
/// greater name.
pub(super) fn later_first(name: &str) -> Reverse<(usize, String)> {
    Reverse((name.matches('/').count(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, String)]) -> Vec<(String, Bytes)> {
        texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into())).collect()
    }

    #[test]
    fn one_thread_or_two_give_the_same_templates_in_the_same_order() {
        for size in [1, THREAD_BYTES_MIN] {
            let text = |name: &str| {
                format!(
                    "{}{{{{define \"{name}\"}}}}x{{{{end}}}}",
                    "# a comment\n".repeat(size / 12)
                )
            };
            let given = [("c/a", text("one")), ("c/b", text("two")), ("c/d/e", text("three"))];
            let ahead = Ahead::start(files(&given));
            assert_eq!(ahead.helper.is_some(), size > 1);
            let trees = ahead.finish().unwrap();
            let names: Vec<_> = trees.iter().map(|tree| tree.name.to_vec()).collect();
            assert_eq!(names, ["three", "c/d/e", "two", "c/b", "one", "c/a"].map(Vec::from));
        }
    }

    #[test]
    fn files_that_say_the_same_are_parsed_once_under_two_names() {
        let text = || "{{define \"x\"}}{{.a.b}}{{end}}y".to_owned();
        let trees = Ahead::start(files(&[("c/a", text()), ("c/b", text())])).finish().unwrap();
        let shown = |tree: &Tree| format!("{} {}", tree.location(14), tree.name.escape_ascii());
        let shown: Vec<_> = trees.iter().map(shown).collect();
        assert_eq!(shown, ["c/b:1:14 x", "c/b:1:14 c/b", "c/a:1:14 x", "c/a:1:14 c/a"]);
        assert_eq!(trees[0].root.nodes.from, trees[2].root.nodes.from);
    }

    #[test]
    fn of_wrong_files_the_first_is_named() {
        let wrong = "{{ if }}".repeat(THREAD_BYTES_MIN);
        for good in 0..20 {
            let mut given: Vec<_> =
                (0..good).map(|at| (format!("c/z{at}"), Bytes::new())).collect();
            given.push(("c/b".into(), wrong.clone().into()));
            given.push(("c/a".into(), wrong.clone().into()));
            let (name, problem) = Ahead::start(given).finish().unwrap_err();
            assert_eq!(name, "c/b");
            assert_eq!(problem, "template: c/b:1: missing value for if");
        }
    }
}
