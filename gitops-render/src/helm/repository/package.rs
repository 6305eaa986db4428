//! From a packaged chart to the tree of its folder.

use std::sync::Arc;

use gitops_core::tree::{MemoryTree, Tree, TreeError};
use gitops_core::yaml::{self, Duplicates};

use super::problem::{Outcome, Problem, invalid};
use crate::helm::{HelmError, chart::unpack_links};

/// Unpacks a package into the folder `chart`.
pub(super) fn unpack(package: &[u8], chart: &str, version: &str) -> Outcome<Tree> {
    let entries = unpack_links(package, &format!("{chart}-{version}.tgz")).map_err(problem)?;
    let Some(metadata) = entries.iter().find(|entry| entry.name == "Chart.yaml") else {
        return Err(invalid(format!("the package of {chart} {version} has no Chart.yaml")));
    };
    let metadata = yaml::decode(&metadata.data, Duplicates::Last).map_err(|err| {
        invalid(format!("Chart.yaml in the package of {chart} {version} cannot be read: {err}"))
    })?;
    let name = metadata.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
    if name != chart {
        return Err(invalid(format!(
            "the package of {chart} {version} holds the chart {name:?}; ask for that one"
        )));
    }
    let wrong = |err: TreeError| {
        invalid(format!("the package of {chart} {version} is no folder of files: {err}"))
    };
    let mut builder = MemoryTree::builder();
    for entry in entries {
        let path = format!("{chart}/{}", entry.name);
        builder = builder.entry(&path, entry.kind, entry.data).map_err(wrong)?;
    }
    Ok(Tree::new(Arc::new(builder.build().map_err(wrong)?)))
}

fn problem(err: HelmError) -> Problem {
    match err {
        HelmError::Limit { limit, max, .. } => Problem::Limit { limit, max },
        err => invalid(format!("the package cannot be unpacked: {err}")),
    }
}
