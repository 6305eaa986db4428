//! `Chart.lock`: what the real helm wrote, and what is made of it.

use std::{fs, path::Path, sync::Arc};

use gitops_core::Tree;
use gitops_render::helm::{Dependencies, DependencyError};

use super::{chart, index, path, site::Site};

const URL: &str = "http://127.0.0.1:18931/";

// The repository from which the real helm made its locks.
fn site() -> Arc<Site> {
    let site = Site::new();
    let versions = ["1.0.0", "1.2.0", "1.3.0-rc.1", "2.0.0+build.1", "1.10.0"];
    let packages: Vec<_> = versions.iter().map(|version| chart("web", version)).collect();
    let urls: Vec<_> = versions.iter().map(|version| format!("web-{version}.tgz")).collect();
    let entries: Vec<_> = (versions.iter().zip(&urls).zip(&packages))
        .map(|((version, url), package)| ("web", *version, url.as_str(), package.as_slice()))
        .collect();
    site.file(&format!("{URL}index.yaml"), index(&entries));
    for (_, _, url, package) in entries {
        site.file(&format!("{URL}{url}"), package);
    }
    site
}

fn golden(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts").join(name);
    let mut files = vec![
        ("local/db/Chart.yaml".to_owned(), DB.to_owned()),
        (format!("{name}/charts/db/Chart.yaml"), DB.to_owned()),
    ];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let file = format!("{name}/{}", entry.file_name().to_str().unwrap());
        files.push((file, fs::read_to_string(entry.path()).unwrap()));
    }
    files
}

const DB: &str = "apiVersion: v2\nname: db\nversion: 0.9.0\n";

fn dependencies(site: &Arc<Site>) -> Dependencies {
    Dependencies::new(Arc::clone(site) as _).with_alias("lab", URL)
}

#[tokio::test]
async fn locks_are_those_of_helm() {
    for (name, file) in
        [("parent", "Chart.lock"), ("old", "requirements.lock"), ("named", "Chart.lock")]
    {
        let files = golden(name);
        let expected =
            files.iter().find(|(at, _)| at.ends_with(file)).map(|(_, text)| text.clone()).unwrap();
        let (_, generated) = expected.split_once("generated: \"").unwrap();
        let generated = generated.trim().trim_matches('"').parse().unwrap();
        let tree = Tree::from_files(files).unwrap();
        let lock = dependencies(&site()).lock(&tree, &path(name)).await.unwrap();
        assert_eq!(lock.to_yaml(generated).unwrap(), expected, "{name}");
    }
}

#[tokio::test]
async fn locks_of_helm_are_honoured() {
    for (name, expected) in [
        ("parent", vec!["charts/web-1.10.0.tgz", "charts/db-0.9.0.tgz"]),
        ("old", vec!["charts/web-1.2.0.tgz"]),
        ("named", vec!["charts/web-2.0.0+build.1.tgz"]),
    ] {
        let tree = Tree::from_files(golden(name)).unwrap();
        let vendored = dependencies(&site()).vendor(&tree, &path(name)).await.unwrap();
        for file in expected {
            let at = path(name).join(file).unwrap();
            assert!(vendored.read(&at).is_ok(), "{at} is missing");
        }
    }
}

#[tokio::test]
async fn a_lock_that_is_out_of_sync_is_an_error_that_says_what_to_do() {
    for (name, file, from, to) in [
        ("parent", "Chart.yaml", "<2", "<3"),
        ("parent", "Chart.yaml", "alias: front", "alias: back"),
        ("parent", "Chart.lock", "version: 1.10.0", "version: 1.2.0"),
        ("parent", "Chart.lock", "digest: sha256:b", "digest: sha256:a"),
        ("named", "Chart.yaml", "0.9.x", "0.8.x"),
        ("old", "requirements.yaml", "~1.2", "~1.3"),
    ] {
        let mut files = golden(name);
        let wanted = format!("{name}/{file}");
        let (_, text) = files.iter_mut().find(|(at, _)| *at == wanted).unwrap();
        assert!(text.contains(from), "{name}/{file} has no {from}");
        *text = text.replace(from, to);
        let site = site();
        let tree = Tree::from_files(files).unwrap();
        let err = dependencies(&site).vendor(&tree, &path(name)).await.unwrap_err();
        assert!(matches!(err, DependencyError::OutOfSync { .. }), "{name}: {err}");
        assert!(err.to_string().contains("helm dependency update"), "{err}");
        assert!(site.asked().is_empty(), "nobody is asked for what is not in sync");
    }
}

#[tokio::test]
async fn the_lock_of_helm_2_holds_for_charts_of_its_format() {
    let requirements = "dependencies:\n- name: web\n  version: ~1.2\n  repository: \"@lab\"\n";
    let asked = r#"{"dependencies":[{"name":"web","version":"~1.2","repository":"@lab"}]}"#;
    let digest = gitops_core::Digest::of(asked);
    let lock = format!(
        "dependencies:\n- name: web\n  repository: {URL}\n  version: 1.2.0\ndigest: {digest}\n"
    );
    let tree = |api_version: &str| {
        Tree::from_files([
            ("a/Chart.yaml", format!("apiVersion: {api_version}\nname: a\nversion: 1.0.0\n")),
            ("a/requirements.yaml", requirements.to_owned()),
            ("a/requirements.lock", lock.clone()),
        ])
        .unwrap()
    };
    let site = site();
    let vendored = dependencies(&site).vendor(&tree("v1"), &path("a")).await.unwrap();
    assert!(vendored.read(&path("a/charts/web-1.2.0.tgz")).is_ok());
    let err = dependencies(&site).vendor(&tree("v2"), &path("a")).await.unwrap_err();
    assert!(matches!(err, DependencyError::OutOfSync { .. }), "{err}");
}

#[tokio::test]
async fn a_lock_that_cannot_be_read_is_an_error() {
    for text in ["[]", "a: [", "dependencies: {}", "dependencies: [{name: [1]}]"] {
        let mut files = golden("parent");
        files.iter_mut().find(|(at, _)| at.ends_with("Chart.lock")).unwrap().1 = text.to_owned();
        let tree = Tree::from_files(files).unwrap();
        let err = dependencies(&site()).vendor(&tree, &path("parent")).await.unwrap_err();
        let expected = matches!(err, DependencyError::Chart(_) | DependencyError::OutOfSync { .. });
        assert!(expected, "{text} gives {err}");
    }
}
