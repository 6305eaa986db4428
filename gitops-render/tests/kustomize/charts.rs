//! `helmCharts`: what the real tool recorded is in the goldens; here is what is ours alone.

use std::sync::Arc;

use gitops_core::{Renderer as _, Tree, TreePath};
use gitops_render::{
    HelmCharts, KustomizeRenderer,
    kustomize::{KustomizeBuild, RemoteChart},
};

const CHART: [(&str, &str); 3] = [
    ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    ("values.yaml", "color: red\n"),
    (
        "templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n\
         data: {color: {{ .Values.color }}, namespace: {{ .Release.Namespace }}}\n",
    ),
];

fn chart_at(directory: &str) -> Vec<(String, String)> {
    CHART.iter().map(|(path, text)| (format!("{directory}{path}"), (*text).to_owned())).collect()
}

fn tree(kustomization: &str, charts: Vec<(String, String)>) -> Tree {
    let own = ("kustomization.yaml".to_owned(), kustomization.to_owned());
    Tree::from_files(charts.into_iter().chain([own])).unwrap()
}

fn build(tree: &Tree, charts: HelmCharts) -> Result<KustomizeBuild, String> {
    let renderer = KustomizeRenderer::new(TreePath::root()).with_charts(Arc::new(charts));
    renderer.build(tree).map_err(|err| err.to_string())
}

fn remote() -> RemoteChart {
    RemoteChart {
        repository: "https://charts.example.org".to_owned(),
        name: "web".to_owned(),
        version: "1.0.0".to_owned(),
    }
}

const REMOTE: &str = "helmCharts:\n- name: web\n  repo: https://charts.example.org\n  \
                      version: 1.0.0\n  releaseName: shop\n";

#[test]
fn without_a_renderer_a_chart_is_an_error_at_its_line() {
    let err = super::build(&tree("helmCharts:\n- name: web\n", Vec::new()), "").unwrap_err();
    let want = "kustomization.yaml:2: helmCharts[0]: must specify --enable-helm: charts are rendered \
                only where a renderer of charts is given (KustomizeRenderer::with_charts)";
    assert_eq!(err.to_string(), want);
}

#[test]
fn what_is_wrong_with_an_entry_is_told_at_its_line() {
    let problem = |entry: &str| {
        let mut files = chart_at("charts/web/");
        files.push(("charts/web/empty.yaml".to_owned(), "# nothing\n".to_owned()));
        let tree = tree(&format!("helmCharts:\n- {entry}\n"), files);
        build(&tree, HelmCharts::new()).unwrap_err()
    };
    let at = "kustomization.yaml:2: helmCharts[0]:";
    assert_eq!(problem("releaseName: shop"), format!("{at} chart name cannot be empty"));
    assert_eq!(
        problem("name: gone"),
        format!("{at} no repo specified for pull, no chart found at 'charts/gone'")
    );
    assert_eq!(
        problem("{name: web, valuesMerge: both}"),
        format!("{at} valuesMerge must be one of [merge override replace]")
    );
    assert_eq!(
        problem("{name: web, valuesFile: none.yaml}"),
        format!("{at} none.yaml does not exist")
    );
    assert_eq!(
        problem("{name: web, kubeVersion: x}"),
        format!(
            "{at} chart \"web\": cannot be rendered: invalid kube version 'x': could not parse \"x\" as version"
        )
    );
    let long = problem("{name: web, releaseName: Shop}");
    assert!(long.starts_with(&format!(
        "{at} chart \"web\": cannot be rendered: release name check failed"
    )));
    assert_eq!(
        problem("{name: web, valuesFile: charts/web/empty.yaml, valuesInline: {a: b}}"),
        format!(
            "{at} could not parse values file into rnode: EOF: 'charts/web/empty.yaml' is empty"
        )
    );
}

#[test]
fn a_chart_of_a_repository_comes_from_the_tree_or_from_what_was_fetched() {
    let err = build(&tree(REMOTE, Vec::new()), HelmCharts::new()).unwrap_err();
    assert_eq!(
        err,
        "kustomization.yaml:2: helmCharts[0]: no chart found at 'charts/web-1.0.0/web', and a render \
         reads no network: put web 1.0.0 of https://charts.example.org there, or give it to the \
         renderer of charts"
    );
    let fetched = Tree::from_files(chart_at("")).unwrap();
    let charts = HelmCharts::new().with_chart(remote(), fetched);
    let build_of = |tree: &Tree| build(tree, charts.clone()).unwrap().objects[0].0.clone();
    assert_eq!(build_of(&tree(REMOTE, Vec::new()))["data"]["color"], "red");

    let mut own = chart_at("charts/web-1.0.0/web/");
    own[1].1 = "color: blue\n".to_owned();
    assert_eq!(build_of(&tree(REMOTE, own))["data"]["color"], "blue");
}

#[test]
fn what_was_fetched_is_part_of_the_fingerprint() {
    let fingerprint = |charts| {
        KustomizeRenderer::new(TreePath::root()).with_charts(Arc::new(charts)).fingerprint()
    };
    let with = |chart: Vec<(String, String)>| {
        HelmCharts::new().with_chart(remote(), Tree::from_files(chart).unwrap())
    };
    let mut other = chart_at("");
    other[1].1.push_str("# more\n");
    assert_eq!(fingerprint(with(chart_at(""))), fingerprint(with(chart_at(""))));
    assert_ne!(fingerprint(with(chart_at(""))), fingerprint(with(other)));
    assert_ne!(fingerprint(with(chart_at(""))), fingerprint(HelmCharts::new()));
    let bare = KustomizeRenderer::new(TreePath::root()).fingerprint();
    assert_ne!(fingerprint(HelmCharts::new()), bare);
}

#[test]
fn the_reads_hold_the_chart_and_its_values() {
    let kustomization = "helmCharts:\n- {name: web, releaseName: shop, valuesFile: own.yaml}\n";
    let files = || {
        let mut files = chart_at("charts/web/");
        files.push(("own.yaml".to_owned(), "color: green\n".to_owned()));
        files.push(("other.yaml".to_owned(), "color: green\n".to_owned()));
        files
    };
    let first = tree(kustomization, files());
    let (tracked, log) = first.track();
    build(&tracked, HelmCharts::new()).unwrap();
    for changed in 0..files().len() {
        let mut files = files();
        files[changed].1.push_str("# more\n");
        let path = files[changed].0.clone();
        let holds = log.reads().holds(&tree(kustomization, files)).unwrap();
        assert_eq!(holds, path == "other.yaml", "{path}");
    }
}
