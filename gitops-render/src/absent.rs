//! What to say when the path that is to be rendered is not there.

use gitops_core::{
    RenderError, Tree, TreePath,
    tree::{NodeKind, TreeError},
};

// More names help nobody.
const NAMES_SHOWN_MAX: usize = 8;

/// Refuses a path to render that is not in the tree, naming what is.
pub(crate) fn check(tree: &Tree, path: &TreePath) -> Result<(), RenderError> {
    let unreadable =
        |cause: TreeError| RenderError::Tree { path: path.to_string(), line: None, cause };
    if tree.kind(path).map_err(unreadable)?.is_some() {
        return Ok(());
    }
    let hint = hint(tree, path).unwrap_or_else(|| "the tree is empty".to_owned());
    Err(RenderError::NoPath { path: path.to_string(), hint })
}

// Says what the nearest directory that is there holds.
fn hint(tree: &Tree, path: &TreePath) -> Option<String> {
    let mut nearest = path.parent();
    while let Some(directory) = &nearest {
        if matches!(tree.kind(directory), Ok(Some(NodeKind::Directory))) {
            break;
        }
        nearest = directory.parent();
    }
    let directory = nearest?;
    let entries = tree.list(&directory).ok()?;
    let mut names: Vec<String> = entries
        .iter()
        .filter(|entry| entry.kind == NodeKind::Directory)
        .filter_map(|entry| entry.path.file_name().map(str::to_owned))
        .collect();
    let more = names.len().saturating_sub(NAMES_SHOWN_MAX);
    names.truncate(NAMES_SHOWN_MAX);
    let place = if directory.is_root() { "the root".to_owned() } else { directory.to_string() };
    Some(match (names.is_empty(), more) {
        (true, _) => format!("{place} holds no directories"),
        (false, 0) => format!("{place} holds the directories {}", names.join(", ")),
        (false, more) => {
            format!("{place} holds the directories {} and {more} more", names.join(", "))
        }
    })
}
