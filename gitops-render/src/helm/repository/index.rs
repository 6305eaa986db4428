//! `index.yaml`: what a chart repository says it has.

use gitops_core::{
    Digest,
    yaml::{self, Duplicates},
};
use serde_json::{Map, Value};

use super::{
    problem::{Outcome, Problem, invalid},
    version,
};
use crate::helm::chart::Metadata;

/// One version of a chart.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) version: String,
    /// Where the package is, relative to the repository or absolute.
    pub(super) urls: Vec<String>,
    /// The SHA-256 of the package, where the repository says it.
    pub(super) digest: Option<Digest>,
    pub(super) deprecated: bool,
}

/// Reads which versions of `chart` there are, the newest first. Entries that no chart could have
/// are left out.
pub(super) fn versions(index: &[u8], chart: &str) -> Outcome<Vec<Published>> {
    let index = read(index)?;
    if !matches!(index.get("apiVersion"), Some(Value::String(version)) if !version.is_empty()) {
        return Err(invalid("its index.yaml says no apiVersion; is it the index of a repository?"));
    }
    let empty = Map::new();
    let entries = match index.get("entries") {
        Some(Value::Object(entries)) => entries,
        None | Some(Value::Null) => &empty,
        Some(_) => return Err(invalid("entries of its index.yaml are no mapping")),
    };
    let Some(list) = entries.get(chart) else {
        let reference = format!("chart {chart:?}");
        return Err(Problem::NoReference { reference, hint: hint(entries, chart) });
    };
    let list = match list {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        _ => return Err(invalid(format!("entry {chart:?} of its index.yaml is no list"))),
    };
    let mut published: Vec<Published> = Vec::new();
    for entry in list {
        match entry_of(entry) {
            Ok(entry) => published.push(entry),
            Err(problem) => tracing::warn!(chart, problem, "an entry of index.yaml is left out"),
        }
    }
    version::sort(&mut published, |it| &it.version);
    Ok(published)
}

fn read(index: &[u8]) -> Outcome<Map<String, Value>> {
    let value = match serde_json::from_slice(index) {
        Ok(value) => value,
        Err(_) => yaml::decode(index, Duplicates::Refuse)
            .map_err(|err| invalid(format!("its index.yaml cannot be read: {err}")))?,
    };
    match value {
        Value::Object(index) => Ok(index),
        Value::Null => Err(invalid("its index.yaml is empty")),
        _ => Err(invalid("its index.yaml is no mapping")),
    }
}

fn hint(entries: &Map<String, Value>, chart: &str) -> String {
    const NAMES_SHOWN_MAX: usize = 5;
    let near = |name: &&str| name.contains(chart) || chart.contains(name);
    let names: Vec<&str> = entries.keys().map(String::as_str).collect();
    let near: Vec<&str> = names.iter().copied().filter(near).take(NAMES_SHOWN_MAX).collect();
    match (names.as_slice(), near.as_slice()) {
        ([], _) => "it has no charts".to_owned(),
        (_, [_, ..]) => format!("did you mean {}", near.join(" or ")),
        (few, _) if few.len() <= NAMES_SHOWN_MAX => format!("it has {}", few.join(", ")),
        (many, _) => {
            let (shown, more) = (&many[..NAMES_SHOWN_MAX], many.len() - NAMES_SHOWN_MAX);
            format!("it has {} and {more} more", shown.join(", "))
        }
    }
}

fn entry_of(entry: &Value) -> Result<Published, String> {
    let Value::Object(fields) = entry else { return Err("it is no mapping".to_owned()) };
    let mut metadata = Metadata::default();
    metadata.lay(fields)?;
    if metadata.api_version.is_empty() {
        "v1".clone_into(&mut metadata.api_version);
    }
    match metadata.validate() {
        // Some repositories drop the aliases, and then names repeat.
        Err(problem) if !problem.contains("more than one dependency with name or alias") => {
            return Err(problem);
        }
        _ => {}
    }
    let urls = match fields.get("urls") {
        Some(Value::Array(urls)) => {
            urls.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let digest = match fields.get("digest").and_then(Value::as_str).unwrap_or_default() {
        "" => None,
        text => Some(digest(text)?),
    };
    let Metadata { version, deprecated, .. } = metadata;
    Ok(Published { version, urls, digest, deprecated })
}

// Indexes hold the hex digits alone; some put the name of the algorithm before them.
fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    format!("sha256:{hex}").parse().map_err(|_| format!("its digest {text:?} is no SHA-256"))
}
