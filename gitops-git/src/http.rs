//! HTTP for Git, where every wait can be cut short and every byte counts.

use std::{
    cell::RefCell,
    io::{self, BufRead, Read, Write},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use gitops_core::BoxError;
use gix::protocol::transport::client::blocking_io::http::{
    GetResponse, Http, PostBodyDataKind, PostResponse,
};
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use tokio::sync::watch;

use crate::{
    address::Remote,
    auth::Credentials,
    blocking::Interrupt,
    error::GitError,
    transfer::{Budget, Failure},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a server may be silent.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);
const REDIRECTS_MAX: usize = 5;

// What all sessions of the process share: connections stay open between them, and the thread of
// the runtime closes those that a stopped session leaves behind.
struct Agent {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    // Without a proxy, for servers on this machine.
    direct: reqwest::Client,
}

static AGENT: Mutex<Option<Arc<Agent>>> = Mutex::new(None);

impl Agent {
    fn shared() -> Result<Arc<Self>, GitError> {
        let mut shared = AGENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = shared.as_ref() {
            return Ok(Arc::clone(agent));
        }
        let agent = Self::new().map_err(|err| GitError::Unavailable("cannot set up HTTP", err))?;
        Ok(Arc::clone(shared.insert(Arc::new(agent))))
    }

    fn new() -> Result<Self, BoxError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gitops-git-http")
            .enable_all()
            .build()?;
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .redirect(reqwest::redirect::Policy::custom(follow))
        };
        Ok(Self { runtime, client: builder().build()?, direct: builder().no_proxy().build()? })
    }
}

/// The client of one session with one server.
pub(crate) struct Client {
    exchanges: Rc<Exchanges>,
    redirected: Rc<RefCell<Option<String>>>,
}

struct Exchanges {
    agent: Arc<Agent>,
    client: reqwest::Client,
    stop: watch::Receiver<bool>,
    authorization: Option<(String, HeaderValue)>,
    failure: Failure,
    budget: Budget,
}

// One request and its response. It is sent when the first byte of the answer is asked for, for
// only then is its body complete.
struct Exchange {
    exchanges: Rc<Exchanges>,
    redirected: Rc<RefCell<Option<String>>>,
    // The URL that the rest of the session is relative to.
    base: String,
    request: Option<reqwest::RequestBuilder>,
    url: String,
    body: Vec<u8>,
    headers: Bytes,
    response: Option<reqwest::Response>,
    chunk: Bytes,
}

impl Client {
    pub(crate) fn new(
        remote: &Remote,
        credentials: Option<&Credentials>,
        interrupt: &Interrupt,
        failure: Failure,
        budget: Budget,
    ) -> Result<Self, GitError> {
        let agent = Agent::shared()?;
        let client = if remote.is_loopback() { &agent.direct } else { &agent.client }.clone();
        let authorization = match credentials.and_then(Credentials::header) {
            Some(_) if remote.is_open() => {
                return Err(GitError::invalid(
                    "credentials would be sent in the clear; use https:// instead of http://",
                ));
            }
            Some(text) => {
                let mut value = HeaderValue::try_from(text).map_err(|_| {
                    GitError::invalid("the credentials hold characters that HTTP cannot carry")
                })?;
                value.set_sensitive(true);
                Some((origin_of(&remote.url().to_bstring().to_string()), value))
            }
            None => None,
        };
        let (stopped, stop) = watch::channel(false);
        interrupt.on_stop(move || {
            stopped.send_replace(true);
        });
        let exchanges = Exchanges { agent, client, stop, authorization, failure, budget };
        Ok(Self { exchanges: Rc::new(exchanges), redirected: Rc::default() })
    }

    fn exchange(
        &self,
        post: bool,
        url: &str,
        base: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Rc<RefCell<Exchange>> {
        let client = &self.exchanges.client;
        let request = if post { client.post(url) } else { client.get(url) };
        Rc::new(RefCell::new(Exchange {
            exchanges: Rc::clone(&self.exchanges),
            redirected: Rc::clone(&self.redirected),
            base: base.to_owned(),
            request: Some(request.headers(self.exchanges.headers(url, headers))),
            url: url.to_owned(),
            body: Vec::new(),
            headers: Bytes::new(),
            response: None,
            chunk: Bytes::new(),
        }))
    }
}

impl Exchanges {
    fn headers(&self, url: &str, lines: impl IntoIterator<Item = impl AsRef<str>>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let Some((name, value)) = line.as_ref().split_once(':') else { continue };
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value.trim()))
            {
                headers.append(name, value);
            }
        }
        // After a redirect to another server, that one is not told the secrets of the first.
        if let Some((origin, value)) = &self.authorization
            && *origin == origin_of(url)
        {
            headers.insert(AUTHORIZATION, value.clone());
        }
        headers
    }

    // Waits for the network, but not longer than the work may go on or the server may be silent.
    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, GitError> {
        let mut stop = self.stop.clone();
        self.agent.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stopped| *stopped) => Err(GitError::Stopped),
                done = tokio::time::timeout(SILENCE, work) => match done {
                    Ok(done) => done.map_err(failed),
                    Err(_) => Err(GitError::TimedOut { seconds: SILENCE.as_secs() }),
                },
            }
        })
    }
}

impl Exchange {
    fn send(&mut self) -> Result<(), GitError> {
        let Some(request) = self.request.take() else { return Ok(()) };
        let request = request.body(std::mem::take(&mut self.body));
        let response = self.exchanges.wait(request.send())?;
        check(response.status())?;
        let arrived = response.url().as_str();
        if arrived != self.url {
            let tail = self.url.strip_prefix(&self.base).unwrap_or(&self.url);
            let base = arrived.strip_suffix(tail).ok_or_else(|| {
                GitError::invalid(format!("it redirects to {}, no repository", shown(arrived)))
            })?;
            *self.redirected.borrow_mut() = Some(base.to_owned());
        }
        let mut headers = Vec::new();
        for (name, value) in response.headers() {
            headers.extend_from_slice(name.as_str().as_bytes());
            headers.extend_from_slice(b": ");
            headers.extend_from_slice(value.as_bytes());
            headers.push(b'\n');
        }
        self.headers = headers.into();
        self.response = Some(response);
        Ok(())
    }

    fn more(&mut self) -> Result<(), GitError> {
        self.send()?;
        while self.chunk.is_empty() {
            let Some(response) = &mut self.response else { break };
            match self.exchanges.wait(response.chunk())? {
                Some(chunk) => {
                    self.exchanges.budget.spend(chunk.len())?;
                    self.chunk = chunk;
                }
                None => self.response = None,
            }
        }
        Ok(())
    }
}

/// The lines of the response's head.
pub(crate) struct Head(Rc<RefCell<Exchange>>, Bytes, bool);

/// The bytes of the response.
pub(crate) struct Body(Rc<RefCell<Exchange>>, Bytes);

/// The bytes of the request.
pub(crate) struct Upload(Rc<RefCell<Exchange>>);

impl BufRead for Head {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !std::mem::replace(&mut self.2, true) {
            let mut exchange = self.0.borrow_mut();
            exchange.send().map_err(|err| exchange.exchanges.failure.set(err))?;
            self.1 = std::mem::take(&mut exchange.headers);
        }
        Ok(&self.1)
    }

    fn consume(&mut self, amount: usize) {
        self.1.advance(amount);
    }
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.1.is_empty() {
            let mut exchange = self.0.borrow_mut();
            exchange.more().map_err(|err| exchange.exchanges.failure.set(err))?;
            self.1 = std::mem::take(&mut exchange.chunk);
        }
        Ok(&self.1)
    }

    fn consume(&mut self, amount: usize) {
        self.1.advance(amount);
    }
}

impl Read for Head {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read(self, buffer)
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read(self, buffer)
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http for Client {
    type Headers = Head;
    type ResponseBody = Body;
    type PostBody = Upload;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Head, Body>> {
        let exchange = self.exchange(false, url, base_url, headers);
        let head = Head(Rc::clone(&exchange), Bytes::new(), false);
        Ok(GetResponse { headers: head, body: Body(exchange, Bytes::new()) })
    }

    fn post(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Head, Body, Upload>> {
        let exchange = self.exchange(true, url, base_url, headers);
        Ok(PostResponse {
            post_body: Upload(Rc::clone(&exchange)),
            headers: Head(Rc::clone(&exchange), Bytes::new(), false),
            body: Body(exchange, Bytes::new()),
        })
    }

    fn configure(&mut self, _: &dyn std::any::Any) -> gix::Result<()> {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.redirected.borrow().clone()
    }
}

fn read(from: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let available = from.fill_buf()?;
    let amount = available.len().min(buffer.len());
    buffer[..amount].copy_from_slice(&available[..amount]);
    from.consume(amount);
    Ok(amount)
}

fn check(status: StatusCode) -> Result<(), GitError> {
    if status.is_success() {
        return Ok(());
    }
    let answered = || BoxError::from(format!("the server answered {status}"));
    Err(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => GitError::Denied(answered()),
        StatusCode::NOT_FOUND | StatusCode::GONE => GitError::invalid(format!(
            "the server answered {status}; check the URL, and the credentials: \
             many servers hide what they do not allow"
        )),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            GitError::Unavailable("the server asks to come back later", answered())
        }
        _ if status.is_server_error() => {
            GitError::Unavailable("the server is in trouble", answered())
        }
        _ => GitError::invalid(format!("the server answered {status}; check the URL")),
    })
}

fn failed(err: reqwest::Error) -> GitError {
    // The URL may have come from a redirect, with whatever that server put into it.
    GitError::Unavailable("the connection failed", err.without_url().into())
}

fn follow(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let from = attempt.previous().last().map(|url| url.scheme().to_owned());
    if REDIRECTS_MAX < attempt.previous().len() {
        return attempt.error("too many redirects");
    }
    if from.as_deref() == Some("https") && attempt.url().scheme() != "https" {
        return attempt.error("a redirect leaves https");
    }
    attempt.follow()
}

fn origin_of(url: &str) -> String {
    reqwest::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn shown(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(
        |_| "another place".to_owned(),
        |url| format!("{}{}", url.origin().ascii_serialization(), url.path()),
    )
}
