//! One request and its answer: what the protocols of repositories are written over.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use gitops_core::BoxError;
use url::Url;

/// Asks a server, once.
///
/// An implementation follows no redirects, retries nothing and sends no headers of its own that
/// could be secret: what is above it decides that. Any status is an answer; only what prevents an
/// answer is an error. It never gives more than [`Request::bytes_max`] bytes.
///
/// # Cancellation
///
/// Dropping the future gives the request up.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a `GET` request and returns the whole answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when there is no answer, or one that is too long.
    async fn get(&self, request: &Request) -> Result<Response, TransportError>;
}

/// A `GET` request.
#[derive(Clone)]
pub struct Request {
    /// What is asked for.
    pub url: Url,
    /// The headers but `Authorization`.
    pub headers: Vec<(&'static str, String)>,
    /// The `Authorization` header, which is secret.
    pub authorization: Option<String>,
    /// How many bytes the body of the answer may have.
    pub bytes_max: u64,
}

/// The answer to a [`Request`].
#[derive(Clone, Default)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The body has more bytes than [`Request::bytes_max`].
    #[error("the answer has more than {max} bytes")]
    TooLarge {
        /// What is allowed.
        max: u64,
    },
    /// The server did not answer, or not in time.
    #[error("the server did not answer")]
    Unavailable(#[source] BoxError),
}

impl Response {
    /// Answers with a status and a body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header; `name` is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Returns the first header called `name`, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &shown(&self.url))
            .field("authorization", &self.authorization.as_ref().map(|_| "…"))
            .field("bytes_max", &self.bytes_max)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies may be tokens.
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Returns a URL without what may be secret in it: users, passwords and queries.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}
