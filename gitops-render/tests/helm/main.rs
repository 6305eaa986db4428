//! Helm charts: equal to what the real helm printed, within limits, the same each time.

#![allow(missing_docs, clippy::unwrap_used, clippy::field_reassign_with_default, reason = "tests")]

mod golden;
mod hooks;
mod limits;
mod reads;
mod set;
mod world;

use std::{fs, path::Path};

use gitops_core::{Digest, Tree, TreePath};
use gitops_render::helm::{
    Capabilities, Chart, HelmError, Notice, Release, ReleaseName, ReleaseOptions, SchemaCheck,
    World,
    values::{Layers, ValuesFile},
};
use serde_json::Map;

/// Returns the files below a folder of this crate's tests as a tree.
fn tree(folder: &Path) -> Tree {
    let mut files = Vec::new();
    collect(folder, "", &mut files);
    Tree::from_files(files).unwrap()
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

/// Renders the chart in the folder `in` as `demo`, with the values of `values.yaml`.
fn render(tree: &Tree, notices: &mut Vec<Notice>) -> Result<Release, HelmError> {
    let mut layers = Layers::default();
    if let Ok(data) = tree.read(&path("values.yaml")) {
        layers.files.push(ValuesFile { name: "values.yaml".to_owned(), data });
    }
    let values = layers.merged(&mut |name| Err(format!("no file {name}")))?;
    let chart = Chart::load(tree, &path("in"), notices)?;
    Release::render(chart, &values, &options("demo"), notices)
}

fn options(name: &str) -> ReleaseOptions {
    let mut capabilities = Capabilities::default();
    capabilities.kube_version = gitops_render::helm::KubeVersion::parse("v1.31.0").unwrap();
    let (name, namespace) = (name.to_owned(), "demo-ns".to_owned());
    ReleaseOptions {
        release: ReleaseName { name, namespace, upgrade: false },
        capabilities,
        schema_check: SchemaCheck::Enforce,
        world: World::new("2024-01-02T03:04:05Z".parse().unwrap(), Digest::of("seed")),
    }
}

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";

/// Returns a tree with a chart `in` that has these files beside its `Chart.yaml`.
fn chart(files: &[(&str, &str)]) -> Tree {
    let mut all = vec![("in/Chart.yaml", CHART)];
    all.extend(files);
    Tree::from_files(all.into_iter().map(|(path, text)| (path, text.to_owned()))).unwrap()
}

fn no_values() -> Map<String, serde_json::Value> {
    Map::new()
}
