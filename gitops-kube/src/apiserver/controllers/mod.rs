//! Controllers: what makes pods of Deployments, ends namespaces and collects garbage, stepped or in the background.
//!
//! Every controller works as its real counterpart does: it looks at an object, compares it with what it owns, writes
//! through the server's own doors as `kube-controller-manager`, and is told of the next change by the store. Nothing
//! runs between two steps.

mod budgets;
mod claims;
mod collector;
mod cronjob;
mod daemonset;
mod deployment;
mod desk;
mod endpoints;
mod hash;
mod job;
mod kubelet;
#[cfg(test)]
mod limits;
mod namespace;
mod nodes;
mod object;
mod pods;
mod queue;
mod replicaset;
mod revisions;
mod running;
mod script;
mod statefulset;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gitops_core::Clock;
use jiff::Timestamp;

pub(crate) use self::{claims::protect, kubelet::grace};
use self::{
    desk::Desk,
    object::after,
    queue::{Again, Controller, Outcome, Queue, Task},
    script::Scripts,
};
pub use self::{
    running::Running,
    script::{Behaviour, Pods, SCRIPT_LINES_MAX},
};
use super::world::World;

/// How many steps [`Controllers::settle`] takes at most.
pub const SETTLE_STEPS_MAX: usize = 10_000;
/// How many nodes there can be.
pub const NODES_MAX: usize = 1000;

/// How long a controller waits after a refused write, in seconds.
const RETRY_SECONDS: i64 = 5;
/// The name under which the controllers write.
const AGENT: &str = "kube-controller-manager/v1";

/// The controllers of a server.
///
/// Made by [`ApiServer::controllers`](super::ApiServer::controllers). They do nothing by themselves: a test takes
/// steps, or [`start`](Self::start) lets them run in the background. Cloning gives another handle to the same
/// controllers.
///
/// # Example
///
/// A Deployment whose new image cannot be pulled keeps its old pods:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use gitops_kube::apiserver::{ApiServer, Behaviour, Pods};
/// use k8s_openapi::api::apps::v1::Deployment;
/// use kube::api::{Api, Patch, PatchParams, PostParams};
/// use serde_json::json;
///
/// let server = ApiServer::new();
/// let controllers = server.controllers();
/// controllers.script(Pods::image("web:broken"), Behaviour::ImagePullError);
///
/// let api: Api<Deployment> = Api::default_namespaced(server.client("default"));
/// let web = serde_json::from_value(json!({
///     "metadata": { "name": "web" },
///     "spec": {
///         "replicas": 3,
///         "selector": { "matchLabels": { "app": "web" } },
///         "template": {
///             "metadata": { "labels": { "app": "web" } },
///             "spec": { "containers": [{ "name": "web", "image": "web:1" }] },
///         },
///     },
/// }))?;
/// api.create(&PostParams::default(), &web).await?;
/// controllers.settle()?;
/// let status = api.get("web").await?.status.unwrap();
/// assert_eq!(status.available_replicas, Some(3));
///
/// let broken = json!([{ "name": "web", "image": "web:broken" }]);
/// let image = json!({ "spec": { "template": { "spec": { "containers": broken } } } });
/// api.patch("web", &PatchParams::default(), &Patch::Strategic(image)).await?;
/// controllers.settle()?;
/// let status = api.get("web").await?.status.unwrap();
/// assert_eq!((status.available_replicas, status.updated_replicas), (Some(3), Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Controllers {
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

/// What the controllers remember between two steps.
#[derive(Debug)]
pub(crate) struct State {
    queue: Queue,
    scripts: Scripts,
    nodes: usize,
}

impl Default for State {
    fn default() -> Self {
        Self { queue: Queue::default(), scripts: Scripts::default(), nodes: 1 }
    }
}

/// The controllers did not come to rest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the controllers still had work after {steps} steps, such as {task}: look for two writers that undo each \
     other's changes"
)]
pub struct Unsettled {
    /// How many steps were taken.
    pub steps: usize,
    /// What a controller was about to look at.
    pub task: String,
}

impl fmt::Debug for Controllers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controllers").finish_non_exhaustive()
    }
}

impl Controllers {
    pub(super) fn new(
        world: Arc<Mutex<World>>,
        clock: Arc<dyn Clock>,
        state: Arc<Mutex<State>>,
    ) -> Self {
        // From now on the controllers end namespaces and collect garbage, step by step.
        lock(&world).options.finish_namespaces = false;
        Self { world, clock, state }
    }

    /// Says how many nodes run pods: 1 from the start, at most [`NODES_MAX`].
    ///
    /// With 0 there is no scheduler and no kubelet: pods stay `Pending`, as on a server with nothing but
    /// `kube-controller-manager`.
    pub fn nodes(&self, count: usize) -> &Self {
        self.state().nodes = count.min(NODES_MAX);
        self
    }

    /// Says what some pods do; of several lines for a pod, the last counts.
    ///
    /// A script has [`SCRIPT_LINES_MAX`] lines. Pods that are there already follow it too.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use gitops_kube::apiserver::{ApiServer, Behaviour, Pods};
    /// # let controllers = ApiServer::new().controllers();
    /// controllers.script(Pods::image("web:broken"), Behaviour::ImagePullError);
    /// controllers.script(Pods::of("web"), Behaviour::crash_loop());
    /// controllers.script(Pods::of("slow"), Behaviour::ReadyAfter(Duration::from_secs(90)));
    /// controllers.script(Pods::label("app", "db"), Behaviour::NeverReady);
    /// controllers.script(Pods::of("migrate"), Behaviour::Exit(1));
    /// controllers.script(Pods::of("huge"), Behaviour::Unschedulable);
    /// ```
    pub fn script(&self, pods: Pods, behaviour: Behaviour) -> &Self {
        let mut state = self.state();
        state.scripts.add(pods, behaviour);
        state.queue.look_again();
        self
    }

    /// Forgets the script: every pod runs and is ready.
    pub fn clear_script(&self) -> &Self {
        let mut state = self.state();
        state.scripts.clear();
        state.queue.look_again();
        self
    }

    /// Lets every controller look once at each object that changed or whose time has come.
    ///
    /// Returns how many objects were looked at; 0 means that the controllers are at rest until something changes or
    /// the clock reaches [`next`](Self::next).
    pub fn step(&self) -> usize {
        let mut state = self.state();
        let mut world = lock(&self.world);
        let now = self.clock.now();
        let State { queue, scripts, nodes } = &mut *state;
        ready_nodes(&mut world, scripts, *nodes, now);
        queue.note(&world);
        let tasks = queue.take(now);
        let count = tasks.len();
        for task in tasks {
            if task.0 == Controller::Kubelet && *nodes == 0 {
                continue;
            }
            let mut desk = Desk { world: &mut world, now, agent: AGENT, scripts };
            let again = match look(&mut desk, queue, &task) {
                Ok(again) => again,
                Err(refused) => {
                    tracing::debug!(?task, message = %refused.message, "a controller was refused");
                    Again::At(after(now, RETRY_SECONDS))
                }
            };
            queue.again(task, again);
        }
        count
    }

    /// Takes steps until the controllers are at rest, at most [`SETTLE_STEPS_MAX`]; returns how many.
    ///
    /// Time does not pass: what waits for the clock still waits. Move the clock to [`next`](Self::next) and settle
    /// again.
    ///
    /// # Errors
    ///
    /// [`Unsettled`] when the steps were used up.
    pub fn settle(&self) -> Result<usize, Unsettled> {
        self.settle_within(SETTLE_STEPS_MAX)
    }

    /// Takes at most `limit` steps until the controllers are at rest; returns how many.
    ///
    /// # Errors
    ///
    /// [`Unsettled`] when the steps were used up.
    pub fn settle_within(&self, limit: usize) -> Result<usize, Unsettled> {
        for steps in 0..limit {
            if self.step() == 0 {
                return Ok(steps);
            }
        }
        let mut state = self.state();
        state.queue.note(&lock(&self.world));
        match state.queue.first() {
            None => Ok(limit),
            Some((controller, namespace, name)) => {
                let task = format!("{controller:?} {namespace}/{name}");
                Err(Unsettled { steps: limit, task })
            }
        }
    }

    /// Says when a controller wants to look again although nothing changed: a deadline, a backoff, a schedule.
    pub fn next(&self) -> Option<Timestamp> {
        self.state().queue.next()
    }

    /// Runs the controllers in the background until the returned handle is dropped: they react to every write at once.
    ///
    /// A tokio runtime must be there.
    pub fn start(&self) -> Running {
        Running::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Objects are replaced as a whole, and a task that was lost is found again at the next change.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ready_nodes(world: &mut World, scripts: &Scripts, count: usize, now: Timestamp) {
    let mut desk = Desk { world, now, agent: AGENT, scripts };
    for at in 0..count {
        let made = kubelet::make_node(&mut desk, &kubelet::node_name(at));
        if let Err(refused) = made {
            tracing::debug!(message = %refused.message, "a node was refused");
        }
    }
}

fn look(desk: &mut Desk<'_>, queue: &Queue, (controller, place, called): &Task) -> Outcome {
    match controller {
        Controller::Namespaces => namespace::sync(desk, place, called),
        Controller::CronJobs => cronjob::sync(desk, place, called),
        Controller::Deployments => deployment::sync(desk, place, called),
        Controller::ReplicaSets => replicaset::sync_set(desk, place, called),
        Controller::ReplicationControllers => replicaset::sync_controller(desk, place, called),
        Controller::StatefulSets => statefulset::sync(desk, place, called),
        Controller::DaemonSets => daemonset::sync(desk, place, called),
        Controller::Jobs => job::sync(desk, place, called),
        Controller::Kubelet => kubelet::sync(desk, place, called),
        Controller::Slices => endpoints::sync_slices(desk, place, called),
        Controller::Endpoints => endpoints::sync_endpoints(desk, place, called),
        Controller::Claims => claims::sync(desk, place, called),
        Controller::Budgets => budgets::sync(desk, place, called),
        Controller::Collector => queue.graph.sync(desk, called),
    }
}
