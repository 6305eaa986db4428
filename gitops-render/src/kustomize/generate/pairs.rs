//! Keys and values from files, literals and lists of variables.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::super::{
    load::Loader,
    manifest::Generator,
    problem::{Outcome, problem},
};

/// How long a line of base64 is.
const LINE: usize = 70;

/// Returns the pairs of a generator, sorted by key.
pub(super) fn pairs(generator: &Generator, loader: &Loader) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut add = |key: String, value: Vec<u8>| {
        let name = &generator.name;
        match found.insert(key.clone(), value) {
            None => Ok(()),
            Some(_) => Err(problem(format!("{name} illegally repeats the key {key:?}"))),
        }
    };
    for path in &generator.envs {
        let content = loader.read(path)?;
        for (number, line) in lines(&content).enumerate() {
            let variable = variable(line, number)
                .map_err(|err| err.within(|| format!("{path}, line {}", number + 1)))?;
            if let Some((key, value)) = variable {
                add(key, value.into_bytes())?;
            }
        }
    }
    for text in &generator.literals {
        let (key, value) = literal(text)?;
        add(key.to_owned(), value.as_bytes().to_vec())?;
    }
    for text in &generator.files {
        let (key, path) = file(text)?;
        add(key.to_owned(), loader.read(path)?.to_vec())?;
    }
    Ok(found)
}

fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    let lines = content.split(|byte| *byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn variable(line: &[u8], number: usize) -> Outcome<Option<(String, String)>> {
    let text = std::str::from_utf8(line).map_err(|_| problem("invalid UTF-8"))?;
    let text = match number {
        0 => text.strip_prefix('\u{feff}').unwrap_or(text),
        _ => text,
    };
    let text = text.trim_start();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Ok(None);
    }
    Ok(Some((key.to_owned(), value.to_owned())))
}

fn literal(text: &str) -> Outcome<(&str, &str)> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| problem(format!("invalid literal source {text}, expected key=value")))?;
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    Ok((key, inner('"').or_else(|| inner('\'')).unwrap_or(value)))
}

fn file(text: &str) -> Outcome<(&str, &str)> {
    let Some((key, path)) = text.split_once('=') else {
        let name = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
        return Ok((name, text));
    };
    if path.contains('=') {
        return Err(problem(format!("source {text:?} key name or file path contains '='")));
    }
    if key.is_empty() {
        return Err(problem(format!("missing key name for file path {path:?}")));
    }
    if path.is_empty() {
        return Err(problem(format!("missing file path for key name {key:?}")));
    }
    Ok((key, path))
}

/// Returns base64 in lines once it is longer than one.
pub(super) fn base64_lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
    for line in text.as_bytes().chunks(LINE) {
        lines.extend(line.iter().map(|byte| char::from(*byte)));
        lines.push('\n');
    }
    lines
}
