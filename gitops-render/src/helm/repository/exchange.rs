//! Exchanges with the server of a repository: credentials, redirects, refusals.

use std::sync::Arc;

use gitops_core::BoxError;
use url::{Host, Url};

use super::{
    credentials::{CredentialSource, Credentials},
    problem::{Outcome, Problem, invalid},
    transport::{Request, Response, Transport, shown},
};

/// How many redirects one request may go through.
pub const REDIRECTS_MAX: usize = 5;

/// The way to one repository, and who asks there.
#[derive(Clone)]
pub(super) struct Exchange {
    transport: Arc<dyn Transport>,
    // Whose server may see the credentials.
    home: Url,
    credentials: Option<Arc<dyn CredentialSource>>,
    everywhere: bool,
}

/// What is asked for.
pub(super) struct Ask<'a> {
    pub(super) url: Url,
    pub(super) accept: &'a str,
    pub(super) authorization: Option<String>,
    /// The most bytes of the answer, and the name of this limit.
    pub(super) limit: (&'static str, u64),
}

impl Exchange {
    pub(super) fn new(transport: Arc<dyn Transport>, home: Url) -> Self {
        Self { transport, home, credentials: None, everywhere: false }
    }

    pub(super) fn with_credentials(mut self, credentials: Arc<dyn CredentialSource>) -> Self {
        self.credentials = Some(credentials);
        self
    }

    pub(super) fn pass_credentials(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// Whether the server of `url` may see the credentials.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        self.everywhere || url.origin() == self.home.origin()
    }

    pub(super) async fn credentials(&self) -> Outcome<Option<Credentials>> {
        let Some(source) = &self.credentials else { return Ok(None) };
        let host = self.home.host_str().unwrap_or_default();
        let host = match self.home.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        source.credentials(&host).await.map_err(|cause| {
            Problem::Unavailable("the credentials are not to be had".to_owned(), cause)
        })
    }

    /// Asks, and follows redirects. Another server than the first one sees no authorization unless
    /// credentials are for all.
    pub(super) async fn get(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let (limit, bytes_max) = ask.limit;
        let first = ask.url.origin();
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let known = url.origin() == first || self.everywhere;
            let authorization = ask.authorization.clone().filter(|_| known);
            if authorization.is_some() && is_open(&url) {
                return Err(invalid(
                    "credentials would be sent in the clear; use https:// instead of http://",
                ));
            }
            let headers = vec![("accept", ask.accept.to_owned())];
            let request = Request { url: url.clone(), headers, authorization, bytes_max };
            let sent = self.transport.get(&request).await;
            let response = sent.map_err(|err| Problem::of_transport(err, limit))?;
            if bytes_max < response.body.len() as u64 {
                return Err(Problem::Limit { limit, max: bytes_max });
            }
            let target = match response.status {
                301 | 302 | 303 | 307 | 308 => response.header("location"),
                _ => return Ok(response),
            };
            let Some(target) = target else { return Ok(response) };
            let next = url
                .join(target)
                .map_err(|_| invalid(format!("{} redirects to what is no URL", shown(&url))))?;
            if !matches!(next.scheme(), "http" | "https") {
                return Err(invalid(format!("{} redirects to what is not HTTP", shown(&url))));
            }
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(invalid(format!("{} redirects away from https", shown(&url))));
            }
            url = next;
        }
        Err(Problem::Limit { limit: "REDIRECTS_MAX", max: REDIRECTS_MAX as u64 })
    }
}

/// Returns the answer where it is one; `what` says what was asked for.
pub(super) fn accepted(response: Response, what: &str) -> Outcome<Response> {
    let status = response.status;
    if status == 200 {
        return Ok(response);
    }
    let answered = || BoxError::from(format!("{what}: the server answered {status}"));
    Err(match status {
        401 | 403 => Problem::Denied(answered()),
        404 | 410 => invalid(format!(
            "{what}: the server answered {status}; check the URL, and the credentials: many \
             servers hide what they do not allow"
        )),
        408 | 429 => {
            Problem::Unavailable("the server asks to come back later".to_owned(), answered())
        }
        500.. => Problem::Unavailable("the server is in trouble".to_owned(), answered()),
        _ => invalid(format!("{what}: the server answered {status}; check the URL")),
    })
}

/// Whether others on the way could read what is sent.
fn is_open(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() != "https" && !loopback
}

/// Reads the URL of a repository, without the user that may be in it.
pub(super) fn repository_url(text: &str) -> Outcome<Url> {
    let wrong = |why: &str| invalid(format!("its URL is wrong: {why}"));
    let url = Url::parse(text).map_err(|err| wrong(&err.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("it has to begin with https:// or http:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user or a password; give them as credentials instead"));
    }
    Ok(url)
}
