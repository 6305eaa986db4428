//! Outputs that the real tool recorded; `record.sh` writes them anew.

use std::{fs, path::Path, sync::Arc};

use gitops_core::{Tree, yaml::Input};
use gitops_render::{HelmCharts, KustomizeRenderer};

fn add(files: &mut Vec<(String, Vec<u8>)>, directory: &Path, prefix: &str) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            add(files, &entry.path(), &format!("{path}/"));
        } else {
            files.push((path, fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn every_case_prints_what_the_real_tool_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kustomize");
    let mut count = 0;
    for case in fs::read_dir(&root).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        add(&mut files, &case.join("in"), "");
        let tree = Tree::from_files(files).unwrap();
        let renderer = KustomizeRenderer::default().with_charts(Arc::new(HelmCharts::new()));
        let got = super::print(&renderer, &tree)
            .unwrap_or_else(|err| panic!("{}: {err}", case.display()));
        let want = fs::read(case.join("out.yaml")).unwrap();
        assert_eq!(got, Input::new(&want).text(), "{}", case.display());
        count += 1;
    }
    assert!(7 <= count, "found {count} cases");
}
