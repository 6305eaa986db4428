//! Charts that a chart needs: brought from where they are, laid where they are looked for.

use std::sync::Arc;

use gitops_core::{Renderer, Tree};
use gitops_render::{
    HelmRenderer,
    helm::{
        DEPENDENCIES_MAX, Dependencies, DependencyError,
        repository::{ChartRepository, Credentials, MemoryCache},
    },
};

use super::{chart, index, oci::publish, path, site::Site};

fn site() -> Arc<Site> {
    let site = Site::new();
    let (old, new, db) = (chart("web", "1.0.0"), chart("web", "1.5.0"), chart("db", "0.1.0"));
    let entries =
        [("web", "1.0.0", "web-1.0.0.tgz", &old[..]), ("web", "1.5.0", "web-1.5.0.tgz", &new[..])];
    site.file("https://charts.test/index.yaml", index(&entries));
    site.file("https://charts.test/web-1.0.0.tgz", old);
    site.file("https://charts.test/web-1.5.0.tgz", new);
    publish(&site, "team/db", "0.1.0", &db);
    site.file("https://registry.test/v2/team/db/tags/list", r#"{"tags": ["0.1.0"]}"#);
    site
}

fn parent(dependencies: &str) -> String {
    format!("apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n{dependencies}")
}

const WEB: &str = "- {name: web, version: ^1, repository: \"https://charts.test/\"}\n";
const DB: &str = "- {name: db, version: 0.x, repository: \"oci://registry.test/team\"}\n";
const LOCAL: &str = "- {name: lib, version: \">0\", repository: \"file://../../lib\"}\n";

fn dependencies(site: &Arc<Site>) -> Dependencies {
    Dependencies::new(Arc::clone(site) as _)
}

async fn ids(tree: &Tree) -> Vec<String> {
    let renderer = HelmRenderer::new(path("apps/shop"), "shop", "prod");
    let objects = renderer.render(tree).await.unwrap();
    let version = |object: &gitops_core::Object| object.value()["data"]["version"].clone();
    objects.iter().map(|object| format!("{} {}", object.id(), version(object))).collect()
}

#[tokio::test]
async fn a_chart_renders_with_what_it_needs() {
    let site = site();
    let lib = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lib}\ndata: {version: local}\n";
    let tree = Tree::from_files([
        ("apps/shop/Chart.yaml", parent(&format!("{WEB}{DB}{LOCAL}"))),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 3.0.0\n".to_owned()),
        ("lib/templates/a.yaml", lib.to_owned()),
        ("lib/templates/draft.yaml", "kind: Never".to_owned()),
        ("lib/.helmignore", "draft.yaml\n".to_owned()),
        ("README.md", "# Shop".to_owned()),
    ])
    .unwrap();
    let vendored = dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    assert_eq!(
        ids(&vendored).await,
        ["ConfigMap/db \"0.1.0\"", "ConfigMap/lib \"local\"", "ConfigMap/web \"1.5.0\""]
    );
    assert_eq!(vendored.read(&path("README.md")).unwrap(), "# Shop");
    assert!(tree.kind(&path("apps/shop/charts")).unwrap().is_none(), "the tree itself is the same");
    let again = dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    let root = gitops_core::TreePath::root();
    assert_eq!(vendored.digest(&root).unwrap(), again.digest(&root).unwrap(), "the same each time");
}

#[tokio::test]
async fn what_is_there_is_not_asked_for() {
    let site = site();
    let tree = Tree::from_files([
        ("apps/shop/Chart.yaml", parent(WEB).into_bytes()),
        ("apps/shop/charts/web-1.0.0.tgz", chart("web", "1.0.0")),
    ])
    .unwrap();
    let vendored = dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    assert_eq!(ids(&vendored).await, ["ConfigMap/web \"1.0.0\""]);
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn a_lock_decides_and_old_packages_go() {
    let site = site();
    let needs = parent(WEB);
    let bare = Tree::from_files([("apps/shop/Chart.yaml", needs.clone())]).unwrap();
    let lock = dependencies(&site).lock(&bare, &path("apps/shop")).await.unwrap();
    assert_eq!(lock.dependencies[0].version, "1.5.0");
    let tree = Tree::from_files([
        ("apps/shop/Chart.yaml", needs.into_bytes()),
        ("apps/shop/Chart.lock", lock.to_yaml(jiff::Timestamp::UNIX_EPOCH).unwrap().into_bytes()),
        ("apps/shop/charts/web-1.0.0.tgz", chart("web", "1.0.0")),
        ("apps/shop/charts/web-extra-1.0.0.tgz", chart("web-extra", "1.0.0")),
    ])
    .unwrap();
    let vendored = dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    let listed = vendored.list(&path("apps/shop/charts")).unwrap();
    let listed: Vec<_> = listed.iter().filter_map(|entry| entry.path.file_name()).collect();
    assert_eq!(listed, ["web-1.5.0.tgz", "web-extra-1.0.0.tgz"]);
}

#[tokio::test]
async fn one_chart_can_be_needed_twice() {
    let site = site();
    let needs = parent(
        "- {name: web, version: 1.0.0, repository: \"https://charts.test\", alias: old}\n\
         - {name: web, version: ~1.5, repository: \"https://charts.test\", alias: new}\n",
    );
    let tree = Tree::from_files([
        ("apps/shop/Chart.yaml", needs.into_bytes()),
        ("apps/shop/charts/web-1.0.0.tgz", chart("web", "1.0.0")),
        ("apps/shop/charts/web-0.1.0.tgz", chart("web", "0.1.0")),
    ])
    .unwrap();
    let vendored = dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    let listed = vendored.list(&path("apps/shop/charts")).unwrap();
    let listed: Vec<_> = listed.iter().filter_map(|entry| entry.path.file_name()).collect();
    assert_eq!(listed, ["web-1.0.0.tgz", "web-1.5.0.tgz"]);
}

#[tokio::test]
async fn repositories_have_names_credentials_and_a_cache() {
    let site = site();
    let known = ChartRepository::new("https://charts.test", Arc::clone(&site) as _).unwrap();
    let known = known.with_credentials(Arc::new(Credentials::bearer("t0ken")));
    let needs = parent("- {name: web, version: ^1, repository: \"@stable\"}\n");
    let tree = Tree::from_files([("apps/shop/Chart.yaml", needs)]).unwrap();
    let closed = dependencies(&site)
        .with_alias("stable", "https://charts.test/")
        .with_repository("https://charts.test", known)
        .only_known();
    closed.vendor(&tree, &path("apps/shop")).await.unwrap();
    assert!(site.seen().iter().all(|(_, shown)| shown.as_deref() == Some("Bearer t0ken")));

    let open = Tree::from_files([("apps/shop/Chart.yaml", parent(DB))]).unwrap();
    let err = closed.vendor(&open, &path("apps/shop")).await.unwrap_err();
    assert!(err.to_string().contains("none of the repositories that may be asked"), "{err}");

    let cached = dependencies(&site).with_cache(Arc::new(MemoryCache::default()));
    for blobs in [1, 0] {
        cached.vendor(&open, &path("apps/shop")).await.unwrap();
        let asked = site.asked();
        let found = asked.iter().filter(|url| url.contains("/blobs/")).count();
        assert_eq!(found, blobs, "{asked:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_says_who_asks_and_what_to_do() {
    for (needs, expected) in [
        ("- {name: x, version: 1.x, repository: \"\"}\n", "does not lie in charts/"),
        ("- {name: x, version: 1.x, repository: \"@none\"}\n", "no repository was given the name"),
        ("- {name: x, version: 1.x, repository: stable}\n", "is no repository"),
        ("- {name: x, version: 1.x, repository: \"file://../../..\"}\n", "leads out of the tree"),
        ("- {name: x, version: 1.x, repository: \"file:///etc\"}\n", "leads out of the tree"),
        ("- {name: x, version: 1.x, repository: \"file://../none\"}\n", "apps/none not found"),
        ("- {name: lib, version: ^4, repository: \"file://../../lib\"}\n", "not within \"^4\""),
        ("- {name: web, version: ^4, repository: \"https://charts.test\"}\n", "is within \"^4\""),
        ("- {name: web, version: odd, repository: \"https://charts.test\"}\n", "no range"),
        ("- {name: x, version: ^4, repository: \"https://charts.test\"}\n", "cannot be brought"),
        (
            "- {name: x, version: 1.0.0, repository: \"oci://registry.test/a\"}\n",
            "cannot be brought",
        ),
    ] {
        let tree = Tree::from_files([
            ("apps/shop/Chart.yaml", parent(needs)),
            ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 3.0.0\n".to_owned()),
        ])
        .unwrap();
        let err = dependencies(&site()).vendor(&tree, &path("apps/shop")).await.unwrap_err();
        assert!(err.to_string().contains(expected), "{needs} gives {err}");
        assert!(err.to_string().starts_with("apps/shop/Chart.yaml: dependency"), "{err}");
        assert!(!err.is_transient(), "{err}");
        assert!(
            dependencies(&site()).lock(&tree, &path("apps/shop")).await.is_err()
                || needs.contains("1.0.0")
        );
    }
}

#[tokio::test]
async fn too_many_dependencies_are_refused() {
    let names =
        (0..=DEPENDENCIES_MAX).map(|number| format!("- {{name: x{number}, version: 1.x}}\n"));
    let tree = Tree::from_files([("Chart.yaml", parent(&names.collect::<String>()))]).unwrap();
    let root = gitops_core::TreePath::root();
    match dependencies(&site()).vendor(&tree, &root).await {
        Err(DependencyError::Limit { limit, max, path }) => {
            assert_eq!((limit, max), ("DEPENDENCIES_MAX", DEPENDENCIES_MAX as u64));
            assert_eq!(path, "Chart.yaml");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_read_of_the_tree_is_known() {
    let site = site();
    let files = [("apps/shop/Chart.yaml", parent(WEB)), ("other/file", String::new())];
    let (tree, noted) = Tree::from_files(files.clone()).unwrap().track();
    dependencies(&site).vendor(&tree, &path("apps/shop")).await.unwrap();
    let reads = noted.reads();
    let mut other = files.clone();
    "changed".clone_into(&mut other[1].1);
    assert!(
        reads.holds(&Tree::from_files(other).unwrap()).unwrap(),
        "another folder does not count"
    );
    let mut locked = files.to_vec();
    locked.push(("apps/shop/Chart.lock", String::new()));
    assert!(!reads.holds(&Tree::from_files(locked).unwrap()).unwrap(), "a new lock counts");
}
