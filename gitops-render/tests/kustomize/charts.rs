//! Charts go to the renderer that is plugged in.

use std::sync::Arc;

use gitops_core::{BoxError, Digest, Tree, TreePath};
use gitops_render::{KustomizeRenderer, kustomize::ChartRenderer};
use serde_json::{Map, Value};

#[derive(Debug)]
struct Echo;

impl ChartRenderer for Echo {
    fn render(
        &self,
        tree: &Tree,
        root: &TreePath,
        chart: &Map<String, Value>,
    ) -> Result<String, BoxError> {
        let text = |key: &str| chart.get(key).and_then(Value::as_str).unwrap_or_default();
        let values = tree.read(&root.join(text("valuesFile"))?)?;
        Ok(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n  namespace: {}\ndata:\n  v: {}\n",
            text("name"),
            text("namespace"),
            String::from_utf8_lossy(&values),
        ))
    }

    fn fingerprint(&self) -> Digest {
        Digest::of("echo")
    }
}

fn tree() -> Tree {
    Tree::from_files([
        ("kustomization.yaml", "namespace: shop\nnamePrefix: p-\nresources: [base]\n"),
        ("base/kustomization.yaml", "helmCharts:\n- {name: web, valuesFile: values.yaml}\n"),
        ("base/values.yaml", "x"),
    ])
    .unwrap()
}

#[test]
fn a_chart_is_rendered_with_the_namespace_of_the_kustomization_above() {
    let renderer = KustomizeRenderer::default().with_charts(Arc::new(Echo));
    let build = renderer.build(&tree()).unwrap();
    let (object, _) = &build.objects[0];
    assert_eq!(object["metadata"]["name"], "p-web");
    assert_eq!(object["metadata"]["namespace"], "shop");
    assert_eq!(object["data"]["v"], "x");
}

#[test]
fn without_a_renderer_a_chart_is_an_error_at_its_line() {
    let err = super::build(&tree(), "").unwrap_err();
    let want = "base/kustomization.yaml:2: helmCharts[0]: charts are not rendered here: \
                no renderer of Helm charts is plugged in";
    assert_eq!(err.to_string(), want);
}
