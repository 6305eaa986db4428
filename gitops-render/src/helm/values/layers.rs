//! What a user gives: values files and `--set` lines, each kind in its place.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{SetKind, floats, merge, read, set};
use crate::helm::HelmError;

/// The largest values file, in bytes.
pub const VALUES_BYTES_MAX: u64 = 16 << 20;

/// One values file.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// The name that errors show.
    pub name: String,
    /// The content.
    pub data: Bytes,
}

/// What a user gives, in the order in which it counts: files first, then lines, by kind.
///
/// However they are mixed, lines of JSON come first, then typed ones, strings, files and literal
/// ones: a later kind wins over an earlier one, and within one kind the later line.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The values files, a later one over an earlier one.
    pub files: Vec<ValuesFile>,
    /// Values given as such, over those of the files.
    pub inline: Map<String, Value>,
    /// The lines.
    pub sets: Vec<(SetKind, String)>,
}

impl Layers {
    /// Lays everything over each other. `read_file` gives the text of a file that a line names.
    ///
    /// # Errors
    ///
    /// [`HelmError::Chart`] with the file or the line that is wrong, [`HelmError::Limit`] for a
    /// file that is too large.
    pub fn merged(
        &self,
        read_file: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Map<String, Value>, HelmError> {
        let mut values = Map::new();
        for file in &self.files {
            if VALUES_BYTES_MAX < file.data.len() as u64 {
                let (limit, max) = ("VALUES_BYTES_MAX", VALUES_BYTES_MAX);
                return Err(HelmError::Limit { path: file.name.clone(), limit, max });
            }
            let read = read(&file.data).map_err(|err| HelmError::Chart {
                path: file.name.clone(),
                line: err.line,
                message: format!("failed to parse {}: {}", file.name, err.message),
            })?;
            merge(&mut values, read);
        }
        let mut inline = Value::Object(self.inline.clone());
        floats(&mut inline);
        if let Value::Object(inline) = inline {
            merge(&mut values, inline);
        }
        let order =
            [SetKind::Json, SetKind::Typed, SetKind::String, SetKind::File, SetKind::Literal];
        for kind in order {
            for (_, line) in self.sets.iter().filter(|(other, _)| *other == kind) {
                lay(line, kind, &mut values, read_file)
                    .map_err(|message| HelmError::chart(flag(kind), message))?;
            }
        }
        Ok(values)
    }
}

fn flag(kind: SetKind) -> &'static str {
    match kind {
        SetKind::Json => "--set-json",
        SetKind::Typed => "--set",
        SetKind::String => "--set-string",
        SetKind::File => "--set-file",
        SetKind::Literal => "--set-literal",
    }
}

fn lay(
    line: &str,
    kind: SetKind,
    values: &mut Map<String, Value>,
    read_file: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), String> {
    let flag = flag(kind);
    if kind != SetKind::Json {
        let laid = set(line, kind, values, read_file);
        return laid.map_err(|problem| format!("failed parsing {flag} data: {problem}"));
    }
    let trimmed = line.trim();
    if trimmed.starts_with('{') {
        let Ok(mut object) = serde_json::from_str::<Value>(trimmed) else {
            return Err(format!("failed parsing {flag} data JSON: {line}"));
        };
        floats(&mut object);
        if let Value::Object(object) = object {
            merge(values, object);
        }
        return Ok(());
    }
    let laid = set(line, kind, values, read_file);
    laid.map_err(|_| format!("failed parsing {flag} data {line}"))
}
