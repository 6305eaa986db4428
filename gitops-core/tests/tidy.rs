//! Rules about the code of the whole workspace. Each message says how to mend what it found.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

const FILE_LINES_MAX: usize = 400;
const LINE_CHARS_MAX: usize = 120;
const NAMES_THAT_SAY_NOTHING: [&str; 6] = ["util", "utils", "common", "helpers", "types", "misc"];

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            found.push(format!("{}: begin with `//!` and what the file is for", path.display()));
        }
        let lines = text.lines().count();
        if FILE_LINES_MAX < lines {
            found.push(format!("{}: {lines} lines, find a seam", path.display()));
        }
        // What a program prints stands in a test as it is printed.
        let code =
            if path.components().any(|part| part.as_os_str() == "tests") { "" } else { &text };
        let wide = code.lines().position(|line| LINE_CHARS_MAX < line.chars().count());
        if let Some(index) = wide {
            found.push(format!("{}:{}: break the line", path.display(), index + 1));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn names_say_what_is_inside() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|(path, _)| {
            path.components().any(|part| {
                let name = part.as_os_str().to_string_lossy();
                let name = name.strip_suffix(".rs").unwrap_or(&name);
                NAMES_THAT_SAY_NOTHING.contains(&name)
            })
        })
        .map(|(path, _)| format!("{}: name the file after what it holds", path.display()))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn nothing_is_left_to_do_or_switched_off() {
    // Spelled apart, so that this file does not find itself.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("dbg", "!("),
        concat!("anyhow", "::"),
    ];
    let mut found = Vec::new();
    for (path, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("{}:{}: {word}", path.display(), index + 1));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn libraries_do_not_unwrap() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let library = path.components().any(|part| part.as_os_str() == "src");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for (index, line) in code.lines().enumerate() {
            let comment = line.trim_start().starts_with("//");
            if library && !comment && line.contains(concat!(".unwrap", "()")) {
                found.push(format!("{}:{}: say why it holds", path.display(), index + 1));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(50 < files.len(), "the walk found only {} files", files.len());
    files
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
}
