//! What the plain renderer reads, and what it says about what it cannot read.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use expect_test::{Expect, expect};
use gitops_core::{Renderer, Tree, TreePath, error::chain, tree::MemoryTree};
use gitops_render::{OBJECTS_MAX, Objects, PlainRenderer};

// Each file starts with a line `//- path`; one with `//- path -> target` is a link.
fn tree(text: &str) -> Tree {
    let mut builder = MemoryTree::builder();
    for file in text.split("//- ").skip(1) {
        let (head, content) = file.split_once('\n').unwrap_or((file, ""));
        builder = match head.split_once(" -> ") {
            Some((path, target)) => builder.link(path, target).unwrap(),
            None => builder.file(head, content.to_owned()).unwrap(),
        };
    }
    Tree::new(Arc::new(builder.build().unwrap()))
}

async fn check(renderer: PlainRenderer, text: &str, expected: Expect) {
    let shown = match renderer.render(&tree(text)).await {
        Ok(objects) => {
            let line = |object: &gitops_core::Object| {
                format!("{} {}\n", object.origin().unwrap(), object.id())
            };
            objects.iter().map(line).collect()
        }
        Err(err) => chain(&err),
    };
    expected.assert_eq(&shown);
}

fn at(path: &str) -> PlainRenderer {
    PlainRenderer::new(TreePath::new(path).unwrap())
}

fn web(name: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n")
}

#[tokio::test]
async fn objects_are_in_the_order_of_paths_and_lines() {
    let files = format!(
        "//- b.yaml\n{}---\n---\n# note\n---\n{}//- a/z.yml\n{}//- a.json\n{}//- c.txt\nx: [",
        web("b1"),
        web("b2"),
        web("z"),
        r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "json"}}"#,
    );
    let expected = expect![[r#"
        a.json:1 Service/json
        a/z.yml:1 Service/z
        b.yaml:1 Service/b1
        b.yaml:9 Service/b2
    "#]];
    check(at("."), &files, expected).await;
}

#[tokio::test]
async fn lists_are_opened_and_items_know_their_lines() {
    let files = "//- list.yaml
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: a}
- apiVersion: v1
  kind: ConfigMapList
  items:
  - metadata: {name: b}
- apiVersion: example.com/v1
  kind: Playlist
  metadata: {name: c}
";
    let expected = expect![[r#"
        list.yaml:4 Secret/a
        list.yaml:10 ConfigMap/b
        list.yaml:11 Playlist/c
    "#]];
    check(at("."), files, expected).await;
}

#[tokio::test]
async fn ignore_files_leave_files_out() {
    let files = format!(
        "//- .sourceignore\n*.draft.yaml\n/app/old/\n//- app/.sourceignore\n!keep.draft.yaml\n\
         //- app/sub/.sourceignore\n/x.yaml\n//- app/a.yaml\n{}//- app/b.draft.yaml\nno\n\
         //- app/keep.draft.yaml\n{}//- app/old/c.yaml\nno\n//- app/sub/x.yaml\nno\n\
         //- app/x.yaml\n{}//- app/.github/ci.yaml\nno\n//- app/more.yaml\nno\n",
        web("a"),
        web("keep"),
        web("x"),
    );
    let expected = expect![[r#"
        app/a.yaml:1 Service/a
        app/keep.draft.yaml:1 Service/keep
        app/x.yaml:1 Service/x
    "#]];
    check(at("app").with_ignore("more.yaml"), &files, expected).await;
}

#[tokio::test]
async fn links_to_files_are_read_and_links_to_directories_are_not() {
    let files = format!(
        "//- shared/web.yaml\n{}//- app/web.yaml -> ../shared/web.yaml\n\
         //- app/shared -> ../shared\n//- app/notes -> nowhere",
        web("web"),
    );
    check(
        at("app"),
        &files,
        expect![[r#"
        app/web.yaml:1 Service/web
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_an_error() {
    let expected = expect!["cannot read app/web.yaml: app/web.yaml does not exist"];
    check(at("app"), "//- app/web.yaml -> nowhere.yaml", expected).await;
}

#[tokio::test]
async fn what_is_no_object_is_named_with_file_and_line() {
    check(
        at("."),
        "//- values.yaml\n# values\n\nimage: nginx\n",
        expect![[r#"values.yaml:3: this is no Kubernetes object: mend it, or leave the file out by a line in .sourceignore: the object has no apiVersion"#]],
    )
    .await;
    check(
        at("."),
        "//- a.yaml\n- 1\n",
        expect![[r#"a.yaml:1: this is no Kubernetes object: mend it, or leave the file out by a line in .sourceignore: an object must be a mapping, found a list"#]],
    )
    .await;
}

#[tokio::test]
async fn invalid_yaml_is_named_with_file_and_line() {
    let two = format!("//- a.yaml\n{}---\na: b: c\n", web("a"));
    check(
        at("."),
        &two,
        expect!["a.yaml:6: invalid YAML: mapping values are not allowed in this context"],
    )
    .await;
    check(
        at("."),
        "//- a.yaml\nkind: A\n\nkind: B\n",
        expect![[r#"a.yaml:3: invalid YAML: line 3: key "kind" already set in map"#]],
    )
    .await;
}

#[tokio::test]
async fn directories_of_other_tools_are_refused() {
    check(
        at("."),
        "//- app/kustomization.yaml\nresources: [web.yaml]\n",
        expect!["app/kustomization.yaml:1: this directory is for Kustomize: render it with the Kustomize renderer, or leave this file out by a line in .sourceignore"],
    )
    .await;
    check(
        at("."),
        "//- Kustomization\nresources: [web.yaml]\n",
        expect!["Kustomization:1: this directory is for Kustomize: render it with the Kustomize renderer, or leave this file out by a line in .sourceignore"],
    )
    .await;
    check(
        at("."),
        "//- Chart.yaml\napiVersion: v2\nname: shop\nversion: 0.1.0\n",
        expect!["Chart.yaml:1: this directory is a Helm chart: render it with the Helm renderer, or leave it out by a line in .sourceignore"],
    )
    .await;
    // An object of another group may have the name of Kustomize's file.
    check(
        at("."),
        "//- kustomization.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\n\
         kind: Kustomization\nmetadata: {name: shop}\n",
        expect![[r#"
            kustomization.yaml:1 Kustomization/shop
        "#]],
    )
    .await;
}

#[tokio::test]
async fn duplicates_name_both_places() {
    let files = format!("//- a.yaml\n{}---\n{}", web("a"), web("a"));
    check(
        at("."),
        &files,
        expect!["Service/a is defined twice, in a.yaml:1 and in a.yaml:6: remove one of them"],
    )
    .await;
}

#[tokio::test]
async fn a_missing_directory_is_an_error() {
    check(at("app"), "", expect!["cannot read app: app does not exist"]).await;
}

#[test]
fn more_than_objects_max_is_an_error() {
    let object = |at: usize| {
        let metadata = serde_json::json!({ "name": at.to_string() });
        let value = serde_json::json!({ "apiVersion": "v1", "kind": "A", "metadata": metadata });
        gitops_core::Object::try_from(value).unwrap()
    };
    let mut objects = Objects::new();
    for at in 0..OBJECTS_MAX {
        objects.push(object(at)).unwrap();
    }
    let err = objects.push(object(OBJECTS_MAX)).unwrap_err();
    assert!(err.to_string().contains("OBJECTS_MAX"), "{err}");
}

#[tokio::test]
async fn limits_of_yaml_are_named() {
    let deep = format!("//- a.yaml\n{}", "[".repeat(600));
    check(at("."), &deep, expect!["a.yaml:1 passes YAML_DEPTH_MAX: at most 512 are allowed"]).await;
}
