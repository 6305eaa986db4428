//! A directory says by its files how it is rendered.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::{Renderer as _, Tree, TreePath};
use gitops_render::DirectoryRenderer;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n";

async fn names(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
    let tree = Tree::from_files(files).unwrap();
    let renderer = DirectoryRenderer::new(TreePath::new("app").unwrap(), "shop", "default");
    let objects = renderer.render(&tree).await.unwrap();
    objects.iter().map(|object| object.id().to_string()).collect()
}

#[tokio::test]
async fn plain_manifests_are_read() {
    assert_eq!(names(&[("app/one.yaml", MAP)]).await, ["ConfigMap/one"]);
}

#[tokio::test]
async fn a_kustomization_is_built() {
    let kustomization = "namePrefix: the-\nresources: [one.yaml]\n";
    let files = [("app/one.yaml", MAP), ("app/kustomization.yaml", kustomization)];
    assert_eq!(names(&files).await, ["ConfigMap/the-one"]);
}

#[tokio::test]
async fn charts_of_a_kustomization_are_rendered() {
    let template = MAP.replace("one", "{{ .Release.Name }}-one");
    let files = [
        ("app/kustomization.yaml", "helmCharts: [{name: web, releaseName: blue}]\n"),
        ("app/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("app/charts/web/values.yaml", "{}\n"),
        ("app/charts/web/templates/one.yaml", &template),
    ];
    assert_eq!(names(&files).await, ["ConfigMap/blue-one"]);
}

#[tokio::test]
async fn a_chart_becomes_a_release() {
    let chart = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
    let template = MAP.replace("one", "{{ .Release.Name }}-one");
    let files = [("app/Chart.yaml", chart), ("app/templates/one.yaml", &template)];
    let found = names(&files).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("/shop-one"), "{found:?}");
}

#[tokio::test]
async fn a_missing_directory_is_named_with_what_is_there() {
    let tree = Tree::from_files([("apps/one.yaml", MAP)]).unwrap();
    let renderer = DirectoryRenderer::new(TreePath::new("app").unwrap(), "shop", "default");
    let err = renderer.render(&tree).await.unwrap_err().to_string();
    assert_eq!(err, "there is no app at this revision; the root holds the directories apps");
}
