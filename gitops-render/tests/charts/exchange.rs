//! Who sees credentials, where redirects lead, what is too large.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gitops_core::{BoxError, Source, SourceError};
use gitops_render::helm::repository::{
    ChartRepository, CredentialSource, Credentials, INDEX_BYTES_MAX, REDIRECTS_MAX, Response,
};

use super::{chart, index, site::Site};

const ME: &str = "Basic bWU6czNjcmV0";

fn me() -> Arc<Credentials> {
    Arc::new(Credentials::basic("me", "s3cret"))
}

fn repository(site: &Arc<Site>) -> ChartRepository {
    ChartRepository::new("https://charts.test", Arc::clone(site) as _).unwrap()
}

fn redirect(to: &str) -> Response {
    Response::new(302, "").with_header("location", to)
}

// A repository whose packages are elsewhere, and moved on from there.
fn site() -> Arc<Site> {
    let site = Site::new();
    let package = chart("web", "1.0.0");
    let text = index(&[("web", "1.0.0", "https://packages.test/web.tgz", &package)]);
    site.page("https://charts.test/index.yaml", redirect("/here/index.yaml"));
    site.page("https://charts.test/here/index.yaml", redirect("https://mirror.test/index.yaml"));
    site.file("https://mirror.test/index.yaml", text);
    site.page("https://packages.test/web.tgz", redirect("https://store.test/web.tgz"));
    site.file("https://store.test/web.tgz", package);
    site
}

async fn fetch(repository: &ChartRepository) -> Result<(), SourceError> {
    let source = repository.chart("web", "")?;
    source.fetch(&source.resolve().await?).await.map(drop)
}

#[tokio::test]
async fn only_the_repository_sees_the_credentials() {
    let site = site();
    fetch(&repository(&site).with_credentials(me())).await.unwrap();
    for (url, shown) in site.seen() {
        let expected = url.starts_with("https://charts.test/").then_some(ME);
        assert_eq!(shown.as_deref(), expected, "{url}");
    }
    fetch(&repository(&site).with_credentials(me()).pass_credentials()).await.unwrap();
    assert!(site.seen().iter().all(|(_, shown)| shown.as_deref() == Some(ME)));
}

#[tokio::test]
async fn another_port_is_another_server() {
    let site = Site::new();
    let package = chart("web", "1.0.0");
    let text = index(&[("web", "1.0.0", "https://charts.test:8443/web.tgz", &package)]);
    site.file("https://charts.test/index.yaml", text);
    site.file("https://charts.test:8443/web.tgz", package);
    fetch(&repository(&site).with_credentials(me())).await.unwrap();
    let seen = site.seen();
    assert_eq!((seen[0].1.as_deref(), seen[1].1.as_deref()), (Some(ME), None));
}

#[tokio::test]
async fn credentials_are_not_sent_in_the_clear() {
    let site = Site::new();
    let open = ChartRepository::new("http://charts.test", Arc::clone(&site) as _).unwrap();
    let err = fetch(&open.with_credentials(me())).await.unwrap_err();
    assert!(err.to_string().contains("in the clear"), "{err}");
    assert!(site.asked().is_empty());
    let local = ChartRepository::new("http://127.0.0.1:8080", Arc::clone(&site) as _).unwrap();
    drop(fetch(&local.with_credentials(me())).await);
    assert_eq!(site.seen()[0].1.as_deref(), Some(ME), "this machine is no other");
}

#[tokio::test]
async fn redirects_have_an_end_and_stay_with_https() {
    for (to, expected) in [
        ("https://charts.test/index.yaml", "REDIRECTS_MAX"),
        ("http://charts.test/index.yaml", "away from https"),
        ("file:///etc/passwd", "not HTTP"),
        ("https://[", "no URL"),
    ] {
        let site = Site::new();
        site.page("https://charts.test/index.yaml", redirect(to));
        let err = fetch(&repository(&site)).await.unwrap_err();
        assert!(err.to_string().contains(expected), "{to} gives {err}");
        assert!(site.asked().len() <= REDIRECTS_MAX + 1);
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (status, transient, expected) in [
        (401, false, "refused the credentials"),
        (403, false, "refused the credentials"),
        (404, false, "check the URL"),
        (418, false, "check the URL"),
        (429, true, "did not answer"),
        (503, true, "did not answer"),
    ] {
        let site = Site::new();
        site.page("https://charts.test/index.yaml", Response::new(status, ""));
        let err = fetch(&repository(&site)).await.unwrap_err();
        assert_eq!(err.is_transient(), transient, "{status}: {err}");
        assert!(err.to_string().contains(expected), "{status}: {err}");
    }
    let site = Site::new();
    site.cut();
    assert!(fetch(&repository(&site)).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn answers_that_are_too_long_are_refused() {
    let site = Site::new();
    let size = usize::try_from(INDEX_BYTES_MAX).unwrap() + 1;
    site.file("https://charts.test/index.yaml", vec![b' '; size]);
    match fetch(&repository(&site)).await {
        Err(SourceError::Limit { limit, max, .. }) => {
            assert_eq!((limit, max), ("INDEX_BYTES_MAX", INDEX_BYTES_MAX));
        }
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Default)]
struct Renewed(Mutex<Vec<String>>);

#[async_trait]
impl CredentialSource for Renewed {
    async fn credentials(&self, host: &str) -> Result<Option<Credentials>, BoxError> {
        let mut asked = self.0.lock().unwrap();
        asked.push(host.to_owned());
        match asked.len() {
            1 => Ok(Some(Credentials::bearer("first"))),
            2 => Ok(None),
            _ => Err("the store is closed".into()),
        }
    }
}

#[tokio::test]
async fn credentials_are_asked_for_each_time() {
    let site = Site::new();
    let source = Arc::new(Renewed::default());
    let repository =
        ChartRepository::new("https://charts.test:8443", Arc::clone(&site) as _).unwrap();
    let repository = repository.with_credentials(Arc::clone(&source) as _);
    for _ in 0..2 {
        drop(fetch(&repository).await);
    }
    let shown: Vec<_> = site.seen().into_iter().map(|(_, shown)| shown).collect();
    assert_eq!(shown, [Some("Bearer first".to_owned()), None]);
    let err = fetch(&repository).await.unwrap_err();
    assert!(err.is_transient(), "{err}");
    assert_eq!(*source.0.lock().unwrap(), ["charts.test:8443"; 3]);
    let signed = ChartRepository::new("https://charts.test/?key=s3cret", Arc::clone(&site) as _);
    for shown in [format!("{repository:?}"), format!("{signed:?}"), format!("{:?}", me())] {
        assert!(!shown.contains("s3cret") && !shown.contains("first"), "{shown}");
    }
}
