//! Registries: tags, manifests, packages, and who may have them.

use std::sync::Arc;

use gitops_core::{Digest, Source, SourceError};
use gitops_render::helm::repository::{
    ChartRepository, Credentials, INDEX_MANIFESTS_MAX, MANIFEST_BYTES_MAX, PACKAGE_BYTES_MAX,
    Response, TAG_PAGES_MAX, TAGS_BYTES_MAX, TOKEN_BYTES_MAX,
};
use serde_json::json;

use super::{chart, site::Site};

const REGISTRY: &str = "https://registry.test/v2/";
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn manifest(package: &[u8], layer: &str) -> String {
    let digest = Digest::of(package).to_string();
    json!({
        "schemaVersion": 2,
        "config": { "mediaType": CONFIG, "digest": Digest::of("{}").to_string(), "size": 2 },
        "layers": [
            { "mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": digest, "size": 1 },
            { "mediaType": layer, "digest": digest, "size": package.len() },
        ],
    })
    .to_string()
}

fn put(site: &Site, repository: &str, tag: &str, manifest: &str) -> Digest {
    let digest = Digest::of(manifest);
    for name in [tag.replace('+', "_"), digest.to_string()] {
        let response = Response::new(200, manifest.to_owned())
            .with_header("content-type", MANIFEST)
            .with_header("docker-content-digest", digest.to_string());
        site.page(&format!("{REGISTRY}{repository}/manifests/{name}"), response);
    }
    digest
}

/// Puts a package into the registry, as `helm push` does.
pub(crate) fn publish(site: &Site, repository: &str, tag: &str, package: &[u8]) -> Digest {
    site.file(&format!("{REGISTRY}{repository}/blobs/{}", Digest::of(package)), package);
    put(site, repository, tag, &manifest(package, LAYER))
}

fn tags(site: &Site, tags: &[&str]) {
    let page = Response::new(200, json!({ "name": "x", "tags": tags }).to_string());
    site.page(&format!("{REGISTRY}team/web/tags/list"), page);
}

fn registry(site: &Arc<Site>) -> ChartRepository {
    ChartRepository::new("oci://registry.test/team/", Arc::clone(site) as _).unwrap()
}

async fn picked(site: &Arc<Site>, version: &str) -> String {
    match registry(site).chart("web", version).unwrap().resolve().await {
        Ok(revision) => revision.to_string(),
        Err(err) => err.to_string(),
    }
}

#[tokio::test]
async fn tags_are_versions_and_a_version_is_a_tag() {
    let site = Site::new();
    for version in ["1.0.0", "1.2.0", "1.3.0-rc.1", "2.0.0+build.1", "1.10.0", "latest", "v3.0.0"] {
        publish(&site, "team/web", version, &chart("web", version));
    }
    tags(
        &site,
        &["latest", "1.0.0", "1.10.0", "1.2.0", "2.0.0_build.1", "1.3.0-rc.1", "v3.0.0", "1"],
    );
    for (wanted, found) in [
        ("", "2.0.0+build.1"),
        ("^1", "1.10.0"),
        (">=1.2-0 <2", "1.10.0"),
        ("~1.3.0-0", "1.3.0-rc.1"),
        ("1.0.0", "1.0.0"),
        ("2.0.0+build.1", "2.0.0+build.1"),
        ("v3.0.0", "v3.0.0"),
    ] {
        let digest = Digest::of(manifest(&chart("web", found), LAYER));
        assert_eq!(picked(&site, wanted).await, format!("web:{found}@{digest}"), "{wanted:?}");
    }
    site.seen();
    picked(&site, "1.0.0").await;
    assert_eq!(
        site.asked(),
        [format!("{REGISTRY}team/web/manifests/1.0.0")],
        "no tags are asked for"
    );
    let none = picked(&site, "^4").await;
    assert!(none.contains("it has the versions 2.0.0+build.1, 1.10.0"), "{none}");
    assert!(picked(&site, "4.0.0").await.contains("no version \"4.0.0\""));
}

#[tokio::test]
async fn tags_come_in_pages() {
    let site = Site::new();
    let page = |number: usize| format!("{REGISTRY}team/web/tags/list?last={number}");
    let first = Response::new(200, json!({ "tags": ["1.0.0"] }).to_string());
    let link = "</v2/team/web/tags/list?last=1>; rel=\"next\"";
    site.page(&format!("{REGISTRY}team/web/tags/list"), first.with_header("link", link));
    let second = Response::new(200, json!({ "tags": null }).to_string());
    site.page(&page(1), second.with_header("link", "<?last=2>; a=b; rel=next"));
    site.page(&page(2), Response::new(200, json!({ "tags": ["1.1.0"] }).to_string()));
    assert_eq!(registry(&site).versions("web").await.unwrap(), ["1.1.0", "1.0.0"]);

    let away = Response::new(200, "{}").with_header("link", "<https://other.test/>; rel=next");
    site.page(&page(2), away);
    let err = registry(&site).versions("web").await.unwrap_err();
    assert!(err.to_string().contains("another server"), "{err}");

    let endless = Response::new(200, "{}").with_header("link", "<?last=2>; rel=next");
    site.page(&page(2), endless);
    site.seen();
    match registry(&site).versions("web").await {
        Err(SourceError::Limit { limit, max, .. }) => {
            assert_eq!((limit, max), ("TAG_PAGES_MAX", TAG_PAGES_MAX as u64));
            assert_eq!(site.asked().len(), TAG_PAGES_MAX);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_what_was_promised_is_refused() {
    let package = chart("web", "1.0.0");
    let blob = format!("{REGISTRY}team/web/blobs/{}", Digest::of(&package));
    // Another package, another manifest under the digest, and a header that lies.
    let site = Site::new();
    let digest = publish(&site, "team/web", "1.0.0", &package);
    let source = registry(&site).chart("web", "1.0.0").unwrap();
    let revision = source.resolve().await.unwrap();
    site.file(&blob, chart("web", "1.0.1"));
    let err = source.fetch(&revision).await.unwrap_err();
    assert!(err.to_string().contains("the package has the digest"), "{err}");
    site.file(&format!("{REGISTRY}team/web/manifests/{digest}"), "{}");
    let err = source.fetch(&revision).await.unwrap_err();
    assert!(err.to_string().contains("the manifest has the digest"), "{err}");
    let lie = Response::new(200, "{}").with_header("docker-content-digest", digest.to_string());
    site.page(&format!("{REGISTRY}team/web/manifests/1.0.0"), lie);
    let err = source.resolve().await.unwrap_err();
    assert!(err.to_string().contains("was promised"), "{err}");
}

#[tokio::test]
async fn what_is_no_chart_is_refused() {
    let package = chart("web", "1.0.0");
    let image = json!({ "config": { "mediaType": "application/vnd.oci.image.config.v1+json" } });
    let empty = json!({ "config": { "mediaType": CONFIG }, "layers": [] });
    let sizeless = manifest(&package, LAYER).replace("\"size\"", "\"length\"");
    let many = vec![
        json!({ "mediaType": MANIFEST, "digest": Digest::of("").to_string(), "size": 0 });
        INDEX_MANIFESTS_MAX + 1
    ];
    for (text, expected) in [
        (image.to_string(), "application/vnd.oci.image.config.v1+json, no chart"),
        (empty.to_string(), "no layer"),
        (sizeless, "without a size"),
        (json!({ "mediaType": INDEX, "manifests": [] }).to_string(), "none of a chart"),
        (json!({ "mediaType": INDEX, "manifests": many }).to_string(), "INDEX_MANIFESTS_MAX"),
        ("no JSON".to_owned(), "no JSON"),
    ] {
        let site = Site::new();
        put(&site, "team/web", "1.0.0", &text);
        let source = registry(&site).chart("web", "1.0.0").unwrap();
        let err = source.fetch(&source.resolve().await.unwrap()).await.unwrap_err();
        assert!(err.to_string().contains(expected), "{text} gives {err}");
    }
}

#[tokio::test]
async fn old_layers_and_indexes_of_manifests_are_read() {
    let package = chart("web", "1.0.0");
    let site = Site::new();
    publish(&site, "team/web", "other", &package);
    put(&site, "team/web", "1.0.0", &manifest(&package, "application/tar+gzip"));
    let source = registry(&site).chart("web", "1.0.0").unwrap();
    assert!(source.fetch(&source.resolve().await.unwrap()).await.is_ok());

    let image = json!({ "config": {} }).to_string();
    let image = put(&site, "team/web", "image", &image);
    let chart = Digest::of(manifest(&package, LAYER));
    let entry =
        |digest: Digest| json!({ "mediaType": MANIFEST, "digest": digest.to_string(), "size": 1 });
    let index = json!({ "mediaType": INDEX, "manifests": [entry(image), entry(chart)] });
    put(&site, "team/web", "1.0.0", &index.to_string());
    assert!(source.fetch(&source.resolve().await.unwrap()).await.is_ok());
}

// A registry that gives nothing without a token, and tokens to those who know the password.
fn guarded(realm: &'static str) -> Arc<Site> {
    let package = chart("web", "1.0.0");
    let manifest = manifest(&package, LAYER);
    Site::handled(move |request| {
        let url = request.url.as_str();
        let authorization = request.authorization.as_deref();
        if url.starts_with("https://token.test/") {
            assert!(url.contains("service=the+registry"), "{url}");
            assert!(url.contains("scope=repository%3Ateam%2Fweb%3Apull"), "{url}");
            // me:s3cret
            return match authorization {
                Some("Basic bWU6czNjcmV0") => Response::new(200, r#"{"access_token": "t0ken"}"#),
                None => Response::new(200, r#"{"token": "anonymous"}"#),
                Some(_) => Response::new(401, ""),
            };
        }
        match authorization {
            Some("Bearer t0ken") if url.contains("/blobs/") => Response::new(200, package.clone()),
            Some("Bearer t0ken") => Response::new(200, manifest.clone()),
            Some("Bearer anonymous") => Response::new(403, ""),
            _ => Response::new(401, "").with_header("www-authenticate", realm),
        }
    })
}

const REALM: &str = "Bearer realm=\"https://token.test/auth\",service=\"the registry\"";

#[tokio::test]
async fn tokens_are_got_where_the_registry_says() {
    let site = guarded(REALM);
    let me = Arc::new(Credentials::basic("me", "s3cret"));
    let source = registry(&site).with_credentials(me).chart("web", "1.0.0").unwrap();
    let revision = source.resolve().await.unwrap();
    assert!(source.fetch(&revision).await.is_ok());
    let tokens = site.asked().iter().filter(|url| url.contains("token.test")).count();
    assert_eq!(tokens, 1, "a token is used again");

    for credentials in [Some(Credentials::basic("me", "wr0ng")), None] {
        let site = guarded(REALM);
        let mut registry = registry(&site);
        if let Some(credentials) = credentials {
            registry = registry.with_credentials(Arc::new(credentials));
        }
        let err = registry.chart("web", "1.0.0").unwrap().resolve().await.unwrap_err();
        assert!(matches!(err, SourceError::Denied { .. }), "{err}");
        let shown = format!("{err:?} {registry:?}");
        assert!(!shown.contains("wr0ng") && !shown.contains("anonymous"), "{shown}");
    }
}

#[tokio::test]
async fn tokens_are_not_sent_in_the_clear() {
    let site = guarded("Bearer realm=\"http://token.test/auth\"");
    let err = registry(&site).chart("web", "1.0.0").unwrap().resolve().await.unwrap_err();
    assert!(err.to_string().contains("in the clear"), "{err}");
}

#[tokio::test]
async fn bearer_and_basic_are_shown_to_the_registry() {
    let package = chart("web", "1.0.0");
    let manifest = manifest(&package, LAYER);
    for (credentials, expected) in [
        (Credentials::basic("me", "s3cret"), "Basic bWU6czNjcmV0"),
        (Credentials::bearer("t0ken"), "Bearer t0ken"),
    ] {
        let manifest = manifest.clone();
        let site = Site::handled(move |request| match request.authorization.as_deref() {
            Some(found) if found == expected => Response::new(200, manifest.clone()),
            _ => Response::new(401, "").with_header("www-authenticate", "Basic realm=\"x\""),
        });
        let registry = registry(&site).with_credentials(Arc::new(credentials));
        assert!(registry.chart("web", "1.0.0").unwrap().resolve().await.is_ok(), "{expected}");
    }
}

#[tokio::test]
async fn names_that_no_registry_allows_are_refused() {
    let site = Site::new();
    let err = registry(&site).chart("Web", "1.0.0").unwrap().resolve().await.unwrap_err();
    assert!(err.to_string().contains("small letters"), "{err}");
    assert!(site.asked().is_empty());
}

async fn limit(site: &Arc<Site>, version: &str) -> (&'static str, u64) {
    let source = registry(site).chart("web", version).unwrap();
    let fetched = match source.resolve().await {
        Ok(revision) => source.fetch(&revision).await.map(drop),
        Err(err) => Err(err),
    };
    match fetched {
        Err(SourceError::Limit { limit, max, .. }) => (limit, max),
        other => panic!("expected a limit, got {other:?}"),
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_name() {
    let larger = |max: u64| vec![b' '; usize::try_from(max).unwrap() + 1];
    let site = Site::new();
    let tags = format!("{REGISTRY}team/web/tags/list");
    site.file(&tags, larger(TAGS_BYTES_MAX));
    assert_eq!(limit(&site, "^1").await, ("TAGS_BYTES_MAX", TAGS_BYTES_MAX));

    let tag = format!("{REGISTRY}team/web/manifests/1.0.0");
    site.file(&tag, larger(MANIFEST_BYTES_MAX));
    assert_eq!(limit(&site, "1.0.0").await, ("MANIFEST_BYTES_MAX", MANIFEST_BYTES_MAX));

    let layer = json!({ "mediaType": LAYER, "digest": Digest::of("").to_string(), "size": PACKAGE_BYTES_MAX + 1 });
    put(
        &site,
        "team/web",
        "1.0.0",
        &json!({ "config": { "mediaType": CONFIG }, "layers": [layer] }).to_string(),
    );
    assert_eq!(limit(&site, "1.0.0").await, ("PACKAGE_BYTES_MAX", PACKAGE_BYTES_MAX));

    site.page(
        &tag,
        Response::new(401, "")
            .with_header("www-authenticate", "Bearer realm=\"https://token.test/\""),
    );
    site.file("https://token.test/?scope=repository%3Ateam%2Fweb%3Apull", larger(TOKEN_BYTES_MAX));
    assert_eq!(limit(&site, "1.0.0").await, ("TOKEN_BYTES_MAX", TOKEN_BYTES_MAX));
}
