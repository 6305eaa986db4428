//! Repositories and files elsewhere: fetched before, fixed while rendering.

use std::sync::Arc;

use gitops_core::{Renderer as _, Revision, Source, Tree, TreePath, memory::MemorySource};
use gitops_render::{
    KustomizeRenderer,
    kustomize::{KUSTOMIZE_REMOTES_MAX, RemoteError, RemoteRepository, Remotes},
};

const OUTER: &str = "resources: ['file:///srv/repo//base?ref=main']\n\
                     buildMetadata: [originAnnotations, transformerAnnotations]\nnamePrefix: p-\n";
// What the real tool printed for these files, the path of the repository apart.
const PRINTED: &str = include_str!("../golden/kustomize-remote.yaml");

fn config(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::from_files(files.iter().map(|(path, text)| (*path, (*text).to_owned()))).unwrap()
}

fn repository() -> Tree {
    let (own, sub) = (config("cm"), config("s"));
    tree(&[
        (
            "base/kustomization.yaml",
            "resources: [cm.yaml, sub]\nconfigMapGenerator: [{name: g, literals: [a=b]}]\n\
             transformers: [t.yaml]\n",
        ),
        (
            "base/t.yaml",
            "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: pre}\nprefix: x-\n\
             fieldSpecs: [{path: metadata/name}]\n",
        ),
        ("base/cm.yaml", &own),
        ("base/sub/kustomization.yaml", "resources: [s.yaml]\n"),
        ("base/sub/s.yaml", &sub),
        ("outside/kustomization.yaml", "resources: [../base/cm.yaml]\n"),
        ("again/kustomization.yaml", "resources: ['file:///srv/repo//again']\n"),
        ("deeper/kustomization.yaml", "resources: ['https://example.org/o/other/x?ref=v1']\n"),
    ])
}

fn at(url: &str, reference: &str) -> RemoteRepository {
    RemoteRepository { url: url.to_owned(), reference: reference.to_owned() }
}

fn source(tree: Tree) -> Arc<dyn Source> {
    Arc::new(MemorySource::new(tree))
}

fn sources(repository: &RemoteRepository) -> Option<Arc<dyn Source>> {
    match repository.url.as_str() {
        "file:///srv/repo" => Some(source(self::repository())),
        "https://example.org/o/other" => {
            let config = config("other");
            Some(source(tree(&[
                ("x/kustomization.yaml", "resources: [c.yaml]\n"),
                ("x/c.yaml", &config),
            ])))
        }
        _ => None,
    }
}

async fn built(kustomization: &str) -> Result<String, String> {
    let tree = tree(&[("kustomization.yaml", kustomization)]);
    let renderer = KustomizeRenderer::new(TreePath::root());
    let remotes = renderer.fetch_remotes(&tree, &sources).await.unwrap();
    super::print(&renderer.with_remotes(remotes), &tree).map_err(|err| err.to_string())
}

#[tokio::test]
async fn a_repository_is_built_as_the_real_tool_builds_it() {
    assert_eq!(built(OUTER).await.unwrap(), PRINTED);
}

#[tokio::test]
async fn what_a_repository_refers_to_is_fetched_too() {
    let text = built("resources: ['file:///srv/repo//deeper']\n").await.unwrap();
    assert_eq!(text, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n");
}

#[tokio::test]
async fn what_is_not_given_is_an_error_at_its_line() {
    let err = built("resources:\n- https://github.com/org/repo//base\n").await.unwrap_err();
    assert_eq!(
        err,
        "kustomization.yaml:2: resources[0]: \"https://github.com/org/repo//base\" is remote: a render \
         reads no network, so copy it into the tree, or fetch it before \
         (KustomizeRenderer::fetch_remotes)"
    );
}

#[tokio::test]
async fn a_repository_neither_reads_outside_of_its_directory_nor_leads_to_itself() {
    let err = built("resources: ['file:///srv/repo//outside']\n").await.unwrap_err();
    assert_eq!(
        err,
        "file:///srv/repo//outside: outside/kustomization.yaml:1: resources[0]: security; file \
         'base/cm.yaml' is not in or below 'outside'"
    );
    let err = built("resources: ['file:///srv/repo//again']\n").await.unwrap_err();
    assert!(err.contains("cycle detected: URI 'file:///srv/repo//again'"), "{err}");
}

#[test]
fn files_of_the_web_are_resources() {
    let url = "https://example.org/releases/install.yaml";
    let tree = tree(&[("kustomization.yaml", &format!("resources: [{url}]\nnamePrefix: p-\n"))]);
    let remotes = Remotes::default().with_file(url, config("web"));
    let renderer = KustomizeRenderer::new(TreePath::root()).with_remotes(remotes);
    let build = renderer.build(&tree).unwrap();
    assert_eq!(build.objects[0].0["metadata"]["name"], "p-web");
    assert_eq!(build.objects[0].1.path, url);
}

#[test]
fn what_was_fetched_is_part_of_the_fingerprint() {
    let fingerprint = |content: &str| {
        let revision = Revision::at("main", "1");
        let tree = tree(&[("a", content)]);
        let remotes = Remotes::default().with_repository(at("u", "main"), revision, tree);
        KustomizeRenderer::default().with_remotes(remotes).fingerprint()
    };
    assert_eq!(fingerprint("1"), fingerprint("1"));
    assert_ne!(fingerprint("1"), fingerprint("2"));
    assert_ne!(fingerprint("1"), KustomizeRenderer::default().fingerprint());
}

#[tokio::test]
async fn there_is_an_end_to_what_is_fetched() {
    let entry = |index| format!("- https://example.org/o/other{index}//x\n");
    let text: String = (0..=KUSTOMIZE_REMOTES_MAX).map(entry).collect();
    let tree = tree(&[("kustomization.yaml", &format!("resources:\n{text}"))]);
    // Each of them is missed only once the one before it is there.
    let any = |repository: &RemoteRepository| {
        let config = config(repository.url.rsplit('/').next().unwrap());
        let files = [("x/kustomization.yaml", "resources: [c.yaml]\n"), ("x/c.yaml", &config)];
        Some(source(self::tree(&files)))
    };
    let renderer = KustomizeRenderer::new(TreePath::root());
    let err = renderer.fetch_remotes(&tree, &any).await.unwrap_err();
    assert!(matches!(err, RemoteError::Limit { max: KUSTOMIZE_REMOTES_MAX }), "{err}");
}
