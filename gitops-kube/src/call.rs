//! One request to the API server: bounded in number, size and patience.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use gitops_core::{BoxError, Clock};
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use kube::{Client, client::Body};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::refusal::Refusal;

/// How many requests are under way at once, unless told otherwise.
pub const CONCURRENCY_DEFAULT: usize = 32;

/// How many bytes of one answer are read.
pub const ANSWER_BYTES_MAX: usize = 64 << 20;

/// How often one request is sent when the server asks to try again.
pub const ATTEMPTS_MAX: u32 = 5;

/// The longest `Retry-After` that is waited for; beyond it the server counts as unavailable.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

// How long to wait when the server says that there are too many requests, but not for how long.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// Sends requests.
#[derive(Debug)]
pub(crate) struct Caller {
    client: ClientHandle,
    permits: Semaphore,
    clock: Arc<dyn Clock>,
}

struct ClientHandle(Client);

impl std::fmt::Debug for ClientHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// A request, before it has a server.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    accept: HeaderValue,
    content: Option<(HeaderValue, Bytes)>,
    // Whether sending it twice is the same as sending it once.
    repeatable: bool,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Whether the object is new.
    pub(crate) created: bool,
    pub(crate) value: Value,
}

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server did not answer.
    #[error("the request was not answered")]
    Transport {
        #[source]
        cause: BoxError,
    },
    /// The server's answer cannot be read.
    #[error("the answer cannot be read")]
    Unreadable {
        #[source]
        cause: BoxError,
    },
    /// The server refuses.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The server does not serve the kind.
    #[error("the server does not serve the kind")]
    NoKind,
    /// The server was not asked.
    #[error("{0}")]
    Local(String),
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path, true)
    }

    pub(crate) fn apply(path: &str, manager: &str, mode: ApplyMode, body: Bytes) -> Self {
        let manager = encode(manager);
        let (query, dry_run) = match mode {
            ApplyMode::DryRun { force } => (format!("&force={force}&dryRun=All"), true),
            ApplyMode::Write { force } => (format!("&force={force}"), false),
        };
        let path = format!("{path}?fieldManager={manager}{query}");
        let content = (HeaderValue::from_static("application/apply-patch+yaml"), body);
        Self { content: Some(content), ..Self::new(Method::PATCH, path, dry_run) }
    }

    pub(crate) fn delete(path: String, body: Bytes) -> Self {
        let content = (HeaderValue::from_static("application/json"), body);
        Self { content: Some(content), ..Self::new(Method::DELETE, path, false) }
    }

    pub(crate) fn accepting(self, accept: &'static str) -> Self {
        Self { accept: HeaderValue::from_static(accept), ..self }
    }

    fn new(method: Method, path: String, repeatable: bool) -> Self {
        let accept = HeaderValue::from_static("application/json");
        Self { method, path, accept, content: None, repeatable }
    }

    fn request(&self) -> Result<Request<Body>, http::Error> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        request = request.header(header::ACCEPT, self.accept.clone());
        match &self.content {
            None => request.body(Body::empty()),
            Some((kind, body)) => {
                request.header(header::CONTENT_TYPE, kind.clone()).body(Body::from(body.clone()))
            }
        }
    }
}

/// How an apply is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ApplyMode {
    /// Nothing is stored.
    DryRun { force: bool },
    /// The outcome is stored.
    Write { force: bool },
}

impl Caller {
    pub(crate) fn new(client: Client, concurrency: usize, clock: Arc<dyn Clock>) -> Self {
        let permits = Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS));
        Self { client: ClientHandle(client), permits, clock }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends `call` and waits as the server asks for.
    pub(crate) async fn call(&self, call: &Call) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let failure = match self.send(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(wait) = failure.retry_after(call.repeatable) else {
                return Err(failure);
            };
            if ATTEMPTS_MAX <= attempt || RETRY_AFTER_MAX < wait {
                return Err(failure);
            }
            attempt += 1;
            tracing::debug!(path = call.path, ?wait, attempt, "the server asks to try again later");
            self.clock.sleep(wait).await;
        }
    }

    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let request = call.request().map_err(|cause| Failure::Local(cause.to_string()))?;
        let _permit = self.permits.acquire().await.map_err(transport)?;
        let response = self.client.0.send(request).await.map_err(transport)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|cause| Failure::Transport { cause })?
            .to_bytes();
        if head.status.is_success() {
            let value = serde_json::from_slice(&body)
                .map_err(|cause| Failure::Unreadable { cause: cause.into() })?;
            return Ok(Answer { created: head.status == StatusCode::CREATED, value });
        }
        Err(Failure::Refused(Box::new(Refusal::read(head.status, &head.headers, &body))))
    }
}

impl Failure {
    // A 429 was not looked at, so that a write may be sent again; after any other failure it may
    // have been made.
    fn retry_after(&self, repeatable: bool) -> Option<Duration> {
        match self {
            Self::Refused(refusal) if refusal.code == 429 => {
                Some(refusal.retry_after.unwrap_or(RETRY_AFTER_DEFAULT))
            }
            Self::Refused(refusal) if repeatable && 500 <= refusal.code => refusal.retry_after,
            Self::Refused(_)
            | Self::Transport { .. }
            | Self::Unreadable { .. }
            | Self::NoKind
            | Self::Local(_) => None,
        }
    }
}

fn transport(cause: impl Into<BoxError>) -> Failure {
    Failure::Transport { cause: cause.into() }
}

/// Writes `text` so that it is one segment of a path or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
