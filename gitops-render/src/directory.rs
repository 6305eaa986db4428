//! The renderer that a directory itself asks for.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{Digest, Object, RenderError, Renderer, Tree, TreePath};

use crate::{HelmCharts, HelmRenderer, KustomizeRenderer, PlainRenderer, absent};

const KUSTOMIZATION_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const CHART_NAME: &str = "Chart.yaml";

/// Renders a directory by what is in it: as a kustomization where there is a
/// `kustomization.yaml`, as a chart where there is a `Chart.yaml`, as plain manifests otherwise.
///
/// A chart is rendered with the values it brings, under the release name given; charts that a
/// kustomization names are rendered too. Use the renderers themselves where more is to be said.
#[derive(Clone, Debug)]
pub struct DirectoryRenderer {
    path: TreePath,
    release: String,
    namespace: String,
}

impl DirectoryRenderer {
    /// Renders the directory at `path`; a chart becomes the release `release` in `namespace`.
    pub fn new(path: TreePath, release: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { path, release: release.into(), namespace: namespace.into() }
    }

    fn has(&self, tree: &Tree, name: &str) -> Result<bool, RenderError> {
        let unreadable =
            |cause| RenderError::Tree { path: self.path.to_string(), line: None, cause };
        let path = self.path.join(name).map_err(unreadable)?;
        Ok(tree.kind(&path).map_err(unreadable)?.is_some_and(gitops_core::tree::NodeKind::is_file))
    }

    fn chart(&self) -> HelmRenderer {
        HelmRenderer::new(self.path.clone(), &self.release, &self.namespace)
    }

    fn kustomization(&self) -> KustomizeRenderer {
        KustomizeRenderer::new(self.path.clone()).with_charts(Arc::new(HelmCharts::new()))
    }

    fn renderer(&self, tree: &Tree) -> Result<Box<dyn Renderer>, RenderError> {
        for name in KUSTOMIZATION_NAMES {
            if self.has(tree, name)? {
                return Ok(Box::new(self.kustomization()));
            }
        }
        if self.has(tree, CHART_NAME)? {
            return Ok(Box::new(self.chart()));
        }
        Ok(Box::new(PlainRenderer::new(self.path.clone())))
    }
}

#[async_trait]
impl Renderer for DirectoryRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        absent::check(tree, &self.path)?;
        self.renderer(tree)?.render(tree).await
    }

    fn fingerprint(&self) -> Digest {
        // The version of each renderer decides too, whichever is chosen.
        let parts = [
            self.kustomization().fingerprint(),
            PlainRenderer::new(self.path.clone()).fingerprint(),
            self.chart().fingerprint(),
        ];
        Digest::of_parts(parts.iter().map(Digest::as_bytes))
    }
}
