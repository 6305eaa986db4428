//! Every limit is reached, and the error names it.

use gitops_core::Tree;
use gitops_render::kustomize::{
    KUSTOMIZE_DEPTH_MAX, KUSTOMIZE_NESTING_MAX, KUSTOMIZE_NODES_MAX, KUSTOMIZE_REGEX_BYTES_MAX,
    KUSTOMIZE_RESOURCES_MAX,
};

fn problem(files: &[(&str, &str)]) -> String {
    let files = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
    super::build(&Tree::from_files(files).unwrap(), "").unwrap_err().to_string()
}

#[test]
fn resources_are_counted() {
    let item =
        |index| format!("- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{index}}}}}\n");
    let items: String = (0..=KUSTOMIZE_RESOURCES_MAX).map(item).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    let err = problem(&[("kustomization.yaml", "resources: [all.yaml]\n"), ("all.yaml", &list)]);
    assert!(err.contains("more resources than KUSTOMIZE_RESOURCES_MAX: 100000"), "{err}");
}

#[test]
fn aliases_do_not_grow_without_end() {
    let side = KUSTOMIZE_NODES_MAX.isqrt() + 1;
    let (values, aliases) = ("x,".repeat(side), "*a,".repeat(side));
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\na: &a [{values}]\nb: [{aliases}]\n"
    );
    let err = problem(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", &text)]);
    assert!(err.contains("the aliases make more than KUSTOMIZE_NODES_MAX nodes"), "{err}");
}

#[test]
fn regular_expressions_have_a_size() {
    let count = KUSTOMIZE_REGEX_BYTES_MAX / 1000;
    let text = format!(
        "resources: [a.yaml]\npatches:\n- target: {{name: '(a{{{count}}}){{{count}}}'}}\n  patch: '[{{\"op\": \"remove\", \"path\": \"/x\"}}]'\n"
    );
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let err = problem(&[("kustomization.yaml", &text), ("a.yaml", config)]);
    assert!(err.contains("KUSTOMIZE_REGEX_BYTES_MAX"), "{err}");
}

#[test]
fn kustomizations_do_not_refer_to_each_other_without_end() {
    let file = |level| {
        (format!("d{level}/kustomization.yaml"), format!("resources: [../d{}]\n", level + 1))
    };
    let first = ("kustomization.yaml".to_owned(), "resources: [d0]\n".to_owned());
    let tree = Tree::from_files((0..=KUSTOMIZE_DEPTH_MAX).map(file).chain([first])).unwrap();
    let err = super::build(&tree, "").unwrap_err().to_string();
    assert!(err.contains("KUSTOMIZE_DEPTH_MAX"), "{err}");
}

#[test]
fn resources_are_not_nested_without_end() {
    let deep = "[".repeat(KUSTOMIZE_NESTING_MAX + 1) + &"]".repeat(KUSTOMIZE_NESTING_MAX + 1);
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {deep}\n");
    let tree = Tree::from_files([
        ("kustomization.yaml", "resources: [a.yaml]\n".to_owned()),
        ("a.yaml", text),
    ]);
    let err = super::build(&tree.unwrap(), "").unwrap_err().to_string();
    assert!(err.contains("KUSTOMIZE_NESTING_MAX"), "{err}");
}
