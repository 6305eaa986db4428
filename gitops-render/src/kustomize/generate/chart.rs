//! Objects of Helm charts, for which a renderer of charts is plugged in.

use std::fmt;

use bytes::Bytes;
use gitops_core::{
    BoxError, Digest,
    error::chain,
    tree::{Tree, TreePath},
    yaml,
};
use serde_json::Value;

use super::super::{
    accumulate::{Target, resources_of},
    load::{Found, Loader},
    manifest::{HelmChart, HelmGlobals},
    node::Node,
    patch,
    problem::{Outcome, problem},
    read::read_documents,
    resource::Resource,
};

/// Where charts are unless a kustomization says otherwise.
const CHART_HOME: &str = "charts";

/// How `valuesInline` and the values file become one.
const VALUES_MERGES: [&str; 3] = ["merge", "override", "replace"];

/// Renders the charts that kustomizations name.
pub trait ChartRenderer: fmt::Debug + Send + Sync {
    /// Returns the objects of a chart as YAML, as `helm template` prints them.
    ///
    /// # Errors
    ///
    /// What is wrong with the chart or the values.
    fn render(&self, tree: &Tree, request: &ChartRequest) -> Result<Vec<u8>, BoxError>;

    /// Returns a chart that the kustomization takes from a repository and that is not in the
    /// tree, as a tree with the chart at its root. No network is read while rendering: what was
    /// fetched before can be given here.
    fn fetched(&self, chart: &RemoteChart) -> Option<Tree> {
        let _ = chart;
        None
    }

    /// Returns the address of everything but the tree that decides the result.
    fn fingerprint(&self) -> Digest;
}

/// A chart as a kustomization asks for it, with its files read.
#[derive(Clone, Default)]
pub struct ChartRequest {
    /// The directory of the chart in the tree that is given along.
    pub chart: TreePath,
    /// The name of the release, or nothing where it is left to Helm.
    pub release: String,
    /// A template that gives the name, or nothing.
    pub name_template: String,
    /// The namespace of the release, or nothing.
    pub namespace: String,
    /// The values files by name, the later ones laid over the earlier.
    pub values: Vec<(String, Bytes)>,
    /// More API versions that the cluster has.
    pub api_versions: Vec<String>,
    /// The version of Kubernetes, or nothing.
    pub kube_version: String,
    /// Whether the files of `crds/` are wanted.
    pub include_crds: bool,
    /// Whether hooks that are tests are left out.
    pub skip_tests: bool,
    /// Whether all hooks are left out.
    pub skip_hooks: bool,
}

impl fmt::Debug for ChartRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secret: their files say enough.
        let values: Vec<&str> = self.values.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ChartRequest")
            .field("chart", &self.chart)
            .field("release", &self.release)
            .field("namespace", &self.namespace)
            .field("values", &values)
            .finish_non_exhaustive()
    }
}

/// A chart in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RemoteChart {
    /// The URL of the repository, of HTTP or of OCI.
    pub repository: String,
    /// The name of the chart.
    pub name: String,
    /// The version, or nothing for the newest.
    pub version: String,
}

/// Returns the charts of a kustomization, the entries of the older field last, each with what all
/// of them share.
pub(in crate::kustomize) fn charts(target: &Target<'_>) -> Vec<(HelmGlobals, HelmChart)> {
    let manifest = &target.manifest;
    let mut charts = manifest.helm_charts.clone();
    let mut old_globals = HelmGlobals::default();
    for old in &manifest.helm_chart_inflation_generator {
        charts.push(HelmChart {
            name: old.chart_name.clone(),
            version: old.chart_version.clone(),
            repo: old.chart_repo_url.clone(),
            values_file: old.values.clone(),
            values_inline: old.values_local.clone(),
            values_merge: old.values_merge.clone(),
            release_name: old.release_name.clone(),
            ..HelmChart::default()
        });
        if !old.chart_home.is_empty() {
            old_globals.chart_home.clone_from(&old.chart_home);
        }
    }
    let globals = manifest.helm_globals.clone().unwrap_or(old_globals);
    let namespace = target.chart_namespace();
    for chart in &mut charts {
        if chart.namespace.is_empty() {
            namespace.clone_into(&mut chart.namespace);
        }
    }
    charts.into_iter().map(|chart| (globals.clone(), chart)).collect()
}

/// Makes the objects of one chart.
pub(in crate::kustomize) fn chart(
    target: &Target<'_>,
    globals: &HelmGlobals,
    entry: &HelmChart,
) -> Outcome<Vec<Resource>> {
    let Some(renderer) = &target.build.charts else {
        let text = "must specify --enable-helm: charts are rendered only where a renderer of \
                    charts is given (KustomizeRenderer::with_charts)";
        return Err(problem(text));
    };
    let request = Charts { loader: &target.loader, globals, entry };
    let (tree, request) = request.read(&**renderer)?;
    let within = || format!("chart {:?}", entry.name);
    let text = renderer
        .render(&tree, &request)
        .map_err(|err| problem(format!("cannot be rendered: {}", chain(&*err))).within(within))?;
    let shown = format!("{} as rendered", target.loader.display(request.chart.as_str()));
    let mut resources = resources_of(&shown, &text).map_err(|err| err.within(within))?;
    for resource in &mut resources {
        resource.from_helm = true;
    }
    Ok(resources)
}

struct Charts<'a> {
    loader: &'a Loader,
    globals: &'a HelmGlobals,
    entry: &'a HelmChart,
}

impl Charts<'_> {
    // Checks the entry, finds the chart and reads the values.
    fn read(&self, renderer: &dyn ChartRenderer) -> Outcome<(Tree, ChartRequest)> {
        let entry = self.entry;
        if entry.name.is_empty() {
            return Err(problem("chart name cannot be empty"));
        }
        let mut additional = Vec::new();
        for file in &entry.additional_values_files {
            let bytes = self.loader.read(file);
            let bytes = bytes.map_err(|err| err.within(|| "additionalValuesFiles".to_owned()))?;
            additional.push((self.loader.display(file), bytes));
        }
        let merge = match entry.values_merge.as_str() {
            "" => "override",
            merge if VALUES_MERGES.contains(&merge) => merge,
            _ => {
                let options = VALUES_MERGES.join(" ");
                return Err(problem(format!("valuesMerge must be one of [{options}]")));
            }
        };
        let (tree, path, fetched) = self.find(renderer)?;
        let mut values = vec![self.values(merge, fetched.then_some(&tree))?];
        values.append(&mut additional);
        let request = ChartRequest {
            chart: path,
            release: entry.release_name.clone(),
            name_template: entry.name_template.clone(),
            namespace: entry.namespace.clone(),
            values,
            api_versions: entry.api_versions.clone(),
            kube_version: entry.kube_version.clone(),
            include_crds: entry.include_crds,
            skip_tests: entry.skip_tests,
            skip_hooks: entry.skip_hooks,
        };
        Ok((tree, request))
    }

    // Where charts are, as a path from the kustomization.
    fn home(&self) -> String {
        let HelmChart { name, version, repo, .. } = self.entry;
        let home = match self.globals.chart_home.as_str() {
            "" => CHART_HOME,
            home => home,
        };
        match version.is_empty() || repo.is_empty() {
            true => home.to_owned(),
            false => format!("{home}/{name}-{version}"),
        }
    }

    // The tree that holds the chart, its path there, and whether that is another tree.
    fn find(&self, renderer: &dyn ChartRenderer) -> Outcome<(Tree, TreePath, bool)> {
        let HelmChart { name, version, repo, .. } = self.entry;
        let text = format!("{}/{name}", self.home());
        if self.loader.kind(&text)? == Found::Directory {
            return Ok((self.loader.tree.clone(), self.loader.path(&text)?, false));
        }
        let shown = self.loader.display(&text);
        if repo.is_empty() {
            let text = format!("no repo specified for pull, no chart found at '{shown}'");
            return Err(problem(text));
        }
        let (repository, name, version) = (repo.clone(), name.clone(), version.clone());
        let chart = RemoteChart { repository, name, version };
        let Some(tree) = renderer.fetched(&chart) else {
            let RemoteChart { repository, name, version } = chart;
            let text = format!(
                "no chart found at '{shown}', and a render reads no network: put {name} {version} \
                 of {repository} there, or give it to the renderer of charts"
            );
            return Err(problem(text));
        };
        Ok((tree, TreePath::root(), true))
    }

    // The values file that comes first, merged with the inline values.
    fn values(&self, merge: &str, fetched: Option<&Tree>) -> Outcome<(String, Bytes)> {
        let inline = &self.entry.values_inline;
        if !inline.is_empty() && merge == "replace" {
            // Inline values went through JSON, where every number is a float.
            let inline = Node::from_floats(&Value::Object(inline.clone())).to_value()?;
            return Ok(("valuesInline".to_owned(), print(inline)?));
        }
        let default = || format!("{}/{}/values.yaml", self.home(), self.entry.name);
        let (name, bytes) = match (self.entry.values_file.as_str(), fetched) {
            ("", Some(tree)) => {
                let path = TreePath::new("values.yaml").map_err(|err| problem(err.to_string()))?;
                let bytes = tree.read(&path).map_err(|err| problem(err.to_string()))?;
                ("values.yaml".to_owned(), bytes)
            }
            ("", None) => (self.loader.display(&default()), self.loader.read(&default())?),
            (file, _) => (self.loader.display(file), self.loader.read(file)?),
        };
        if inline.is_empty() {
            return Ok((name, bytes));
        }
        let mut documents = read_documents(&name, &bytes)?.into_iter();
        let Some(chart) = documents.next().map(|document| document.node) else {
            let text = format!("could not parse values file into rnode: EOF: '{name}' is empty");
            return Err(problem(text));
        };
        let inline = Node::from_floats(&Value::Object(inline.clone()));
        let merged = match merge {
            "merge" => patch::merge_values(&inline, chart),
            _ => patch::merge_values(&chart, inline),
        };
        let merged = merged.map_err(|err| err.within(|| "valuesInline".to_owned()))?;
        Ok((name, print(merged.decoded()?)?))
    }
}

// Returns values as YAML, printed by way of JSON: a float that is whole becomes an integer.
fn print(mut values: Value) -> Outcome<Bytes> {
    whole(&mut values);
    let text = yaml::encode(&values);
    text.map(Bytes::from).map_err(|err| problem(format!("the values cannot be printed: {err}")))
}

fn whole(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(map) => map.values_mut().for_each(whole),
        Value::Number(number) if number.is_f64() => {
            let text = number.as_f64().map(|float| format!("{float:.0}"));
            let integer = text.and_then(|text| text.parse::<i64>().ok());
            #[expect(clippy::cast_precision_loss, reason = "compared with what it was made from")]
            if let Some(integer) = integer.filter(|one| number.as_f64() == Some(*one as f64)) {
                *value = integer.into();
            }
        }
        _ => {}
    }
}
