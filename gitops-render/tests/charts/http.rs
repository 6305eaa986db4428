//! Chart repositories: which version is picked, where its package is, and whether it is that.

use std::sync::Arc;

use gitops_core::{Renderer, Source, SourceError};
use gitops_render::{
    HelmRenderer,
    helm::repository::{ChartRepository, ChartSource},
};

use super::{chart, index, path, site::Site};

const VERSIONS: [&str; 6] = ["1.0.0", "1.2.0", "1.3.0-rc.1", "2.0.0+build.1", "1.10.0", "0.9.0"];

fn site() -> Arc<Site> {
    let site = Site::new();
    let packages: Vec<_> = VERSIONS.iter().map(|version| chart("web", version)).collect();
    let urls: Vec<_> = VERSIONS.iter().map(|version| format!("web-{version}.tgz")).collect();
    let mut entries = Vec::new();
    for ((version, url), package) in VERSIONS.iter().zip(&urls).zip(&packages) {
        site.file(&format!("https://charts.test/stable/{url}"), package.clone());
        entries.push(("web", *version, url.as_str(), package.as_slice()));
    }
    site.file("https://charts.test/stable/index.yaml", index(&entries));
    site
}

fn source(site: &Arc<Site>, version: &str) -> ChartSource {
    repository(site).chart("web", version).unwrap()
}

fn repository(site: &Arc<Site>) -> ChartRepository {
    ChartRepository::new("https://charts.test/stable/", Arc::clone(site) as _).unwrap()
}

async fn picked(site: &Arc<Site>, version: &str) -> String {
    match source(site, version).resolve().await {
        Ok(revision) => revision.reference().unwrap().to_owned(),
        Err(err) => err.to_string(),
    }
}

// The answers are those of helm v4.3.1 to `helm pull web --version …`.
#[tokio::test]
async fn versions_are_picked_as_helm_picks_them() {
    let site = site();
    for (wanted, found) in [
        ("", "2.0.0+build.1"),
        ("^1", "1.10.0"),
        (">=1.0.0 <2", "1.10.0"),
        (">=1.2-0", "2.0.0+build.1"),
        ("1.2", "1.2.0"),
        ("1.0.0", "1.0.0"),
        ("v1.0.0", "1.0.0"),
        ("~1.2.0", "1.2.0"),
        ("*-0", "2.0.0+build.1"),
        ("2.0.0", "2.0.0+build.1"),
        ("2.0.0+build.1", "2.0.0+build.1"),
        ("1.3.0-rc.1", "1.3.0-rc.1"),
    ] {
        assert_eq!(picked(&site, wanted).await, format!("web:{found}"), "{wanted:?}");
    }
    let none = picked(&site, "^3").await;
    let start =
        "chart web of https://charts.test/stable/ has no version \"^3\" of chart \"web\"; it has";
    assert!(none.starts_with(start), "{none}");
    assert!(repository(&site).chart("web", "no range").is_err());
}

#[tokio::test]
async fn a_fetched_chart_renders() {
    let site = site();
    let source = source(&site, "~1.2.0");
    let revision = source.resolve().await.unwrap();
    let tree = source.fetch(&revision).await.unwrap();
    let renderer = HelmRenderer::new(path(source.name()), "shop", "prod");
    let objects = renderer.render(&tree).await.unwrap();
    assert_eq!(objects[0].value()["data"]["version"], "1.2.0");
    let asked = site.asked();
    assert_eq!(
        asked,
        ["https://charts.test/stable/index.yaml", "https://charts.test/stable/web-1.2.0.tgz"],
        "the index is not asked for twice"
    );
}

#[tokio::test]
async fn urls_are_relative_to_the_repository_and_keep_its_query() {
    let package = chart("web", "1.0.0");
    for (url, expected) in [
        ("charts/web.tgz", "https://charts.test/a/charts/web.tgz?key=1"),
        ("../web.tgz?other=2", "https://charts.test/web.tgz?key=1"),
        ("/web.tgz", "https://charts.test/web.tgz?key=1"),
        ("https://cdn.test/web.tgz?own=3", "https://cdn.test/web.tgz?own=3"),
    ] {
        let site = Site::new();
        let text = index(&[("web", "1.0.0", url, &package)]);
        site.file("https://charts.test/a/index.yaml?key=1", text);
        site.file(expected, package.clone());
        let repository =
            ChartRepository::new("https://charts.test/a?key=1", Arc::clone(&site) as _);
        let source = repository.unwrap().chart("web", "").unwrap();
        let fetched = source.fetch(&source.resolve().await.unwrap()).await;
        assert!(fetched.is_ok(), "{url} gives {fetched:?}, asked {:?}", site.asked());
    }
}

#[tokio::test]
async fn a_package_of_another_digest_is_refused() {
    let site = site();
    site.file("https://charts.test/stable/web-1.2.0.tgz", chart("web", "1.2.0-forged"));
    let source = source(&site, "1.2.0");
    let err = source.fetch(&source.resolve().await.unwrap()).await.unwrap_err();
    assert!(
        matches!(&err, SourceError::Invalid { problem, .. } if problem.contains("digest")),
        "{err}"
    );
}

#[tokio::test]
async fn a_version_that_was_published_anew_is_another_revision() {
    let site = site();
    let source = source(&site, "1.2.0");
    let before = source.resolve().await.unwrap();
    let other = super::archive(&[(
        "web/Chart.yaml",
        super::Entry::File("apiVersion: v2\nname: web\nversion: 1.2.0\ndescription: other\n"),
    )]);
    let text = index(&[("web", "1.2.0", "web-1.2.0.tgz", &other)]);
    site.file("https://charts.test/stable/index.yaml", text);
    site.file("https://charts.test/stable/web-1.2.0.tgz", other);
    let after = source.resolve().await.unwrap();
    assert_ne!(before, after);
    let gone = source.fetch(&before).await.unwrap_err();
    assert!(matches!(gone, SourceError::NotFound { .. }), "{gone}");
    assert!(source.fetch(&after).await.is_ok());
}

#[tokio::test]
async fn an_index_without_digests_costs_the_package_at_once() {
    let site = Site::new();
    let text =
        "apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.0.0, urls: [web.tgz]}\n";
    site.file("https://charts.test/stable/index.yaml", text);
    site.file("https://charts.test/stable/web.tgz", chart("web", "1.0.0"));
    let source = source(&site, "");
    let revision = source.resolve().await.unwrap();
    assert!(source.fetch(&revision).await.is_ok());
    site.file("https://charts.test/stable/web.tgz", chart("web", "1.0.1"));
    let gone = source.fetch(&revision).await.unwrap_err();
    assert!(matches!(gone, SourceError::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn entries_that_no_chart_could_have_are_left_out() {
    let package = chart("web", "1.0.0");
    let good = index(&[("web", "1.0.0", "web.tgz", &package)]);
    for bad in [
        "null",
        "text",
        "{name: web, urls: [x]}",
        "{name: web, version: not.a.version, urls: [x]}",
        "{name: ../web, version: 9.0.0, urls: [x]}",
        "{name: web, version: 9.0.0, type: odd, urls: [x]}",
        "{name: web, version: [9], urls: [x]}",
        "{name: web, version: 9.0.0, digest: xyz, urls: [x]}",
    ] {
        let site = Site::new();
        let text = format!("{good}  - {bad}\n");
        site.file("https://charts.test/stable/index.yaml", text);
        assert_eq!(picked(&site, "").await, "web:1.0.0", "{bad}");
    }
    // Names of dependencies that repeat are no reason.
    let site = Site::new();
    let twice = "{name: web, version: 9.0.0, digest: '', urls: [web.tgz], \
                 dependencies: [{name: a}, {name: a}]}";
    site.file("https://charts.test/stable/index.yaml", format!("{good}  - {twice}\n"));
    site.file("https://charts.test/stable/web.tgz", package);
    assert_eq!(picked(&site, "").await, "web:9.0.0");
}

#[tokio::test]
async fn an_index_says_what_is_wrong_with_it() {
    for (text, expected) in [
        ("", "index.yaml is empty"),
        ("entries: {}\n", "no apiVersion"),
        ("apiVersion: v1\nentries: {}\n", "no chart \"web\"; it has no charts"),
        ("apiVersion: v1\nentries: {website: []}\n", "did you mean website"),
        ("apiVersion: v1\nentries: {web: []}\n", "it has no version of this chart"),
        ("apiVersion: v1\nentries: {web: {}}\n", "is no list"),
        ("[]", "is no mapping"),
        ("a: [", "cannot be read"),
        (
            "{\"apiVersion\":\"v1\",\"entries\":{\"web\":[{\"name\":\"web\",\"version\":\"1.0.0\"}]}}",
            "no URL",
        ),
    ] {
        let site = Site::new();
        site.file("https://charts.test/stable/index.yaml", text);
        let found = picked(&site, "").await;
        assert!(found.contains(expected), "{text:?} gives {found}");
    }
}

#[tokio::test]
async fn only_the_chart_that_was_asked_for_is_taken() {
    let site = Site::new();
    let package = chart("other", "1.0.0");
    site.file(
        "https://charts.test/stable/index.yaml",
        index(&[("web", "1.0.0", "web.tgz", &package)]),
    );
    site.file("https://charts.test/stable/web.tgz", package);
    let source = source(&site, "");
    let err = source.fetch(&source.resolve().await.unwrap()).await.unwrap_err();
    assert!(err.to_string().contains("holds the chart \"other\""), "{err}");
}

#[test]
fn urls_that_are_none_are_refused_without_showing_them() {
    for url in ["charts.test", "ftp://charts.test", "https://me:s3cret@charts.test", "oci://"] {
        let err = ChartRepository::new(url, Site::new() as _).unwrap_err();
        assert!(!format!("{err} {err:?}").contains("s3cret"), "{err}");
        assert!(matches!(err, SourceError::Invalid { .. }), "{url}: {err}");
    }
    for name in ["", ".", "..", "a/b"] {
        assert!(repository(&Site::new()).chart(name, "").is_err(), "{name} was taken");
    }
}
