//! `--show-only`: the documents of some templates.

use super::split;
use crate::{helm::HelmError, path_match::path_match};

const SOURCE: &str = "# Source: ";

/// Returns the documents of `text` whose template, from the chart's folder on, is matched by one
/// of `patterns`, in the order of the patterns.
pub(in crate::helm) fn show_only(text: &str, patterns: &[String]) -> Result<String, HelmError> {
    let documents = split(text);
    let mut shown = String::new();
    for pattern in patterns {
        let mut missing = true;
        for document in &documents {
            let Some(path) = source(document) else { continue };
            if path_match(pattern, path).unwrap_or(false) {
                shown.push_str("---\n");
                shown.push_str(document);
                shown.push('\n');
                missing = false;
            }
        }
        if missing {
            let message = format!("could not find template {pattern} in chart");
            return Err(HelmError::chart(pattern.as_str(), message));
        }
    }
    Ok(shown)
}

// Returns the path that the document names, without the name of the chart.
fn source(document: &str) -> Option<&str> {
    document.match_indices(SOURCE).find_map(|(at, _)| {
        let line = document[at + SOURCE.len()..].lines().next()?;
        let (chart, path) = line.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then_some(path)
    })
}
