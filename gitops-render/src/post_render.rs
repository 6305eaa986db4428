//! Charts that go through a kustomization before they are delivered.

use std::fmt;

use async_trait::async_trait;
use gitops_core::{
    Digest, Object, Origin, RenderError, Renderer,
    tree::{Read, ReadSet, Tree, TreeError, TreePath},
    yaml,
};
use serde_json::{Map, Value, json};

use crate::{
    HelmRenderer, KustomizeRenderer, absent, helm, kustomize::KustomizeOptions, objects::Objects,
};

/// The file in which a kustomization finds what the chart gave, unless told otherwise.
pub const POST_RENDER_FILE: &str = "helm-output.yaml";

const VERSION: &[u8] = b"post renderer 1";
// Where a kustomization that is no file is put.
const DIRECTORY: &str = ".post-render";

/// Renders a chart, and what it gives through a kustomization, as Helm's `--post-renderer` and
/// Flux's `postRenderers` do.
///
/// What the chart gives, hooks included as Helm 4 does it, is a resource of the kustomization; the
/// order of the objects is Kustomize's. Objects of `crds/` are not passed through and come first,
/// as in Helm. A place of an object is the template that wrote it.
///
/// # Example
///
/// ```
/// # use gitops_core::{Renderer, Tree, TreePath};
/// # use gitops_render::{HelmRenderer, PostRenderer};
/// # async fn render() -> Result<(), Box<dyn std::error::Error>> {
/// let tree = Tree::from_files([
///     ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
///     ("web/templates/a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
/// ])?;
/// let chart = HelmRenderer::new(TreePath::new("web")?, "shop", "prod");
/// let serde_json::Value::Object(kustomization) = serde_json::json!({ "namePrefix": "blue-" }) else {
///     unreachable!()
/// };
/// let objects = PostRenderer::with(chart, kustomization).render(&tree).await?;
/// assert_eq!(objects[0].id().to_string(), "Service/blue-web");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(render())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PostRenderer {
    chart: HelmRenderer,
    kustomization: Kustomization,
    file: String,
    options: KustomizeOptions,
}

#[derive(Clone)]
enum Kustomization {
    At(TreePath),
    Given(Map<String, Value>),
}

impl fmt::Debug for Kustomization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(path) => f.debug_tuple("At").field(path).finish(),
            // Patches may be secret.
            Self::Given(_) => f.write_str("Given(…)"),
        }
    }
}

impl PostRenderer {
    /// Renders `chart` through the kustomization in the directory at `path`, which lists
    /// [`POST_RENDER_FILE`] under `resources`, or is built on one that does. The tree need not have
    /// this file: what the chart gives is laid there.
    pub fn at(chart: HelmRenderer, path: TreePath) -> Self {
        Self::new(chart, Kustomization::At(path))
    }

    /// Renders `chart` through a kustomization that is given here. What the chart gives is the first
    /// of its `resources`, and patches are written inline.
    pub fn with(chart: HelmRenderer, kustomization: Map<String, Value>) -> Self {
        Self::new(chart, Kustomization::Given(kustomization))
    }

    fn new(chart: HelmRenderer, kustomization: Kustomization) -> Self {
        let options = KustomizeOptions::default();
        Self { chart, kustomization, file: POST_RENDER_FILE.to_owned(), options }
    }

    /// Lays what the chart gives at another path than [`POST_RENDER_FILE`], relative to the
    /// kustomization.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }

    /// Says what the build may do, and how its output is ordered.
    #[must_use]
    pub fn with_options(mut self, options: KustomizeOptions) -> Self {
        self.options = options;
        self
    }

    fn kustomize(&self) -> KustomizeRenderer {
        KustomizeRenderer::new(self.directory()).with_options(self.options.clone())
    }

    fn directory(&self) -> TreePath {
        match &self.kustomization {
            Kustomization::At(path) => path.clone(),
            Kustomization::Given(_) => TreePath::new(DIRECTORY).unwrap_or_default(),
        }
    }

    // Lays `output` where the kustomization looks for it.
    fn lay(&self, tree: &Tree, output: String) -> Result<(Tree, TreePath), TreeError> {
        let directory = self.directory();
        let at = directory.join(&self.file)?;
        let mut overlay = tree.overlay();
        if let Kustomization::Given(kustomization) = &self.kustomization {
            let mut kustomization = kustomization.clone();
            let resources = kustomization.entry("resources").or_insert_with(|| json!([]));
            if resources.is_null() {
                *resources = json!([]);
            }
            // Where it is no list, Kustomize says so.
            if let Value::Array(resources) = resources
                && !resources.contains(&json!(self.file))
            {
                resources.insert(0, json!(self.file));
            }
            let text = yaml::to_json(&Value::Object(kustomization));
            overlay = overlay.without(directory.clone());
            overlay = overlay.file(directory.join("kustomization.yaml")?, text);
        }
        Ok((overlay.file(at.clone(), output).build()?, at))
    }

    // Notes in `tree` what was read of it through the tree with the output laid over it.
    fn note(&self, tree: &Tree, reads: &ReadSet, output: &TreePath) {
        let made_up = |path: &TreePath| match self.kustomization {
            Kustomization::At(_) => path == output,
            Kustomization::Given(_) => path.is_within(&self.directory()) || path == output,
        };
        for (path, read) in reads.iter().filter(|(path, _)| !made_up(path)) {
            // What it says does not matter here: the handle notes it, and an error means that there
            // is nothing to note.
            match read {
                Read::Content { .. } => drop(tree.digest(path)),
                Read::Listing { .. } => drop(tree.list(path)),
                _ => drop(tree.kind(path)),
            }
        }
    }

    async fn pass(&self, tree: &Tree, written: &Written) -> Result<Vec<Object>, RenderError> {
        let directory = self.directory();
        if let Kustomization::At(path) = &self.kustomization {
            absent::check(tree, path)?;
        }
        let unreadable =
            |cause| RenderError::Tree { path: directory.to_string(), line: None, cause };
        let (laid, output) = self.lay(tree, written.text.clone()).map_err(unreadable)?;
        let (laid, handle) = laid.track();
        let passed = self.kustomize().render(&laid).await;
        let reads = handle.reads();
        self.note(tree, &reads, &output);
        let objects = passed.map_err(|err| written.place_error(err, output.as_str()))?;
        if !reads.iter().any(|(path, _)| *path == output) {
            let at = Origin { path: directory.to_string(), line: 1 };
            let file = &self.file;
            let problem = format!(
                "the kustomization does not read {file}, so that nothing of the chart would be left: \
                 add {file} to its resources"
            );
            return Err(RenderError::Invalid { at, problem });
        }
        let placed = |object: Object| match object.origin() {
            Some(origin) if origin.path == output.as_str() => {
                let place = written.place(origin.line).unwrap_or_else(|| origin.clone());
                Object::new(object.value().clone(), Some(place.clone())).map_err(|cause| {
                    let hint = "the kustomization leaves out what every object needs".to_owned();
                    RenderError::NotObject { at: place, hint, cause }
                })
            }
            _ => Ok(object),
        };
        objects.into_iter().map(placed).collect()
    }
}

#[async_trait]
impl Renderer for PostRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let release = self.chart.release(tree, &mut Vec::new())?;
        let mut all = helm::crds(&release)?;
        // The objects of the chart are checked before Kustomize sees them, so that what is wrong with
        // them is said of the chart.
        let mut objects = Objects::new();
        for manifest in helm::delivered(&release) {
            helm::add(&mut objects, manifest)?;
        }
        let written = Written::new(&objects.into_vec());
        for object in self.pass(tree, &written).await? {
            all.push(object)?;
        }
        Ok(all.into_vec())
    }

    fn fingerprint(&self) -> Digest {
        let kustomization = match &self.kustomization {
            Kustomization::At(path) => format!("at {path}"),
            Kustomization::Given(map) => Value::Object(map.clone()).to_string(),
        };
        let parts = [self.chart.fingerprint(), self.kustomize().fingerprint()];
        let more = [VERSION, self.file.as_bytes(), kustomization.as_bytes()];
        Digest::of_parts(parts.iter().map(Digest::as_bytes).chain(more))
    }
}

/// What a chart gave as one file, two lines an object, and where the objects come from.
struct Written {
    text: String,
    places: Vec<Option<Origin>>,
}

impl Written {
    fn new(objects: &[Object]) -> Self {
        let mut written = Self { text: String::new(), places: Vec::new() };
        for object in objects {
            written.text.push_str("---\n");
            written.text.push_str(&yaml::to_json(object.value()));
            written.text.push('\n');
            written.places.push(object.origin().cloned());
        }
        written
    }

    // Where the object that holds a line comes from.
    fn place(&self, line: u32) -> Option<Origin> {
        let index = usize::try_from(line.saturating_sub(1) / 2).ok()?;
        self.places.get(index).cloned().flatten()
    }

    fn place_error(&self, mut err: RenderError, output: &str) -> RenderError {
        let place = |at: &mut Origin| {
            if at.path == output
                && let Some(place) = self.place(at.line)
            {
                *at = place;
            }
        };
        match &mut err {
            RenderError::Invalid { at, .. }
            | RenderError::NotObject { at, .. }
            | RenderError::Limit { at, .. } => place(at),
            RenderError::Duplicate { first, second, .. } => {
                place(first);
                place(second);
            }
            _ => {}
        }
        err
    }
}
