//! Editing real files: all those of this workspace, and of `GITOPS_YAML_FILES` where that is set.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use gitops_core::yaml::{Editor, Input, NodeRef, NodeShape, documents};
use serde_json::Value;

/// Of what was met: readable files, edits made, edits refused.
#[derive(Debug, Default)]
struct Met {
    files: usize,
    edits: usize,
    refused: Vec<String>,
}

#[test]
fn an_edit_changes_its_scalar_and_nothing_else() {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut found);
    if let Ok(more) = env::var("GITOPS_YAML_FILES") {
        collect(Path::new(&more), &mut found);
    }
    let mut met = Met::default();
    for (index, path) in found.iter().enumerate() {
        check(path, index, &mut met);
    }
    assert!(20 < met.files && 20 < met.edits, "too little to mean anything: {met:?}");
    assert!(met.refused.is_empty(), "{} of {}: {:#?}", met.refused.len(), met.edits, met.refused);
}

fn check(path: &Path, index: usize, met: &mut Met) {
    let bytes = fs::read(path).unwrap();
    let Ok(text) = std::str::from_utf8(&bytes) else { return };
    let input = Input::new(&bytes);
    let Ok(documents) = documents(&input) else { return };
    // What is one thing to the reader, such as UTF-16, is not edited as text.
    if input.text() != text {
        return;
    }
    met.files += 1;
    assert_eq!(Editor::new(&input).unwrap().finish().unwrap(), text, "{}", path.display());
    for (number, document) in documents.iter().enumerate() {
        let mut scalars = Vec::new();
        if !document.is_empty() {
            gather(document.root(), String::new(), &mut scalars);
        }
        let Some((pointer, span)) = scalars.get(index % scalars.len().max(1)) else { continue };
        let mut editor = Editor::new(&input).unwrap();
        let value = Value::from(format!("changed {index}"));
        met.edits += 1;
        let done = editor.set(number, pointer, &value).and_then(|()| editor.finish());
        match done {
            Err(err) => met.refused.push(format!("{} {pointer}: {err}", path.display())),
            Ok(changed) => {
                assert!(changed.starts_with(&text[..span.start]), "{} {pointer}", path.display());
                assert!(changed.ends_with(&text[span.end..]), "{} {pointer}", path.display());
            }
        }
    }
}

fn gather(node: NodeRef<'_>, pointer: String, into: &mut Vec<(String, std::ops::Range<usize>)>) {
    match node.shape() {
        NodeShape::Mapping { .. } => {
            for (key, value) in node.entries() {
                // A key that a pointer cannot name, or that stands twice, is left out.
                let Some(key) = key.text().filter(|_| key.resolved().span() == key.span()) else {
                    continue;
                };
                let name = key.replace('~', "~0").replace('/', "~1");
                if node.get(key).is_some_and(|found| found.span() == value.span()) {
                    gather(value, format!("{pointer}/{name}"), into);
                }
            }
        }
        NodeShape::List { .. } => {
            for (index, item) in node.items().enumerate() {
                gather(item, format!("{pointer}/{index}"), into);
            }
        }
        // An empty scalar is a place without bytes of its own: a space comes with its value.
        NodeShape::Scalar(_) if !node.span().is_empty() => into.push((pointer, node.span())),
        _ => {}
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml")
            && path.is_file()
        {
            files.push(path);
        }
    }
}
