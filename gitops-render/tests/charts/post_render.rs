//! Charts that go through a kustomization.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    RenderError, Renderer, Tree,
    conformance::renderer::{Files, Harness},
};
use gitops_render::{
    HelmRenderer, PostRenderer,
    kustomize::{KustomizeOptions, Order},
};
use serde_json::{Map, Value, json};

use super::path;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

fn helm() -> HelmRenderer {
    HelmRenderer::new(path("shop"), "demo", "prod")
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

fn good() -> Files {
    files(&[
        ("README.md", "# Shop"),
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("shop/values.yaml", "port: 80\n"),
        ("shop/crds/a.yaml", "apiVersion: a/v1\nkind: Definition\nmetadata: {name: a}\n"),
        ("shop/templates/web.yaml", SERVICE),
        (
            "shop/templates/more.yaml",
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: \"{{ .Values.port }}\"}\n\
             ---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: pre-install}}\n\
             ---\napiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n",
        ),
        ("over/kustomization.yaml", "resources: [../base]\nnamePrefix: p-\n"),
        ("base/kustomization.yaml", "resources: [all.yaml, more.yaml]\n"),
        ("base/more.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"),
        ("flat/kustomization.yaml", "resources: [helm-output.yaml]\nnameSuffix: -x\n"),
    ])
}

fn tree() -> Tree {
    Tree::from_files(good()).unwrap()
}

async fn rendered(renderer: &PostRenderer) -> Vec<String> {
    let objects = renderer.render(&tree()).await.unwrap();
    objects.iter().map(|it| format!("{} {}", it.id(), it.origin().unwrap().path)).collect()
}

#[tokio::test]
async fn what_a_chart_gives_goes_through_a_kustomization() {
    let given = json!({
        "namespace": "blue",
        "patches": [{ "patch": r#"[{"op": "replace", "path": "/data/port", "value": "81"}]"#, "target": { "kind": "ConfigMap" } }],
    });
    let renderer = PostRenderer::with(helm(), map(&given));
    let objects = renderer.render(&tree()).await.unwrap();
    let ids: Vec<_> = objects.iter().map(|it| it.id().to_string()).collect();
    assert_eq!(
        ids,
        ["Definition/a", "ConfigMap/blue/a", "Service/blue/web", "Job/blue/j"],
        "definitions are not passed through, tests are not delivered"
    );
    assert_eq!(objects[1].value()["data"]["port"], "81");

    let flat = PostRenderer::at(helm(), path("flat"));
    let more = "shop/templates/more.yaml";
    assert_eq!(
        rendered(&flat).await,
        [
            "Definition/a shop/crds/a.yaml".to_owned(),
            format!("ConfigMap/a-x {more}"),
            "Service/web-x shop/templates/web.yaml".to_owned(),
            format!("Job/j-x {more}"),
        ]
    );
    let over = PostRenderer::at(helm(), path("over")).with_file("../base/all.yaml");
    let ids = rendered(&over).await;
    assert!(ids.contains(&"Secret/p-s base/more.yaml".to_owned()), "{ids:?}");
    assert!(ids.contains(&format!("ConfigMap/p-a {more}")), "{ids:?}");
}

#[tokio::test]
async fn a_kustomization_that_leaves_the_chart_out_is_an_error() {
    let renderer = PostRenderer::at(helm(), path("flat")).with_file("other.yaml");
    let mut files = good();
    files.push(("flat/helm-output.yaml".to_owned(), SERVICE.to_owned()));
    let err = renderer.render(&Tree::from_files(files).unwrap()).await.unwrap_err();
    assert!(err.to_string().contains("add other.yaml to its resources"), "{err}");
    let absent = PostRenderer::at(helm(), path("none")).render(&tree()).await.unwrap_err();
    assert!(matches!(absent, RenderError::NoPath { .. }), "{absent}");
}

#[tokio::test]
async fn errors_name_the_template() {
    let mut files = good();
    files.push((
        "shop/templates/bad.yaml".to_owned(),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: []}\n".to_owned(),
    ));
    let renderer =
        PostRenderer::with(helm(), map(&json!({ "labels": [{ "pairs": { "a": "b" } }] })));
    let err = renderer.render(&Tree::from_files(files).unwrap()).await.unwrap_err();
    assert!(!err.to_string().contains("helm-output.yaml"), "{err}");
}

#[test]
fn patches_do_not_show() {
    let renderer = PostRenderer::with(helm(), map(&json!({ "patches": ["s3cret"] })));
    assert!(!format!("{renderer:?}").contains("s3cret"));
}

#[tokio::test]
async fn reads_are_those_of_the_tree() {
    for renderer in [
        PostRenderer::at(helm(), path("flat")),
        PostRenderer::with(helm(), map(&json!({ "namePrefix": "x-" }))),
        PostRenderer::at(helm(), path("over")).with_file("../base/all.yaml"),
    ] {
        let (tracked, noted) = tree().track();
        renderer.render(&tracked).await.unwrap();
        let reads = noted.reads();
        assert!(reads.holds(&tree()).unwrap(), "what was read is there");
        let mut changed = good();
        changed.iter_mut().find(|(path, _)| path == "shop/values.yaml").unwrap().1 =
            "port: 1".into();
        assert!(!reads.holds(&Tree::from_files(changed).unwrap()).unwrap());
        let mut other = good();
        other.push(("other".to_owned(), String::new()));
        assert!(reads.holds(&Tree::from_files(other).unwrap()).unwrap());
    }
}

struct At;

#[async_trait]
impl Harness for At {
    async fn start() -> Self {
        Self
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::new(PostRenderer::at(helm(), path("flat")))
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        let options = KustomizeOptions { order: Order::AsRead, ..KustomizeOptions::default() };
        let upgrade = helm().as_upgrade();
        vec![
            Arc::new(PostRenderer::at(helm(), path("over"))),
            Arc::new(PostRenderer::at(helm(), path("flat")).with_file("all.yaml")),
            Arc::new(PostRenderer::at(helm(), path("flat")).with_options(options)),
            Arc::new(PostRenderer::at(upgrade, path("flat"))),
            Arc::new(PostRenderer::with(helm(), map(&json!({ "namePrefix": "a-" })))),
            Arc::new(PostRenderer::with(helm(), map(&json!({ "namePrefix": "b-" })))),
        ]
    }

    fn good(&self) -> Files {
        good()
    }

    fn broken(&self) -> (Files, String, Option<u32>) {
        let mut broken = good();
        let at = "flat/kustomization.yaml";
        let file = broken.iter_mut().find(|(path, _)| path == at).unwrap();
        "resources: [helm-output.yaml]\n\nprefix: p-\n".clone_into(&mut file.1);
        (broken, at.to_owned(), Some(3))
    }

    fn duplicate(&self) -> Files {
        let mut files = good();
        files.push(("shop/templates/again.yaml".to_owned(), SERVICE.to_owned()));
        files
    }
}

mod at {
    gitops_core::conformance::renderer!(super::At);
}

struct Given;

#[async_trait]
impl Harness for Given {
    async fn start() -> Self {
        Self
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::new(PostRenderer::with(helm(), map(&json!({ "namePrefix": "a-" }))))
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        At.others()
            .into_iter()
            .filter(|it| it.fingerprint() != self.renderer().fingerprint())
            .collect()
    }

    fn good(&self) -> Files {
        good()
    }

    fn broken(&self) -> (Files, String, Option<u32>) {
        let mut broken = good();
        let text = "a: 1\nb: {{ .Values.port.no.more }}\n";
        broken.push(("shop/templates/wrong.yaml".to_owned(), text.to_owned()));
        (broken, "shop/templates/wrong.yaml".to_owned(), Some(2))
    }

    fn duplicate(&self) -> Files {
        At.duplicate()
    }
}

mod given {
    gitops_core::conformance::renderer!(super::Given);
}
