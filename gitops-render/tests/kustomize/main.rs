//! Kustomizations: rules of the trait, outputs of the real tool, reads, limits, broken input.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod charts;
mod conformance;
mod errors;
mod golden;
mod limits;
mod props;
mod remote;

use gitops_core::{RenderError, Tree, TreePath};
use gitops_render::KustomizeRenderer;

/// Builds a directory and prints it as `kustomize build` does.
fn build(tree: &Tree, directory: &str) -> Result<String, RenderError> {
    print(&KustomizeRenderer::new(TreePath::new(directory).unwrap()), tree)
}

fn print(renderer: &KustomizeRenderer, tree: &Tree) -> Result<String, RenderError> {
    renderer.build(tree)?.to_yaml()
}
