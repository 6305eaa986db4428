//! The renderer keeps the rules of its trait.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    Renderer, TreePath,
    conformance::renderer::{Files, Harness},
};
use gitops_render::{
    KustomizeRenderer,
    kustomize::{KustomizeOptions, LoadRestriction, Order},
};

struct Kustomize;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ";

fn files(files: &[(&str, String)]) -> Files {
    files.iter().map(|(path, content)| ((*path).to_owned(), content.clone())).collect()
}

fn renderer(path: &str, options: KustomizeOptions) -> Arc<dyn Renderer> {
    Arc::new(KustomizeRenderer::new(TreePath::new(path).unwrap()).with_options(options))
}

#[async_trait]
impl Harness for Kustomize {
    async fn start() -> Self {
        Self
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        renderer("shop", KustomizeOptions::default())
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        let default = KustomizeOptions::default;
        vec![
            renderer("", default()),
            renderer("shop", KustomizeOptions { order: Order::AsRead, ..default() }),
            renderer("shop", KustomizeOptions { managed_by_label: true, ..default() }),
            renderer(
                "shop",
                KustomizeOptions { load_restriction: LoadRestriction::None, ..default() },
            ),
        ]
    }

    fn good(&self) -> Files {
        files(&[
            ("README.md", "# Shop".to_owned()),
            ("shop/kustomization.yaml", "resources: [a.yaml, b.yaml]\nnamePrefix: p-\n".to_owned()),
            ("shop/a.yaml", format!("{CONFIG}a\n")),
            ("shop/b.yaml", format!("{CONFIG}b\n")),
        ])
    }

    fn broken(&self) -> (Files, String, Option<u32>) {
        let mut broken = self.good();
        "resources: [a.yaml, b.yaml]\n\nprefix: p-\n".clone_into(&mut broken[1].1);
        (broken, "shop/kustomization.yaml".to_owned(), Some(3))
    }

    fn duplicate(&self) -> Files {
        let mut files = self.good();
        files[3].1 = format!("{CONFIG}a\n");
        files
    }
}

gitops_core::conformance::renderer!(Kustomize);
