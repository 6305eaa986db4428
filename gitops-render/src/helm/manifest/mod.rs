//! From what templates wrote to documents in Helm's order, hooks apart.

mod head;
mod hook;
mod order;
mod show;
mod split;

use std::collections::BTreeMap;

use gitops_core::yaml::{self, Duplicates};
use serde_json::Value;

pub use self::hook::{Hook, HookEvent};
use self::{head::Head, order::rank};
pub(in crate::helm) use self::{show::show_only, split::split};
use super::{HelmError, Notice, chart::Chart};

/// One document that a template wrote.
#[derive(Clone, PartialEq)]
pub struct Manifest {
    /// The path that `# Source:` shows: the template, from the name of the chart on.
    pub path: String,
    /// Where the template is in the tree.
    pub origin: String,
    /// The text of the document.
    pub text: String,
    /// The kind of the object, or nothing.
    pub kind: String,
}

impl Manifest {
    /// Returns what the document says as JSON; null where it holds comments only.
    pub fn value(&self) -> Value {
        // A document that is no YAML is no manifest.
        yaml::decode(self.text.as_bytes(), Duplicates::Last).unwrap_or_default()
    }
}

impl std::fmt::Debug for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The content may be secret.
        write!(f, "Manifest({} in {})", self.kind, self.path)
    }
}

/// The documents of a release, each list in the order in which Helm installs them.
#[derive(Debug, Default)]
pub(in crate::helm) struct Sorted {
    pub(in crate::helm) manifests: Vec<Manifest>,
    pub(in crate::helm) hooks: Vec<Hook>,
}

/// Reads what the templates wrote, by path, and sorts it.
pub(in crate::helm) fn sort(
    chart: &Chart,
    written: BTreeMap<String, Vec<u8>>,
    notices: &mut Vec<Notice>,
) -> Result<Sorted, HelmError> {
    let mut sorted = Sorted::default();
    for (path, bytes) in written {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(err) => return Err(parse_error(&path, &not_text(err.as_bytes()), 1)),
        };
        let origin = chart.origin(&path);
        for text in split(&text) {
            read((&path, &origin), text, &mut sorted, notices)?;
        }
    }
    sorted.manifests.sort_by_cached_key(|manifest| rank(&manifest.kind));
    sorted.hooks.sort_by_cached_key(|hook| rank(&hook.manifest.kind));
    Ok(sorted)
}

fn not_text(bytes: &[u8]) -> String {
    match yaml::decode(bytes, Duplicates::Last) {
        Err(err) => format!("error converting YAML to JSON: {err}"),
        Ok(_) => "error converting YAML to JSON: yaml: control characters are not allowed".into(),
    }
}

fn parse_error(path: &str, problem: &str, line: u32) -> HelmError {
    let message = format!("YAML parse error on {path}: {problem}");
    HelmError::Template { path: path.to_owned(), line, message }
}

fn read(
    (path, origin): (&str, &str),
    text: &str,
    sorted: &mut Sorted,
    notices: &mut Vec<Notice>,
) -> Result<(), HelmError> {
    let value = yaml::decode_fields(text.as_bytes(), head::FIELDS).map_err(|err| {
        let problem = format!("error converting YAML to JSON: {err}");
        parse_error(path, &problem, err.line().unwrap_or(1))
    })?;
    let head = Head::read(&value).map_err(|problem| {
        let reading = "error unmarshaling JSON: while decoding JSON";
        parse_error(path, &format!("{reading}: {problem}"), 1)
    })?;
    let manifest = Manifest {
        path: path.to_owned(),
        origin: origin.to_owned(),
        text: text.to_owned(),
        kind: head.kind.clone(),
    };
    match head.annotation(hook::ANNOTATION) {
        None => sorted.manifests.push(manifest),
        Some(events) => {
            if let Some(hook) = Hook::read(manifest, &head, events) {
                sorted.hooks.push(hook);
            } else {
                let mut notice = Notice::printed("skipping unknown hooks");
                notice.facts.push(("hookTypes", events.to_owned()));
                notices.push(notice);
            }
        }
    }
    Ok(())
}
