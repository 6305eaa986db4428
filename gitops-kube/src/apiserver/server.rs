//! The server as a value: built, cloned, asked.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use gitops_core::{BoxError, Clock};
use http::Response;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use tower::Service;

use super::{
    access::{self, Known, User},
    answer::{Answer, Body},
    controllers::{Controllers, State},
    listen::{self, Listening},
    negotiate::{self, Encoding},
    request::Request,
    route,
    status::Failure,
    world::{Options, World},
};

/// How many requests the log remembers.
pub(crate) const REQUEST_LOG_MAX: usize = 65_536;

/// A Kubernetes API server in the process.
///
/// Cloning gives another handle to the same server. It is a [`tower::Service`], so a
/// `kube::Client` can be built on it without a socket.
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use gitops_kube::apiserver::ApiServer;
///
/// let server = ApiServer::new();
/// let client = server.client("default");
/// let version = client.apiserver_version().await?;
/// assert_eq!(version.major, "1");
/// # Ok::<(), kube::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct ApiServer {
    world: Arc<Mutex<World>>,
    log: Arc<Mutex<Log>>,
    clock: Arc<dyn Clock>,
    controllers: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct Log {
    count: u64,
    recent: std::collections::VecDeque<LoggedRequest>,
}

/// A request that the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// The HTTP method.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
}

/// How a server is made.
#[derive(Debug)]
pub struct ApiServerBuilder {
    clock: Option<Arc<dyn Clock>>,
    seed: u64,
    finish_namespaces: bool,
    tokens: HashMap<String, Arc<User>>,
    nobody: Arc<User>,
}

impl Default for ApiServerBuilder {
    fn default() -> Self {
        Self {
            clock: None,
            seed: 0,
            finish_namespaces: true,
            tokens: HashMap::new(),
            nobody: access::admin(),
        }
    }
}

impl ApiServerBuilder {
    /// Takes the time from `clock`; without it, from the system.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Draws uids, addresses and random names from `seed`: equal seeds, equal names.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Says whether the server does by itself what controllers do: it does by default.
    #[must_use]
    pub fn controllers(mut self, run: bool) -> Self {
        self.finish_namespaces = run;
        self
    }

    /// Takes requests with this bearer token as sent by `user`.
    ///
    /// As soon as there is one token, other tokens are refused; requests without a token are still
    /// sent by an administrator, see [`without_token`](Self::without_token).
    #[must_use]
    pub fn token(mut self, token: impl Into<String>, user: User) -> Self {
        self.tokens.insert(token.into(), Arc::new(user));
        self
    }

    /// Says who sends requests without a token: [`User::admin`] by default.
    #[must_use]
    pub fn without_token(mut self, user: User) -> Self {
        self.nobody = Arc::new(user);
        self
    }

    /// Makes the server.
    pub fn build(self) -> ApiServer {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let run = self.finish_namespaces;
        let options = Options { finish_namespaces: run, gather_roles: run };
        let mut world = World::new(self.seed, options, clock.now());
        world.known = Known::new(self.tokens, self.nobody);
        let world = Arc::new(Mutex::new(world));
        ApiServer { world, log: Arc::default(), clock, controllers: Arc::default() }
    }
}

impl ApiServer {
    /// Makes a server with the system's clock, empty but for the namespaces every cluster has.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts to describe a server.
    pub fn builder() -> ApiServerBuilder {
        ApiServerBuilder::default()
    }

    /// Returns a client whose requests go straight to this server.
    ///
    /// A runtime must be there, since the client's queue runs on it.
    pub fn client(&self, namespace: &str) -> kube::Client {
        kube::Client::new(self.clone(), namespace)
    }

    /// Returns a client whose requests `user` sends, with no token or header needed.
    ///
    /// What it may do is decided by the roles and bindings that the server stores.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use gitops_kube::apiserver::{ApiServer, User};
    ///
    /// let jane = ApiServer::new().client_as(User::new("jane"), "default");
    /// let refused = jane.list_core_api_versions().await.map(|_| ());
    /// assert!(refused.is_ok(), "everybody may look around");
    /// # });
    /// ```
    pub fn client_as(&self, user: User, namespace: &str) -> kube::Client {
        let (server, user) = (self.clone(), Arc::new(user));
        let service = tower::service_fn(move |mut request: http::Request<kube::client::Body>| {
            request.extensions_mut().insert(Arc::clone(&user));
            server.clone().call(request)
        });
        kube::Client::new(service, namespace)
    }

    /// Returns the controllers of this server, for a test to step or to run in the background.
    ///
    /// From the first call on, namespaces end and garbage is collected in their steps and no longer at once.
    pub fn controllers(&self) -> Controllers {
        let (world, state) = (Arc::clone(&self.world), Arc::clone(&self.controllers));
        Controllers::new(world, Arc::clone(&self.clock), state)
    }

    /// Returns how many times an object was created, changed or deleted.
    pub fn writes(&self) -> u64 {
        self.world().store.writes()
    }

    /// Returns how many requests were answered.
    pub fn requests(&self) -> u64 {
        self.log().count
    }

    /// Returns the last requests, the oldest first.
    pub fn request_log(&self) -> Vec<LoggedRequest> {
        self.log().recent.iter().cloned().collect()
    }

    /// Returns every object as it is stored, resource by resource.
    pub fn snapshot(&self) -> Vec<Arc<Value>> {
        let world = self.world();
        world.store.everything().map(|held| Arc::new(held.whole())).collect()
    }

    /// Listens on `address` for plain HTTP; give port 0 to get a free one.
    ///
    /// The server answers until the returned handle is dropped. Whoever reaches it is an
    /// administrator unless [`without_token`](ApiServerBuilder::without_token) says otherwise, so
    /// the address should be on the loopback interface.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub async fn listen(&self, address: SocketAddr) -> std::io::Result<Listening> {
        listen::listen(self.clone(), address).await
    }

    /// Answers one request, without a client.
    pub fn answer(&self, head: http::request::Parts, body: bytes::Bytes) -> Response<Body> {
        self.note(&head);
        let request = Request::new(head, body);
        let now = self.clock.now();
        let mut answer = route::serve(&mut self.world(), &request, now);
        if let Answer::Watch(watching) = &mut answer {
            watching.bind(Arc::clone(&self.world), Arc::clone(&self.clock));
        }
        answer.into_response(negotiate::encoding(&request))
    }

    fn note(&self, head: &http::request::Parts) {
        let mut log = self.log();
        log.count += 1;
        if log.recent.len() == REQUEST_LOG_MAX {
            log.recent.pop_front();
        }
        let (method, target) = (head.method.to_string(), head.uri.to_string());
        log.recent.push_back(LoggedRequest { method, target });
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic while the lock was held cannot leave a half-written object: objects are
        // replaced as a whole.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ApiServer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer").finish_non_exhaustive()
    }
}

impl<B> Service<http::Request<B>> for ApiServer
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let limit = super::decode::BODY_BYTES_MAX;
            let body =
                if let Ok(body) = http_body_util::Limited::new(body, limit + 1).collect().await {
                    body.to_bytes()
                } else {
                    let message = format!("Request entity too large: limit is {limit}");
                    let failure = Failure::new(413, "RequestEntityTooLarge", message);
                    return Ok(Answer::from(failure).into_response(Encoding::Json));
                };
            Ok(server.answer(head, body))
        })
    }
}

/// The system's time; waiting needs tokio's timer.
#[derive(Debug)]
struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiServer, REQUEST_LOG_MAX};

    #[test]
    fn the_log_forgets_the_oldest_request_beyond_the_limit() {
        let server = ApiServer::new();
        for number in 0..=REQUEST_LOG_MAX {
            let request = http::Request::get(format!("/livez?{number}")).body(()).unwrap();
            server.answer(request.into_parts().0, bytes::Bytes::new());
        }
        let log = server.request_log();
        assert_eq!(server.requests(), REQUEST_LOG_MAX as u64 + 1);
        assert_eq!((log.len(), log[0].target.as_str()), (REQUEST_LOG_MAX, "/livez?1"));
    }
}
