//! Kustomize, in process: what `kustomize build` prints, from the files of a tree.

mod accumulate;
mod children;
mod config;
mod decode;
mod generate;
mod hash;
mod id;
mod labels;
mod limits;
mod lines;
mod load;
mod manifest;
mod metadata;
mod node;
mod openapi;
mod order;
mod patch;
mod plugin;
mod problem;
mod read;
mod references;
mod remote;
mod replacement;
mod resource;
mod resources;
mod scalar;
mod selector;
mod set;
mod steps;
mod timestamp;
mod transform;
mod variables;
mod write;

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use async_trait::async_trait;
use gitops_core::{
    Digest, Object, Origin, RenderError, Renderer,
    tree::{Tree, TreePath},
    yaml::{self, Duplicates},
};
use serde_json::Value;

use self::{
    accumulate::{Accumulated, Target},
    config::default_fields,
    decode::FieldError,
    lines::Lines,
    load::Loader,
    metadata::{MANAGED_BY, MANAGED_BY_LABEL, Place},
    patch::Schema,
    problem::{Outcome, Problem, problem_at},
    remote::{Elsewhere, Missing},
    resource::Resource,
};
pub use self::{
    generate::{ChartRenderer, ChartRequest, RemoteChart},
    limits::{
        KUSTOMIZE_DEPTH_MAX, KUSTOMIZE_NESTING_MAX, KUSTOMIZE_NODES_MAX, KUSTOMIZE_REGEX_BYTES_MAX,
        KUSTOMIZE_REMOTES_MAX, KUSTOMIZE_RESOURCES_MAX,
    },
    load::LoadRestriction,
    order::Order,
    remote::{RemoteError, RemoteRepository, RemoteSources, Remotes},
};

/// The version of Kustomize whose output is given.
pub const KUSTOMIZE_VERSION: &str = "v5.8.1";

/// Renders a kustomization as Kustomize does.
#[derive(Clone, Debug, Default)]
pub struct KustomizeRenderer {
    path: TreePath,
    options: KustomizeOptions,
    charts: Option<Arc<dyn ChartRenderer>>,
    remotes: Remotes,
}

/// What a build may do and how its output is ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KustomizeOptions {
    /// Which files a kustomization may read.
    pub load_restriction: LoadRestriction,
    /// The order of the output where the kustomization does not say.
    pub order: Order,
    /// Whether every object gets the label `app.kubernetes.io/managed-by`.
    pub managed_by_label: bool,
}

/// What a build made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KustomizeBuild {
    /// The objects in order, each with the place where it was written. They may lack what only the
    /// API server asks for.
    pub objects: Vec<(Value, Origin)>,
    /// What the user should know, such as fields that are deprecated.
    pub warnings: Vec<String>,
}

impl KustomizeBuild {
    /// Returns the objects as `kustomize build` prints them.
    ///
    /// # Errors
    ///
    /// [`RenderError::Invalid`] with the place of an object that cannot be printed, for example
    /// because it nests too deep.
    pub fn to_yaml(&self) -> Result<String, RenderError> {
        let mut text = String::new();
        for (index, (value, at)) in self.objects.iter().enumerate() {
            if 0 < index {
                text.push_str("---\n");
            }
            yaml::encode_into(value, &mut text).map_err(|err| {
                let problem = err.problem().to_owned();
                RenderError::Invalid { at: at.clone(), problem }
            })?;
        }
        Ok(text)
    }
}

impl KustomizeRenderer {
    /// Renders the kustomization in the directory at `path`.
    pub fn new(path: TreePath) -> Self {
        Self { path, ..Self::default() }
    }

    /// Returns the same renderer with other options.
    #[must_use]
    pub fn with_options(mut self, options: KustomizeOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the same renderer with a renderer of the charts that kustomizations name. Without
    /// one they are an error.
    #[must_use]
    pub fn with_charts(mut self, charts: Arc<dyn ChartRenderer>) -> Self {
        self.charts = Some(charts);
        self
    }

    /// Returns the same renderer with what was fetched from elsewhere, by
    /// [`fetch_remotes`](Self::fetch_remotes) or otherwise.
    #[must_use]
    pub fn with_remotes(mut self, remotes: Remotes) -> Self {
        self.remotes = remotes;
        self
    }

    /// Builds the kustomization, as `kustomize build` would print it.
    ///
    /// # Errors
    ///
    /// Any [`RenderError`] that names a file and line, as [`Renderer::render`] gives it.
    pub fn build(&self, tree: &Tree) -> Result<KustomizeBuild, RenderError> {
        let build = self.start(self.remotes.clone());
        let objects = self
            .run(&build, tree)
            .map_err(|err| err.into_error(|| Origin { path: self.path.to_string(), line: 1 }))?;
        Ok(KustomizeBuild { objects, warnings: build.warnings.into_inner() })
    }

    fn start(&self, remotes: Remotes) -> Build {
        let elsewhere = Rc::new(Elsewhere { remotes, ..Elsewhere::default() });
        Build { charts: self.charts.clone(), elsewhere, ..Build::default() }
    }

    // Returns what is not there for a build.
    fn missing(&self, tree: &Tree, remotes: Remotes) -> BTreeSet<Missing> {
        let build = self.start(remotes);
        // What is wrong besides is told when it is built in earnest.
        let _ = self.run(&build, tree);
        build.elsewhere.missing.take()
    }

    fn run(&self, build: &Build, tree: &Tree) -> Outcome<Vec<(Value, Origin)>> {
        let restriction = self.options.load_restriction;
        let loader = Loader::new(tree, &self.path, restriction, &build.elsewhere)?;
        let mut target = Target::load(build, loader)?;
        let asked = target.manifest.build_metadata.clone();
        target.origin = (!asked.is_empty()).then(Place::default);
        target.set_schema()?;
        let mut sum = Accumulated::default();
        target.run(&mut sum)?;
        let Accumulated { mut set, fields, variables } = sum;
        let fields = fields.unwrap_or_else(default_fields);
        steps::add_hashes(&mut set).map_err(|err| target.at("", err))?;
        references::update(&mut set, &fields).map_err(|err| target.at("", err))?;
        let unused = variables::resolve(&mut set, &variables, &fields.var_reference)
            .map_err(|err| target.at("/vars", err))?;
        if !unused.is_empty() {
            let names = unused.join(",");
            build.warn(format!("well-defined vars that were never replaced: {names}"));
        }
        set.list.retain(|resource| !is_local(resource));
        order::sort(&mut set, target.manifest.sort_options.as_ref(), self.options.order)
            .map_err(|err| target.at("/sortOptions", err))?;
        if self.options.managed_by_label || asked.iter().any(|option| option == "managedByLabel") {
            let pairs = [(MANAGED_BY_LABEL.to_owned(), MANAGED_BY.to_owned())].into();
            let fields = [config::Spec::everywhere("metadata/labels", true)];
            transform::set_pairs(&mut set, &pairs, &fields)?;
        }
        set.list.into_iter().map(|resource| finish(resource, &asked)).collect()
    }
}

fn finish(mut resource: Resource, build_metadata: &[String]) -> Outcome<(Value, Origin)> {
    resource.finish_annotations(build_metadata);
    let id = || resource.id().to_string();
    let value =
        resource.node.to_value().map_err(|err| err.within(id).at(|| resource.at.clone()))?;
    Ok((value, resource.at))
}

// Objects that only other tools on the machine should see.
fn is_local(resource: &Resource) -> bool {
    let text = resource.annotation("config.kubernetes.io/local-config");
    text.is_some_and(|text| text != "false")
}

#[async_trait]
impl Renderer for KustomizeRenderer {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let build = self.build(tree)?;
        let mut objects: Vec<Object> = Vec::with_capacity(build.objects.len());
        let mut known = std::collections::HashMap::new();
        for (value, at) in build.objects {
            let object = Object::new(value, Some(at.clone())).map_err(|cause| {
                let hint = "every object of the output needs apiVersion, kind and metadata.name";
                RenderError::NotObject { at: at.clone(), hint: hint.to_owned(), cause }
            })?;
            let id = object.id().clone();
            if let Some(first) = known.insert(id.clone(), at.clone()) {
                return Err(RenderError::Duplicate { id, first, second: at });
            }
            objects.push(object);
        }
        Ok(objects)
    }

    fn fingerprint(&self) -> Digest {
        let Self { path, options, charts, remotes } = self;
        let charts = charts.as_ref().map(|charts| charts.fingerprint());
        let remotes = remotes.digest();
        let text =
            format!("kustomize {KUSTOMIZE_VERSION} {path:?} {options:?} {charts:?} {remotes}");
        Digest::of(text)
    }
}

/// What the kustomizations of one build share.
#[derive(Debug, Default)]
pub(in crate::kustomize) struct Build {
    charts: Option<Arc<dyn ChartRenderer>>,
    elsewhere: Rc<Elsewhere>,
    schema: RefCell<Option<Schema>>,
    warnings: RefCell<Vec<String>>,
}

impl Build {
    fn warn(&self, warning: String) {
        self.warnings.borrow_mut().push(warning);
    }
}

/// Reads a file that configures something, as YAML 1.1.
fn read_config(path: &str, bytes: &[u8]) -> Outcome<Value> {
    yaml::decode(bytes, Duplicates::Last)
        .map_err(|err| problem_at(path, err.line().unwrap_or(1), err.problem()))
}

/// Gives a wrong field its file and line.
fn field_problem(path: &str, bytes: &[u8], err: &FieldError) -> Box<Problem> {
    problem_at(path, Lines::of(bytes).at(&err.pointer), &*err.text)
}

/// Joins two paths and takes `.` and `..` out as far as that goes.
fn clean_join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
