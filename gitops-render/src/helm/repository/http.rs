//! A chart repository: `index.yaml` and packages beside it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use gitops_core::Digest;
use url::Url;

use super::{
    INDEX_BYTES_MAX, PACKAGE_BYTES_MAX,
    cache::Cache,
    exchange::{Ask, Exchange, accepted, repository_url},
    index::{self, Published},
    problem::{Outcome, Problem, invalid},
    transport::{Transport, shown},
    version::Wanted,
};

/// The charts below one URL.
#[derive(Clone)]
pub(super) struct HttpRepository {
    pub(super) url: Url,
    pub(super) exchange: Exchange,
    // The chart asked for last, and what there was of it: a fetch right after a resolve needs not
    // ask again, since the digest is checked anyway.
    last: Arc<Mutex<Option<Known>>>,
}

type Known = (String, Vec<Published>);

impl HttpRepository {
    pub(super) fn new(url: &str, transport: Arc<dyn Transport>) -> Outcome<Self> {
        let url = repository_url(url)?;
        let exchange = Exchange::new(transport, url.clone());
        Ok(Self { exchange, url, last: Arc::default() })
    }

    /// Asks which versions of a chart there are, the newest first.
    pub(super) async fn versions(&self, chart: &str) -> Outcome<Vec<Published>> {
        let url = self.join("index.yaml")?;
        let accept = "application/yaml, application/json, text/yaml, */*";
        let limit = ("INDEX_BYTES_MAX", INDEX_BYTES_MAX);
        let index = self.get(url, accept, limit, "index.yaml").await?;
        let versions = index::versions(&index, chart)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((chart.to_owned(), versions.clone()));
        Ok(versions)
    }

    /// Names the package of the newest version that will do. Only where the repository does not
    /// say the digest, the package is brought.
    pub(super) async fn resolve(
        &self,
        chart: &str,
        wanted: &Wanted,
        cache: &Cache,
    ) -> Outcome<(String, Digest)> {
        let known = self.versions(chart).await?;
        let picked = wanted
            .pick(&known, |it| &it.version)
            .ok_or_else(|| wanted.missing(chart, known.iter().map(|it| it.version.as_str())))?;
        if picked.deprecated {
            tracing::warn!(chart, version = picked.version, "this chart is deprecated");
        }
        if let (Some(digest), [_, ..]) = (picked.digest, picked.urls.as_slice()) {
            return Ok((picked.version.clone(), digest));
        }
        let package = self.package(chart, picked).await?;
        let digest = Digest::of(&package);
        cache.put(&digest, &package);
        Ok((picked.version.clone(), digest))
    }

    /// Brings the package of `version` that has `digest`.
    pub(super) async fn fetch(
        &self,
        chart: &str,
        version: &str,
        digest: &Digest,
        cache: &Cache,
    ) -> Outcome<Bytes> {
        if let Some(package) = cache.get(digest) {
            return Ok(package);
        }
        let published = self.published(chart, version, digest).await?;
        let package = self.package(chart, &published).await?;
        let found = Digest::of(&package);
        if found != *digest {
            // Without a digest in the index, all there is to say is that this is another package.
            let Some(said) = published.digest else { return Err(Problem::NoRevision) };
            return Err(invalid(format!(
                "the package of {chart} {version} has the digest {found}, its index.yaml says \
                 {said}: publish it again, or mend the index"
            )));
        }
        cache.put(digest, &package);
        Ok(package)
    }

    async fn published(&self, chart: &str, version: &str, digest: &Digest) -> Outcome<Published> {
        let fits = |it: &&Published| {
            it.version == version && it.digest.is_none_or(|known| known == *digest)
        };
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, known)) = last.filter(|(last, _)| last == chart)
            && let Some(published) = known.iter().find(|it| fits(it) && it.digest.is_some())
        {
            return Ok(published.clone());
        }
        let known = match self.versions(chart).await {
            Err(Problem::NoReference { .. }) => return Err(Problem::NoRevision),
            known => known?,
        };
        known.iter().find(fits).cloned().ok_or(Problem::NoRevision)
    }

    async fn package(&self, chart: &str, published: &Published) -> Outcome<Bytes> {
        let version = &published.version;
        let Some(url) = published.urls.first() else {
            return Err(invalid(format!("its index.yaml has no URL for {chart} {version}")));
        };
        let accept = "application/gzip, application/octet-stream, */*";
        let limit = ("PACKAGE_BYTES_MAX", PACKAGE_BYTES_MAX);
        self.get(self.join(url)?, accept, limit, &format!("package of {chart} {version}")).await
    }

    // The repository's own query, such as a signature, goes with every relative URL.
    fn join(&self, reference: &str) -> Outcome<Url> {
        if let Ok(url) = Url::parse(reference) {
            if matches!(url.scheme(), "http" | "https") {
                return Ok(url);
            }
            let scheme = url.scheme();
            return Err(invalid(format!("its index.yaml has a URL of the scheme {scheme:?}")));
        }
        let mut base = self.url.clone();
        let path = format!("{}/", base.path().strip_suffix('/').unwrap_or(base.path()));
        base.set_path(&path);
        let wrong = |err| invalid(format!("its index.yaml has a URL that is none: {err}"));
        let mut url = base.join(reference).map_err(wrong)?;
        url.set_query(self.url.query());
        Ok(url)
    }

    async fn get(
        &self,
        url: Url,
        accept: &str,
        limit: (&'static str, u64),
        what: &str,
    ) -> Outcome<Bytes> {
        let authorization = if self.exchange.trusts(&url) {
            self.exchange.credentials().await?.map(|known| known.header())
        } else {
            None
        };
        let what = format!("{what} at {}", shown(&url));
        let response = self.exchange.get(&Ask { url, accept, authorization, limit }).await?;
        Ok(accepted(response, &what)?.body)
    }
}
