//! Packaged charts: rendered from where they lie, within limits, nothing outside their folder.

use gitops_core::{RenderError, Renderer, Tree};
use gitops_render::{HelmRenderer, helm::FOLDER_DEPTH_MAX};

use super::{Entry, archive, chart, path};

const CHART: (&str, Entry<'static>) =
    ("web/Chart.yaml", Entry::File("apiVersion: v2\nname: web\nversion: 1.0.0\n"));

async fn render(package: Vec<u8>) -> Result<Vec<gitops_core::Object>, RenderError> {
    let tree = Tree::from_files([("charts/web-1.0.0.tgz", package)]).unwrap();
    HelmRenderer::new(path("charts/web-1.0.0.tgz"), "shop", "prod").render(&tree).await
}

#[tokio::test]
async fn a_package_renders_from_where_it_lies() {
    let objects = render(chart("web", "1.0.0")).await.unwrap();
    assert_eq!(objects[0].id().to_string(), "ConfigMap/web");
    let origin = objects[0].origin().unwrap();
    assert_eq!(origin.path, "charts/web-1.0.0.tgz/templates/a.yaml");
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    for (name, expected) in [
        ("../evil", ""),
        ("web/../../evil", "references parent directory"),
        ("web//etc/passwd", "absolute paths"),
        ("/etc/passwd", ""),
        ("web", "outside the base directory"),
        ("web/c:/evil", "illegally named"),
    ] {
        let result = render(archive(&[CHART, (name, Entry::File("evil"))])).await;
        match (expected, result) {
            // The folder of the archive has any name, an empty one too: it is taken off.
            ("", result) => assert!(result.is_ok(), "{name} gives {result:?}"),
            (expected, Err(err)) => assert!(err.to_string().contains(expected), "{name}: {err}"),
            (_, Ok(_)) => panic!("{name} was taken"),
        }
    }
}

#[tokio::test]
async fn links_and_devices_of_a_package_are_empty_files() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n\
                    data: {passwd: {{ .Files.Get \"passwd\" | quote }}}\n";
    let package = archive(&[
        CHART,
        ("web/passwd", Entry::Link("/etc/passwd")),
        ("web/templates/b.yaml", Entry::Link("../../outside.yaml")),
        ("web/null", Entry::Special(b'3')),
        ("web/hard", Entry::Special(b'1')),
        ("web/templates/a.yaml", Entry::File(template)),
    ]);
    let objects = render(package).await.unwrap();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].value()["data"]["passwd"], "");
}

fn limit(result: Result<Vec<gitops_core::Object>, RenderError>) -> (&'static str, u64) {
    match result {
        Err(RenderError::Limit { limit, max, .. }) => (limit, max),
        other => panic!("expected a limit, got {other:?}"),
    }
}

#[tokio::test]
async fn folders_that_nest_too_deep_are_refused() {
    let max = u64::from(FOLDER_DEPTH_MAX);
    // The names of tar headers are short, but may be split.
    let deep = |folders: usize| {
        let name = format!("web/{}x", "d/".repeat(folders));
        super::long_name(&[CHART], &name)
    };
    let most = usize::try_from(FOLDER_DEPTH_MAX).unwrap();
    assert!(render(deep(most)).await.is_ok());
    assert_eq!(limit(render(deep(most + 1)).await), ("FOLDER_DEPTH_MAX", max));
}

#[tokio::test]
async fn damaged_packages_say_so() {
    let good = chart("web", "1.0.0");
    let cut = good[..good.len() / 2].to_vec();
    assert!(render(cut).await.is_err());
    let err = render(b"no package".to_vec()).await.unwrap_err();
    assert!(err.to_string().contains("does not appear to be a gzipped archive"), "{err}");
    let err = render(archive(&[("web/README.md", Entry::File("# Web"))])).await.unwrap_err();
    assert!(err.to_string().contains("Chart.yaml"), "{err}");
}
