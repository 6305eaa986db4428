//! What may go wrong between a client and an API server: a fault model, seeded.
//!
//! [`Faults`] stands between clients and an [`ApiServer`]. Without being told it
//! does nothing; a test asks for one fault ([`Faults::next`], [`Faults::on`]), or for a seeded
//! stream of them ([`Faults::seeded`]). The server itself always keeps its rules: a fault is
//! something that happens to a request, to its answer, or to the object it is about.
//!
//! | fault | what happens | what it stands for |
//! |---|---|---|
//! | [`Fault::LostBefore`] | the connection ends, the server never saw the request | networks, restarts |
//! | [`Fault::LostAfter`] | the request is carried out, then the connection ends | the same, later |
//! | [`Fault::Conflict`] | 409 `Conflict`, nothing is done | a write between read and write |
//! | [`Fault::TooManyRequests`] | 429 with `Retry-After`, nothing is done | priority and fairness |
//! | [`Fault::ServerError`] | a 5xx `Status`, nothing is done | an etcd without leader, a webhook |
//! | [`Fault::CutWatch`] | the watch ends after some events | timeouts, balancers |
//! | [`Fault::Slow`] | the answer comes late, by the given clock | load |
//! | [`Fault::Rival`] | somebody else writes to the object first | controllers, people |
//! | [`Fault::Deleted`] | somebody else deletes the object first | people |
//! | [`Faults::lose_group`] | discovery leaves a group out, its paths are 503 | an aggregated API that is down |
//! | [`Skewed`] | the server's clock is ahead or behind | clock skew |
//!
//! # Example
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use gitops_kube::apiserver::{ApiServer, faults::{Asked, Fault, Faults}};
//!
//! let server = ApiServer::new();
//! let faults = Faults::of(&server);
//! faults.on(Asked::writes("configmaps"), Fault::LostAfter);
//! let client = faults.client("default");
//! # let body = br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#.to_vec();
//! # let post = http::Request::post("/api/v1/namespaces/default/configmaps").body(body).unwrap();
//! let answer = client.request::<serde_json::Value>(post).await;
//! assert!(answer.is_err());
//! assert_eq!(server.writes(), 1, "it was created all the same");
//! # })
//! ```

mod act;
mod asked;
mod odds;
mod service;
mod skew;

pub use self::{asked::Asked, odds::Odds, service::Lost, skew::Skewed};

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gitops_core::Clock;
use serde_json::Value;

use super::ApiServer;

/// How many faults may be waiting for their requests; more are refused by a panic of the test.
pub const FAULTS_WAITING_MAX: usize = 1_024;

/// Something that happens to a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is lost: nothing is done and nothing is answered.
    LostBefore,
    /// The answer is lost: the request is carried out.
    LostAfter,
    /// The request is refused with 409, as if the object had been written in between.
    Conflict,
    /// The request is refused with 429 and asked to come again after so many seconds.
    TooManyRequests {
        /// What `Retry-After` says.
        seconds: u32,
    },
    /// The request is refused with this status, from 500 to 599.
    ServerError(u16),
    /// The watch ends after so many pieces of its stream.
    CutWatch {
        /// How many pieces arrive.
        after: usize,
    },
    /// The answer comes late.
    Slow(Duration),
    /// A rival lays this merge patch over the object before the request arrives.
    Rival(Value),
    /// The object is deleted before the request arrives.
    Deleted,
}

/// Stands between clients and a server, and lets things go wrong.
///
/// Cloning gives another handle to the same faults. It is a [`tower::Service`] as the server is.
#[derive(Clone, Debug)]
pub struct Faults {
    server: ApiServer,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Asked, Fault)>,
    odds: Option<Odds>,
    lost_groups: BTreeSet<String>,
    happened: Vec<String>,
}

impl Faults {
    /// Stands in front of a server, without any fault so far. Slow answers wait for tokio's clock.
    pub fn of(server: &ApiServer) -> Self {
        let clock = Arc::new(gitops_core::clock::TokioClock::system());
        Self::with_clock(server, clock)
    }

    /// Stands in front of a server; slow answers wait for `clock`.
    pub fn with_clock(server: &ApiServer, clock: Arc<dyn Clock>) -> Self {
        Self { server: server.clone(), clock, state: Arc::default() }
    }

    /// Stands in front of a server and lets faults happen by chance: equal seeds, equal faults, as
    /// long as the requests come in the same order.
    pub fn seeded(server: &ApiServer, odds: Odds) -> Self {
        let faults = Self::of(server);
        faults.state().odds = Some(odds);
        faults
    }

    /// Lets a fault happen to the next request.
    ///
    /// # Panics
    ///
    /// When more than [`FAULTS_WAITING_MAX`] faults wait.
    pub fn next(&self, fault: Fault) {
        self.on(Asked::anything(), fault);
    }

    /// Lets a fault happen to the next request of a kind, once.
    ///
    /// # Panics
    ///
    /// When more than [`FAULTS_WAITING_MAX`] faults wait.
    pub fn on(&self, asked: Asked, fault: Fault) {
        let mut state = self.state();
        assert!(state.waiting.len() < FAULTS_WAITING_MAX, "too many faults wait for requests");
        state.waiting.push_back((asked, fault));
    }

    /// Lets nothing go wrong any more.
    pub fn calm(&self) {
        let mut state = self.state();
        state.waiting.clear();
        state.odds = None;
        state.lost_groups.clear();
    }

    /// Lets discovery leave a group out, as if the server behind it were down.
    pub fn lose_group(&self, group: &str) {
        self.state().lost_groups.insert(group.to_owned());
    }

    /// Lets discovery name a group again.
    pub fn find_group(&self, group: &str) {
        self.state().lost_groups.remove(group);
    }

    /// Returns what went wrong so far, a line each.
    pub fn happened(&self) -> Vec<String> {
        self.state().happened.clone()
    }

    /// Returns a client whose requests pass through the faults.
    ///
    /// A runtime must be there, since the client's queue runs on it.
    pub fn client(&self, namespace: &str) -> kube::Client {
        kube::Client::new(self.clone(), namespace)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is held is a list of plans: half of one cannot be there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
