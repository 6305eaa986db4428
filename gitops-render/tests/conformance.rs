//! Every renderer keeps the rules of its trait.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    Renderer, TreePath,
    conformance::renderer::{Files, Harness},
};
use gitops_render::PlainRenderer;

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

struct Plain;

#[async_trait]
impl Harness for Plain {
    async fn start() -> Self {
        Self
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::new(PlainRenderer::new(path("shop")))
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        vec![
            Arc::new(PlainRenderer::default()),
            Arc::new(PlainRenderer::new(path("shop")).with_ignore("web.yaml")),
        ]
    }

    fn good(&self) -> Files {
        files(&[
            ("README.md", "# Shop"),
            (".sourceignore", "draft.yaml\n"),
            ("shop/notes.txt", "nothing"),
            ("shop/draft.yaml", "to: do"),
            ("shop/web.yaml", "kind: Service\napiVersion: v1\nmetadata:\n  name: web\n"),
            (
                "shop/more/all.yml",
                "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMapList\nitems:\n\
                 - metadata: {name: a}\n- metadata: {name: b}\n",
            ),
        ])
    }

    fn broken(&self) -> (Files, String, Option<u32>) {
        let mut broken = self.good();
        broken.push(("shop/wrong.yaml".to_owned(), "kind: Service\nmetadata: [\n}\n".to_owned()));
        (broken, "shop/wrong.yaml".to_owned(), Some(3))
    }

    fn duplicate(&self) -> Files {
        let mut files = self.good();
        let web = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}"#;
        files.push(("shop/again.json".to_owned(), web.to_owned()));
        files
    }
}

mod plain {
    gitops_core::conformance::renderer!(super::Plain);
}
