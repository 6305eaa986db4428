//! A registry of OCI artifacts that holds charts.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use gitops_core::Digest;
use serde_json::Value;
use url::Url;

use super::{
    MANIFEST_BYTES_MAX, PACKAGE_BYTES_MAX, TAG_PAGES_MAX, TAGS_BYTES_MAX, TOKEN_BYTES_MAX,
    cache::Cache,
    challenge::{Challenge, challenge},
    credentials::Credentials,
    exchange::{Ask, Exchange, accepted, repository_url},
    manifest::{self, Descriptor, INDEX_MANIFESTS_MAX, Manifest},
    problem::{Outcome, Problem, invalid},
    transport::{Response, Transport, shown},
    version::{self, Wanted},
};

/// The charts below one path of a registry.
#[derive(Clone)]
pub(super) struct OciRegistry {
    // The registry, as a URL of HTTP.
    server: Url,
    // The path within it, without slashes at the ends.
    path: String,
    pub(super) exchange: Exchange,
    session: Session,
}

// What the registry gave to whom for what: a scope and a header.
type Session = Arc<Mutex<Option<(String, String)>>>;

type Limit = (&'static str, u64);

impl OciRegistry {
    /// Reads `oci://host/path`. In the clear only where `plain` says so.
    pub(super) fn new(url: &str, plain: bool, transport: Arc<dyn Transport>) -> Outcome<Self> {
        let rest = url.strip_prefix("oci://").unwrap_or(url);
        let scheme = if plain { "http" } else { "https" };
        let mut server = repository_url(&format!("{scheme}://{rest}"))?;
        let path = server.path().trim_matches('/').to_owned();
        server.set_path("/");
        server.set_query(None);
        server.set_fragment(None);
        let exchange = Exchange::new(transport, server.clone());
        Ok(Self { server, path, exchange, session: Session::default() })
    }

    pub(super) fn origin(&self) -> String {
        let host = self.server.host_str().unwrap_or_default();
        let port = self.server.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("oci://{host}{port}/{}", self.path)
    }

    // `path/chart`, in the letters that registries allow.
    fn repository(&self, chart: &str) -> Outcome<String> {
        let repository = format!("{}/{chart}", self.path);
        let repository = repository.trim_matches('/').to_owned();
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte)
        };
        let parts = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !repository.bytes().all(allowed) || !repository.split('/').all(parts) {
            return Err(invalid(format!(
                "{repository:?} is no name of a repository: small letters, digits, `.`, `_` and \
                 `-` are allowed"
            )));
        }
        Ok(repository)
    }

    /// Asks for the tags that are versions, the newest first.
    pub(super) async fn versions(&self, chart: &str) -> Outcome<Vec<String>> {
        let repository = self.repository(chart)?;
        let what = format!("tags of {chart}");
        let mut url = self.url(&format!("v2/{repository}/tags/list"))?;
        let mut versions = Vec::new();
        for _ in 0..TAG_PAGES_MAX {
            let limit = ("TAGS_BYTES_MAX", TAGS_BYTES_MAX);
            let asked = self.get(&repository, url.clone(), "application/json", limit).await?;
            if asked.status == 404 {
                let reference = format!("chart {chart:?}");
                let hint = "check the path of the registry, and the credentials".to_owned();
                return Err(Problem::NoReference { reference, hint });
            }
            let page = accepted(asked, &what)?;
            let list: Value = serde_json::from_slice(&page.body)
                .map_err(|err| invalid(format!("the {what} are no JSON: {err}")))?;
            let tags = list.get("tags").and_then(Value::as_array).into_iter().flatten();
            // Tags cannot hold the `+` of versions.
            let tags = tags.filter_map(Value::as_str).map(|tag| tag.replace('_', "+"));
            versions.extend(tags.filter(|tag| version::is_strict(tag)));
            let Some(next) = next_page(&page) else {
                version::sort(&mut versions, |it| it);
                return Ok(versions);
            };
            url = url.join(next).map_err(|_| invalid(format!("the {what} lead to no URL")))?;
            if !self.exchange.trusts(&url) {
                return Err(invalid(format!("the {what} go on at another server")));
            }
        }
        Err(Problem::Limit { limit: "TAG_PAGES_MAX", max: TAG_PAGES_MAX as u64 })
    }

    /// Names the manifest of the newest version that will do. One version is taken as the tag.
    pub(super) async fn resolve(&self, chart: &str, wanted: &Wanted) -> Outcome<(String, Digest)> {
        let version = if let Some(version) = wanted.exact() {
            version.to_owned()
        } else {
            let known = self.versions(chart).await?;
            let picked = wanted.pick(&known, |it| it);
            picked
                .cloned()
                .ok_or_else(|| wanted.missing(chart, known.iter().map(String::as_str)))?
        };
        let tag = version.replace('+', "_");
        let Some((body, _)) = self.manifest(chart, &tag).await? else {
            return Err(wanted.missing(chart, std::iter::empty()));
        };
        Ok((version, Digest::of(&body)))
    }

    /// Brings the package that the manifest of this digest describes.
    pub(super) async fn fetch(
        &self,
        chart: &str,
        digest: &Digest,
        cache: &Cache,
    ) -> Outcome<Bytes> {
        let layer = self.layer(chart, digest).await?;
        if PACKAGE_BYTES_MAX < layer.size {
            return Err(Problem::Limit { limit: "PACKAGE_BYTES_MAX", max: PACKAGE_BYTES_MAX });
        }
        if let Some(package) = cache.get(&layer.digest) {
            return Ok(package);
        }
        let repository = self.repository(chart)?;
        let url = self.url(&format!("v2/{repository}/blobs/{}", layer.digest))?;
        let limit = ("PACKAGE_BYTES_MAX", PACKAGE_BYTES_MAX);
        let response = self.get(&repository, url, "application/octet-stream, */*", limit).await?;
        let package = accepted(response, &format!("package of {chart}"))?.body;
        check(&package, &layer.digest, "the package")?;
        cache.put(&layer.digest, &package);
        Ok(package)
    }

    // Finds the package of a manifest, or of the first manifest in an index that has one.
    async fn layer(&self, chart: &str, digest: &Digest) -> Outcome<Descriptor> {
        let mut found = match self.manifest_of(chart, digest).await? {
            Manifest::Chart(layer) => return Ok(layer),
            Manifest::Other(problem) => problem,
            Manifest::Index(list) if INDEX_MANIFESTS_MAX < list.len() => {
                let max = INDEX_MANIFESTS_MAX as u64;
                return Err(Problem::Limit { limit: "INDEX_MANIFESTS_MAX", max });
            }
            Manifest::Index(list) => {
                for it in list {
                    if let Manifest::Chart(layer) = self.manifest_of(chart, &it.digest).await? {
                        return Ok(layer);
                    }
                }
                "its index of manifests has none of a chart".to_owned()
            }
        };
        found.insert_str(0, &format!("{chart} is no chart: "));
        Err(invalid(found))
    }

    async fn manifest_of(&self, chart: &str, digest: &Digest) -> Outcome<Manifest> {
        let found = self.manifest(chart, &digest.to_string()).await?;
        let (body, media_type) = found.ok_or(Problem::NoRevision)?;
        check(&body, digest, "the manifest")?;
        Manifest::read(&body, media_type.as_deref())
    }

    // Brings a manifest by tag or digest.
    async fn manifest(&self, chart: &str, tag: &str) -> Outcome<Option<(Bytes, Option<String>)>> {
        let repository = self.repository(chart)?;
        let url = self.url(&format!("v2/{repository}/manifests/{tag}"))?;
        let limit = ("MANIFEST_BYTES_MAX", MANIFEST_BYTES_MAX);
        let response = self.get(&repository, url, manifest::ACCEPTED, limit).await?;
        if response.status == 404 {
            return Ok(None);
        }
        let response = accepted(response, &format!("manifest of {chart}"))?;
        let said = response.header("docker-content-digest").and_then(|text| text.parse().ok());
        if let Some(said @ Digest::Sha256(_)) = said {
            check(&response.body, &said, "the manifest")?;
        }
        let media_type = response.header("content-type").map(str::to_owned);
        Ok(Some((response.body, media_type)))
    }

    fn url(&self, path: &str) -> Outcome<Url> {
        self.server.join(path).map_err(|err| invalid(format!("{path:?} is no path: {err}")))
    }

    // Asks, and once more with what the registry asks for.
    async fn get(
        &self,
        repository: &str,
        url: Url,
        accept: &str,
        limit: Limit,
    ) -> Outcome<Response> {
        let scope = format!("repository:{repository}:pull");
        let known = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = known.filter(|(known, _)| *known == scope).map(|(_, header)| header);
        let credentials = self.exchange.credentials().await?;
        let bearer = credentials.as_ref().filter(|it| !it.is_basic()).map(Credentials::header);
        let authorization = known.or(bearer);
        let mut ask = Ask { url, accept, authorization, limit };
        let response = self.exchange.get(&ask).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let headers = response.headers.iter().filter(|(name, _)| name == "www-authenticate");
        let header = match challenge(headers.map(|(_, value)| value.as_str())) {
            Some(Challenge::Bearer { realm, service, scope: said }) => {
                let scope = said.as_deref().unwrap_or(&scope);
                let basic = credentials.filter(Credentials::is_basic).map(|it| it.header());
                Some(self.token(&realm, service.as_deref(), scope, basic).await?)
            }
            Some(Challenge::Basic) => {
                credentials.filter(Credentials::is_basic).map(|it| it.header())
            }
            None => None,
        };
        let Some(header) = header else { return Ok(response) };
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((scope, header.clone()));
        ask.authorization = Some(header);
        self.exchange.get(&ask).await
    }

    // Gets a token for `scope` where the registry says they are given out. The credentials are for
    // this place, too: it is how they are used.
    async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: &str,
        basic: Option<String>,
    ) -> Outcome<String> {
        let mut url = repository_url(realm)
            .map_err(|_| invalid("it asks for a token of a place whose URL is wrong"))?;
        if self.server.scheme() == "https" && url.scheme() != "https" {
            return Err(invalid("it asks for a token that would be sent in the clear"));
        }
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            for scope in scope.split(' ') {
                query.append_pair("scope", scope);
            }
        }
        let what = format!("token at {}", shown(&url));
        let limit = ("TOKEN_BYTES_MAX", TOKEN_BYTES_MAX);
        let ask = Ask { url, accept: "application/json", authorization: basic, limit };
        let response = accepted(self.exchange.get(&ask).await?, &what)?;
        // What is wrong with it must not be shown: it may be a token.
        let wrong = || invalid(format!("the {what} is none"));
        let answer: Value = serde_json::from_slice(&response.body).map_err(|_| wrong())?;
        let token = ["token", "access_token"].iter().find_map(|name| answer.get(*name)?.as_str());
        Ok(format!("Bearer {}", token.filter(|token| !token.is_empty()).ok_or_else(wrong)?))
    }
}

fn check(bytes: &[u8], digest: &Digest, what: &str) -> Outcome<()> {
    let found = Digest::of(bytes);
    if found == *digest {
        return Ok(());
    }
    Err(invalid(format!("{what} has the digest {found} where {digest} was promised")))
}

// `</v2/…?last=x>; rel="next"`
fn next_page(response: &Response) -> Option<&str> {
    let links = response.header("link")?.split(',');
    links.filter_map(|link| link.split_once(';')).find_map(|(target, parameters)| {
        let next = parameters.split(';').any(|it| {
            matches!(it.trim().split_once('='), Some((name, value))
                if name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"') == "next")
        });
        let target = target.trim().strip_prefix('<')?.strip_suffix('>')?;
        next.then_some(target)
    })
}
