//! Charts of a tree as objects.

use std::fmt;

use async_trait::async_trait;
use gitops_core::{Digest, Object, Origin, RenderError, Renderer, Tree, TreePath, tree::TreeError};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Capabilities, Chart, HelmError, LiveState, Manifest, Notice, Release, ReleaseName,
    ReleaseOptions, SchemaCheck, World,
    values::{Layers, SetKind, ValuesFile},
};
use crate::objects::Objects;

const VERSION: &[u8] = b"helm renderer 1, as helm v4.3.1";

/// Renders a chart of the tree as `helm template` does, without Helm.
///
/// - The chart is a folder or a packaged chart; the charts it needs are in its `charts/`.
/// - Values files are files of the tree; inline values count more, `--set` lines most.
/// - Objects are in the order in which Helm installs them, those of `crds/` first. Hooks of an
///   install or an upgrade are among the objects, with their annotations; hooks of deletes,
///   rollbacks and tests are not. [`release`](Self::release) gives all hooks as data.
/// - The time and chance are given: equal trees give equal objects. Unless told otherwise it is
///   1970, and passwords are made from the fingerprint, the same ones each time.
///
/// # Example
///
/// ```
/// # use gitops_core::{Renderer, RenderError, Tree, TreePath};
/// # use gitops_render::HelmRenderer;
/// # async fn render() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = Tree::from_files([
///     ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
///     ("web/values.yaml", "port: 80\n"),
///     (
///         "web/templates/service.yaml",
///         "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n\
///          spec: {ports: [{port: {{ .Values.port }}}]}\n",
///     ),
/// ])?;
/// let renderer = HelmRenderer::new(TreePath::new("web")?, "shop", "prod");
/// let objects = renderer.render(&tree).await?;
/// assert_eq!(objects[0].id().to_string(), "Service/shop");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(render())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HelmRenderer {
    chart: TreePath,
    release: ReleaseName,
    files: Vec<TreePath>,
    inline: Map<String, Value>,
    sets: Vec<(SetKind, String)>,
    capabilities: Capabilities,
    schema_check: SchemaCheck,
    now: Timestamp,
    live: LiveState,
}

impl fmt::Debug for HelmRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secret: how many there are says enough.
        f.debug_struct("HelmRenderer")
            .field("chart", &self.chart)
            .field("release", &self.release)
            .field("files", &self.files)
            .field("inline", &self.inline.len())
            .field("sets", &self.sets.len())
            .finish_non_exhaustive()
    }
}

impl HelmRenderer {
    /// Renders the chart at `chart` as the release `name` in `namespace`.
    pub fn new(chart: TreePath, name: impl Into<String>, namespace: impl Into<String>) -> Self {
        let (name, namespace) = (name.into(), namespace.into());
        Self {
            chart,
            release: ReleaseName { name, namespace, upgrade: false },
            files: Vec::new(),
            inline: Map::new(),
            sets: Vec::new(),
            capabilities: Capabilities::default(),
            schema_check: SchemaCheck::default(),
            now: Timestamp::UNIX_EPOCH,
            live: LiveState::default(),
        }
    }

    /// Lays a values file of the tree over those given before.
    #[must_use]
    pub fn with_values_file(mut self, path: TreePath) -> Self {
        self.files.push(path);
        self
    }

    /// Lays `values` over all values files.
    #[must_use]
    pub fn with_values(mut self, values: Map<String, Value>) -> Self {
        super::values::merge(&mut self.inline, values);
        self
    }

    /// Adds a line of the `--set` family. The files that a `--set-file` line names are files of
    /// the tree.
    #[must_use]
    pub fn with_set(mut self, kind: SetKind, line: impl Into<String>) -> Self {
        self.sets.push((kind, line.into()));
        self
    }

    /// Says what the cluster can do.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Says that there is an earlier revision of the release.
    #[must_use]
    pub fn as_upgrade(mut self) -> Self {
        self.release.upgrade = true;
        self
    }

    /// Says whether values have to meet the schemas of charts.
    #[must_use]
    pub fn with_schema_check(mut self, check: SchemaCheck) -> Self {
        self.schema_check = check;
        self
    }

    /// Says what time it is for templates.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Says what `lookup` answers from.
    #[must_use]
    pub fn with_live_state(mut self, live: LiveState) -> Self {
        self.live = live;
        self
    }

    /// Renders the release with its hooks and notes. What Helm would remark on the way is added
    /// to `notices`.
    ///
    /// # Errors
    ///
    /// [`HelmError`] with the file to look at.
    pub fn release(&self, tree: &Tree, notices: &mut Vec<Notice>) -> Result<Release, HelmError> {
        let mut layers =
            Layers { inline: self.inline.clone(), sets: self.sets.clone(), ..Layers::default() };
        for path in &self.files {
            let data = tree.read(path).map_err(|cause| HelmError::tree(path, cause))?;
            layers.files.push(ValuesFile { name: path.as_str().to_owned(), data });
        }
        let mut read_file = |name: &str| {
            let read = TreePath::new(name).and_then(|path| tree.read(&path));
            let data = read.map_err(|err: TreeError| err.to_string())?;
            Ok(String::from_utf8_lossy(&data).into_owned())
        };
        let values = layers.merged(&mut read_file)?;
        let chart = Chart::load(tree, &self.chart, notices)?;
        let world = World { now: self.now, seed: self.digest(), live: self.live.clone() };
        let options = ReleaseOptions {
            release: self.release.clone(),
            capabilities: self.capabilities.clone(),
            schema_check: self.schema_check,
            world,
        };
        Release::render(chart, &values, &options, notices)
    }

    fn digest(&self) -> Digest {
        // Debug shows every field but content that may be secret, which is added as it is.
        let values = Value::Object(self.inline.clone()).to_string();
        let options = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {}",
            self.chart,
            self.release,
            self.files,
            self.sets,
            self.capabilities,
            self.schema_check,
            self.now
        );
        let live = match &self.live {
            LiveState::Unknown => "unknown".to_owned(),
            LiveState::Refused => "refused".to_owned(),
            LiveState::Known(objects) => {
                objects.iter().map(|object| object.digest().to_string()).collect()
            }
        };
        Digest::of_parts([VERSION, options.as_bytes(), values.as_bytes(), live.as_bytes()])
    }
}

#[async_trait]
impl Renderer for HelmRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let release = self.release(tree, &mut Vec::new())?;
        let mut objects = crds(&release)?;
        for manifest in delivered(&release) {
            add(&mut objects, manifest)?;
        }
        Ok(objects.into_vec())
    }

    fn fingerprint(&self) -> Digest {
        self.digest()
    }
}

/// Returns the objects of `crds/`.
pub(crate) fn crds(release: &Release) -> Result<Objects, RenderError> {
    let mut objects = Objects::new();
    for (path, data) in &release.crds {
        objects.read(path, data)?;
    }
    Ok(objects)
}

/// Returns the documents that are delivered: all but the hooks of deletes, rollbacks and tests.
pub(crate) fn delivered(release: &Release) -> impl Iterator<Item = &Manifest> {
    let delivered = |hook: &&super::Hook| hook.events.iter().any(|event| event.is_delivery());
    let hooks = release.hooks.iter().filter(delivered).map(|hook| &hook.manifest);
    release.manifests.iter().chain(hooks)
}

/// Adds the object of a document, or those of a list.
pub(crate) fn add(objects: &mut Objects, manifest: &Manifest) -> Result<(), RenderError> {
    let mut value = manifest.value();
    if value.is_null() {
        return Ok(());
    }
    let items = match value.get_mut("items") {
        Some(Value::Array(items)) if manifest.kind.ends_with("List") => std::mem::take(items),
        _ => vec![value],
    };
    for item in items {
        let at = Origin { path: manifest.origin.clone(), line: 1 };
        let object = Object::new(item, Some(at.clone())).map_err(|cause| {
            let hint = "a template of the chart writes no Kubernetes object: mend it, or leave it \
                        out by the values"
                .to_owned();
            RenderError::NotObject { at, hint, cause }
        })?;
        objects.push(object)?;
    }
    Ok(())
}
