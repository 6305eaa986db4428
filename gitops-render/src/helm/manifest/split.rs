//! Where one document ends and the next one begins.

use gitops_core::find;

use crate::helm::text::go_space;

/// Returns the documents of what a template wrote. A line that begins with `---` separates them,
/// whatever follows it; blank ones do not count, and none begins with blanks.
pub(in crate::helm) fn split<'t>(text: &'t str) -> Vec<&'t str> {
    let text = text.trim_start_matches(go_space);
    let mut documents = Vec::new();
    let mut add = |document: &'t str| {
        let document = document.trim_start_matches(go_space);
        if !document.is_empty() {
            documents.push(document);
        }
    };
    let mut start = 0;
    let first = text.starts_with("---").then_some(0);
    let others = find::words(b"\n---", text.as_bytes()).map(|at| at + 1);
    for at in first.into_iter().chain(others) {
        add(&text[start..at]);
        let rest = &text[at + 3..];
        start = text.len() - rest.trim_start_matches([' ', '\t']).len();
    }
    add(&text[start..]);
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_dashes_separate() {
        assert_eq!(split("\n---\n\na: 1\n---\n  \n---  b: 2\n\n"), ["a: 1\n", "b: 2\n\n"]);
        assert_eq!(split("a: 1\n----\nb"), ["a: 1\n", "-\nb"]);
        assert_eq!(split("# only\n"), ["# only\n"]);
        assert_eq!(split(" \n"), [""; 0]);
        assert_eq!(split("a: |\n  ---\n"), ["a: |\n  ---\n"]);
    }
}
