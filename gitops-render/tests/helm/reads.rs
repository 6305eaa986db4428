//! What a render read is all that it depends on.

use gitops_core::{Renderer as _, Tree, wrap::Cached};
use gitops_render::{HelmRenderer, helm::values::SetKind};
use proptest::prelude::*;

use super::path;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n\
    data:\n  port: {{ .Values.port | quote }}\n  text: {{ .Files.Get \"a.txt\" | quote }}\n  \
    absent: {{ .Files.Get \"b.txt\" | quote }}\n";
const SUB: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: sub}\n";

/// The files of a chart, and behind them three that no render looks at.
fn files() -> Vec<(String, String)> {
    [
        ("in/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("in/values.yaml", "port: 1\n"),
        ("in/templates/config.yaml", CONFIG),
        ("in/templates/_names.tpl", "{{ define \"name\" }}x{{ end }}"),
        ("in/a.txt", "text"),
        ("in/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("in/charts/sub/templates/secret.yaml", SUB),
        ("in/.helmignore", "ignored.txt\n"),
        ("prod.yaml", "port: 2\n"),
        ("certificate.pem", "pem"),
        ("in/ignored.txt", "nobody reads this"),
        ("other.yaml", "nor this"),
        ("elsewhere/Chart.yaml", "nor that"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec()
}

const READ: usize = 10;

fn renderer() -> HelmRenderer {
    HelmRenderer::new(path("in"), "demo", "demo-ns")
        .with_values_file(path("prod.yaml"))
        .with_set(SetKind::File, "pem=certificate.pem")
}

async fn hits(changed: Vec<(String, String)>) -> u64 {
    let cached = Cached::new(renderer());
    let before = cached.render(&Tree::from_files(files()).unwrap()).await.unwrap();
    let tree = Tree::from_files(changed).unwrap();
    let after = cached.render(&tree).await.unwrap();
    assert_eq!(after, renderer().render(&tree).await.unwrap(), "what is kept is what it would be");
    assert_eq!(before.len(), 2);
    cached.hits()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_render_holds_exactly_as_long_as_what_was_read(which in 0_usize..13) {
        let mut changed = files();
        changed[which].1.push_str("\n# more\n");
        prop_assert_eq!(run(hits(changed)) == 1, which >= READ);
    }
}

#[test]
fn a_file_that_was_absent_and_comes_is_noticed() {
    let mut changed = files();
    changed.push(("in/b.txt".to_owned(), "here".to_owned()));
    assert_eq!(run(hits(changed)), 0);
    let mut changed = files();
    changed.push(("in/templates/more.yaml".to_owned(), String::new()));
    assert_eq!(run(hits(changed)), 0);
    let mut changed = files();
    changed.push(("elsewhere/b.txt".to_owned(), "here".to_owned()));
    assert_eq!(run(hits(changed)), 1);
}
