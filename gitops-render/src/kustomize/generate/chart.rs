//! Objects of Helm charts, for which a renderer of charts is plugged in.

use std::fmt;

use gitops_core::{
    BoxError, Digest,
    tree::{Tree, TreePath},
};
use serde_json::{Map, Value};

use super::super::{
    accumulate::{Target, resources_of},
    problem::{Outcome, problem},
    resource::Resource,
};

/// Renders the charts that kustomizations name.
pub trait ChartRenderer: fmt::Debug + Send + Sync {
    /// Returns the objects of a chart as YAML, as `helm template` prints them.
    ///
    /// `root` is the directory of the kustomization. `chart` is an entry of `helmCharts`, with the
    /// fields of `helmGlobals` and the namespace of the kustomization where the entry says none.
    ///
    /// # Errors
    ///
    /// What is wrong with the chart or the entry.
    fn render(
        &self,
        tree: &Tree,
        root: &TreePath,
        chart: &Map<String, Value>,
    ) -> Result<String, BoxError>;

    /// Returns the address of everything but the tree that decides the result.
    fn fingerprint(&self) -> Digest;
}

/// Returns the charts of a kustomization, the entries of the older field last.
pub(in crate::kustomize) fn charts(target: &Target<'_, '_>) -> Vec<Map<String, Value>> {
    const OLD_FIELDS: [(&str, &str); 7] = [
        ("chartName", "name"),
        ("chartVersion", "version"),
        ("chartRepoUrl", "repo"),
        ("values", "valuesFile"),
        ("valuesLocal", "valuesInline"),
        ("valuesMerge", "valuesMerge"),
        ("releaseName", "releaseName"),
    ];
    let manifest = &target.manifest;
    let mut globals = manifest.helm_globals.as_ref().and_then(Value::as_object).cloned();
    let mut charts = manifest.helm_charts.clone();
    for old in &manifest.helm_chart_inflation_generator {
        let renamed = OLD_FIELDS
            .iter()
            .filter_map(|(old_name, name)| Some(((*name).to_owned(), old.get(*old_name)?.clone())));
        charts.push(renamed.collect());
        if let (None, Some(home)) = (&manifest.helm_globals, old.get("chartHome")) {
            globals.get_or_insert_default().insert("chartHome".to_owned(), home.clone());
        }
    }
    for chart in &mut charts {
        for (name, value) in globals.iter().flatten() {
            chart.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let namespace = target.chart_namespace();
        let said = chart.get("namespace").and_then(Value::as_str).is_some_and(|n| !n.is_empty());
        if !said && !namespace.is_empty() {
            chart.insert("namespace".to_owned(), namespace.into());
        }
    }
    charts
}

/// Makes the objects of one chart.
pub(in crate::kustomize) fn chart(
    target: &Target<'_, '_>,
    chart: &Map<String, Value>,
) -> Outcome<Vec<Resource>> {
    let Some(renderer) = &target.build.charts else {
        let text = "charts are not rendered here: no renderer of Helm charts is plugged in";
        return Err(problem(text));
    };
    let loader = &target.loader;
    let text = renderer
        .render(loader.tree, &loader.root, chart)
        .map_err(|err| problem(format!("the chart cannot be rendered: {err}")))?;
    let mut resources = resources_of(&loader.display(&target.file), text.as_bytes())?;
    for resource in &mut resources {
        resource.from_helm = true;
    }
    Ok(resources)
}
