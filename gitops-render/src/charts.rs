//! The charts that kustomizations name, rendered by the Helm of this crate.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use gitops_core::{BoxError, Digest, Tree, TreePath};
use jiff::Timestamp;

use crate::{
    helm::{
        Capabilities, Chart, Hook, KubeVersion, Release, ReleaseName, ReleaseOptions, SchemaCheck,
        World, release_name,
        values::{Layers, ValuesFile},
    },
    kustomize::{ChartRenderer, ChartRequest, RemoteChart},
};

const VERSION: &[u8] = b"charts of kustomizations 1";

/// Renders `helmCharts` of kustomizations as `kustomize build --enable-helm` does, without Helm.
///
/// Charts are folders of the tree. Those that a kustomization takes from a repository are given
/// before, by [`with_chart`](Self::with_chart): rendering reads no network.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use gitops_core::{Tree, TreePath};
/// # use gitops_render::{HelmCharts, KustomizeRenderer};
/// let tree = Tree::from_files([
///     ("kustomization.yaml", "helmCharts:\n- name: web\n  releaseName: shop\n"),
///     ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
///     ("charts/web/values.yaml", "{}\n"),
///     (
///         "charts/web/templates/account.yaml",
///         "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Release.Name }}}\n",
///     ),
/// ])?;
/// let renderer = KustomizeRenderer::new(TreePath::root()).with_charts(Arc::new(HelmCharts::new()));
/// assert_eq!(renderer.build(&tree)?.objects[0].0["metadata"]["name"], "shop");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HelmCharts {
    fetched: BTreeMap<RemoteChart, Tree>,
    capabilities: Capabilities,
    now: Timestamp,
}

impl Default for HelmCharts {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HelmCharts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HelmCharts")
            .field("fetched", &self.fetched.keys())
            .field("capabilities", &self.capabilities)
            .field("now", &self.now)
            .finish()
    }
}

impl HelmCharts {
    /// Renders charts of the tree, at 1970 and for the cluster that Helm assumes.
    pub fn new() -> Self {
        let (fetched, capabilities) = (BTreeMap::new(), Capabilities::default());
        Self { fetched, capabilities, now: Timestamp::UNIX_EPOCH }
    }

    /// Gives a chart of a repository, as a tree with the chart at its root.
    #[must_use]
    pub fn with_chart(mut self, chart: RemoteChart, tree: Tree) -> Self {
        self.fetched.insert(chart, tree);
        self
    }

    /// Says what the cluster can do where a kustomization does not.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says what time it is for templates.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    fn capabilities(&self, request: &ChartRequest) -> Result<Capabilities, BoxError> {
        let mut capabilities = self.capabilities.clone();
        if !request.kube_version.is_empty() {
            let version = &request.kube_version;
            capabilities.kube_version = KubeVersion::parse(version)
                .map_err(|problem| format!("invalid kube version '{version}': {problem}"))?;
        }
        capabilities.api_versions.extend(request.api_versions.iter().cloned());
        Ok(capabilities)
    }
}

impl ChartRenderer for HelmCharts {
    fn render(&self, tree: &Tree, request: &ChartRequest) -> Result<Vec<u8>, BoxError> {
        let capabilities = self.capabilities(request)?;
        let files = request.values.iter();
        let files = files.map(|(name, data)| ValuesFile { name: name.clone(), data: data.clone() });
        let layers = Layers { files: files.collect(), ..Layers::default() };
        let values = layers.merged(&mut |name| Err(format!("{name} is no file of the tree")))?;
        let mut notices = Vec::new();
        let chart = Chart::load(tree, &request.chart, &mut notices)?;
        let namespace = match request.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        };
        let seed = [VERSION, request.chart.as_str().as_bytes(), request.release.as_bytes()];
        let world = World::new(self.now, Digest::of_parts(seed));
        let name = release_name(&request.release, &request.name_template, &world)?;
        let options = ReleaseOptions {
            release: ReleaseName { name, namespace: namespace.to_owned(), upgrade: false },
            capabilities,
            schema_check: SchemaCheck::Enforce,
            world,
        };
        let release = Release::render(chart, &values, &options, &mut notices)?;
        let hooks = |hook: &Hook| {
            let skipped = request.skip_hooks || (request.skip_tests && hook.is_test());
            !skipped
        };
        Ok(release.text(hooks, request.include_crds))
    }

    fn fetched(&self, chart: &RemoteChart) -> Option<Tree> {
        self.fetched.get(chart).cloned()
    }

    fn fingerprint(&self) -> Digest {
        let mut parts = vec![
            Bytes::from_static(VERSION),
            Bytes::from(format!("{:?} {}", self.capabilities, self.now)),
        ];
        for (chart, tree) in &self.fetched {
            let digest = tree.digest(&TreePath::root());
            // A tree that cannot be read fails when it is rendered.
            parts.push(Bytes::from(format!("{chart:?} {digest:?}")));
        }
        Digest::of_parts(parts.iter().map(Bytes::as_ref))
    }
}
