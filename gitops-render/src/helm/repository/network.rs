//! The real transport: HTTP over TLS.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use gitops_core::BoxError;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use url::{Host, Url};

use super::transport::{Request, Response, Transport, TransportError};

/// How many seconds a server may take until it is connected.
pub const CONNECT_SECONDS_MAX: u64 = 20;
/// How many seconds a server may be silent while it answers.
pub const SILENCE_SECONDS_MAX: u64 = 60;
/// How many seconds a whole exchange may take.
pub const REQUEST_SECONDS_MAX: u64 = 300;

const USER_AGENT: &str = concat!("gitops-render/", env!("CARGO_PKG_VERSION"));

/// Speaks HTTP, over TLS for `https://`. Connections are kept and shared by all clones.
///
/// The proxies of the environment are used, but not for this machine. It needs tokio.
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    // Without a proxy, for servers on this machine.
    direct: reqwest::Client,
}

impl HttpTransport {
    /// Makes a transport with the roots of trust of the system.
    ///
    /// # Errors
    ///
    /// What keeps TLS from being set up.
    pub fn new() -> Result<Self, TransportError> {
        Self::with_timeout(Duration::from_secs(REQUEST_SECONDS_MAX))
    }

    /// Makes a transport that gives an exchange up after `timeout`, instead of
    /// [`REQUEST_SECONDS_MAX`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_timeout(timeout: Duration) -> Result<Self, TransportError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
                .read_timeout(Duration::from_secs(SILENCE_SECONDS_MAX))
                .timeout(timeout)
                // What is above decides where credentials may go.
                .redirect(reqwest::redirect::Policy::none())
        };
        let client = builder().build().map_err(failed)?;
        Ok(Self { client, direct: builder().no_proxy().build().map_err(failed)? })
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn get(&self, request: &Request) -> Result<Response, TransportError> {
        let client = if is_loopback(&request.url) { &self.direct } else { &self.client };
        let mut sent = client.get(request.url.clone());
        for (name, value) in &request.headers {
            sent = sent.header(*name, value);
        }
        if let Some(authorization) = &request.authorization {
            // The error of a wrong value would show it.
            let mut value = HeaderValue::try_from(authorization).map_err(|_| {
                let problem = "the credentials hold characters that HTTP cannot carry";
                TransportError::Unavailable(BoxError::from(problem))
            })?;
            value.set_sensitive(true);
            sent = sent.header(AUTHORIZATION, value);
        }
        let mut answer = sent.send().await.map_err(failed)?;
        let max = request.bytes_max;
        if answer.content_length().is_some_and(|length| max < length) {
            return Err(TransportError::TooLarge { max });
        }
        let mut response = Response::new(answer.status().as_u16(), "");
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                response = response.with_header(name.as_str(), value);
            }
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if max < (body.len() + chunk.len()) as u64 {
                return Err(TransportError::TooLarge { max });
            }
            body.extend_from_slice(&chunk);
        }
        response.body = body.into();
        Ok(response)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn failed(err: reqwest::Error) -> TransportError {
    // The URL may have come from a redirect, with whatever that server put into it.
    TransportError::Unavailable(err.without_url().into())
}
