//! Every case prints what helm printed, errors included.

use std::{fs, path::PathBuf};

use gitops_render::helm::HelmError;

fn check(case: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/helm").join(case);
    let mut notices = Vec::new();
    match super::render(&super::tree(&folder), &mut notices) {
        Ok(release) => {
            let expected = fs::read_to_string(folder.join("out.yaml")).unwrap();
            let printed = String::from_utf8(release.text(|_| true, true)).unwrap();
            assert_eq!(printed, expected, "{case} prints something else");
        }
        Err(err) => {
            let expected = fs::read_to_string(folder.join("error.txt")).unwrap();
            let hint = match err {
                HelmError::Template { .. } => "\n\nUse --debug flag to render out invalid YAML",
                _ => "",
            };
            assert_eq!(format!("Error: {err}{hint}\n"), expected, "{case} fails otherwise");
        }
    }
}

#[test]
fn documents_are_in_install_order_and_hooks_last() {
    check("plain");
}

#[test]
fn charts_within_charts_share_globals_and_give_values() {
    check("charts");
}

#[test]
fn packed_charts_and_files_are_read() {
    check("packed");
}

#[test]
fn schemas_complain_in_the_words_of_helm() {
    check("schema");
}

#[test]
fn templates_fail_in_the_words_of_helm() {
    check("fails");
}
