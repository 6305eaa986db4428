//! What a wrong kustomization is told.

use expect_test::{Expect, expect};
use gitops_core::Tree;

fn check(files: &[(&str, &str)], want: &Expect) {
    let tree = Tree::from_files(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let err = super::build(&tree.unwrap(), "").unwrap_err();
    want.assert_eq(&err.to_string());
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";

#[test]
fn a_missing_file_is_named_with_the_line_that_asks_for_it() {
    check(
        &[("kustomization.yaml", "resources:\n- a.yaml\n- b.yaml\n"), ("a.yaml", CONFIG)],
        &expect![[
            r#"kustomization.yaml:3: resources[1]: "b.yaml" is neither a file nor a directory"#
        ]],
    );
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    check(
        &[("kustomization.yaml", "commonLabels:\n  app: 1\n")],
        &expect!["kustomization.yaml:2: commonLabels.app must be a string, found a number"],
    );
}

#[test]
fn a_patch_without_a_target_names_its_line() {
    let kustomization = "resources: [a.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: b}\n";
    check(
        &[("kustomization.yaml", kustomization), ("a.yaml", CONFIG)],
        &expect![
            "kustomization.yaml:3: no resource matches strategic merge patch ConfigMap.v1.[noGrp]/b.[noNs]: no matches for Id ConfigMap.v1.[noGrp]/b.[noNs]; failed to find unique target for patch ConfigMap.v1.[noGrp]/b.[noNs]"
        ],
    );
}

#[test]
fn external_plugins_are_refused() {
    let plugin = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: x}\n";
    check(
        &[("kustomization.yaml", "transformers: [t.yaml]\n"), ("t.yaml", plugin)],
        &expect![[
            r#"t.yaml:1: Foo.v1.example.com/x.[noNs]: only built-in plugins run here: unable to load external plugin "Foo""#
        ]],
    );
}

// The real tool prints such a text as a block that it cannot read again.
#[test]
fn a_text_of_several_lines_does_not_begin_with_a_tab() {
    check(
        &[(
            "kustomization.yaml",
            "configMapGenerator: [{name: a, literals: [b=c]}]\ncommonAnnotations: {note: \"\\tx\\ny\"}\n",
        )],
        &expect![
            "kustomization.yaml:1: ConfigMap.v1.[noGrp]/a-c78c7b75hm.[noNs]: metadata: annotations: note: found a tab character where an indentation space is expected: a text of several lines cannot begin with a tab"
        ],
    );
}
