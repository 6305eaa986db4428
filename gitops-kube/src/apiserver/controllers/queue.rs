//! What there is to look at: objects that changed, and objects whose time has come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    claims,
    collector::Graph,
    desk::{
        BUDGETS, CLAIMS, CONFIG_MAPS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, ENDPOINTS, JOBS,
        NAMESPACES, NODES, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, REVISIONS, Refused,
        Resource, SERVICE_ACCOUNTS, SERVICES, SLICES, STATEFUL_SETS,
    },
    object::{controller, label, name, namespace},
};
use crate::apiserver::{
    store::{Event, ResourceName},
    world::{World, text},
};

/// When to look at an object again without it having changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    At(Timestamp),
}

impl Again {
    pub(super) fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(a), Self::At(b)) => Self::At(a.min(b)),
            (Self::Never, other) => other,
            (this, Self::Never) => this,
        }
    }
}

/// What a look at an object brought.
pub(crate) type Outcome = Result<Again, Refused>;

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Namespaces,
    CronJobs,
    Deployments,
    ReplicaSets,
    ReplicationControllers,
    StatefulSets,
    DaemonSets,
    Jobs,
    Kubelet,
    Slices,
    Endpoints,
    Claims,
    Budgets,
    Collector,
}

/// Who looks at what: namespace and name, or the uid for the collector.
pub(crate) type Task = (Controller, String, String);

/// How many tasks may wait; beyond, everything is looked at instead.
pub(crate) const TASKS_MAX: usize = 1 << 20;

/// Tasks that are due, and tasks that will be.
#[derive(Debug)]
pub(crate) struct Queue {
    due: BTreeSet<Task>,
    later: BTreeMap<Task, Timestamp>,
    pub(crate) graph: Graph,
    /// The version up to which changes were noted; `None` before the first look.
    seen: Option<u64>,
    limit: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self::of(TASKS_MAX)
    }
}

/// Workloads that own pods, and who keeps them.
const OWNERS: [(Resource, Controller); 5] = [
    (REPLICA_SETS, Controller::ReplicaSets),
    (REPLICATION_CONTROLLERS, Controller::ReplicationControllers),
    (STATEFUL_SETS, Controller::StatefulSets),
    (DAEMON_SETS, Controller::DaemonSets),
    (JOBS, Controller::Jobs),
];

impl Queue {
    fn of(limit: usize) -> Self {
        let (due, later, graph) = Default::default();
        Self { due, later, graph, seen: None, limit }
    }

    /// Takes everything that is due, in an order that does not depend on chance.
    pub(crate) fn take(&mut self, now: Timestamp) -> BTreeSet<Task> {
        let due: Vec<Task> =
            self.later.iter().filter(|(_, at)| **at <= now).map(|(task, _)| task.clone()).collect();
        for task in due {
            self.later.remove(&task);
            self.due.insert(task);
        }
        std::mem::take(&mut self.due)
    }

    /// Says when the next task is due that is not due yet.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.later.values().min().copied()
    }

    /// Remembers when to look again; a later look replaces an earlier one.
    pub(crate) fn again(&mut self, task: Task, again: Again) {
        match again {
            Again::Never => {
                self.later.remove(&task);
            }
            Again::At(at) => {
                self.later.insert(task, at);
            }
        }
    }

    /// Notes what changed since the last time; tells whether anything is due.
    pub(crate) fn note(&mut self, world: &World) -> bool {
        let since = self.seen.and_then(|seen| world.store.since(seen));
        match since {
            Some(events) if self.due.len() < self.limit => {
                for event in events {
                    self.event(world, event);
                }
            }
            _ => self.everything(world),
        }
        self.seen = Some(world.store.version());
        !self.due.is_empty()
    }

    /// Looks at everything once more, because the rules changed.
    pub(crate) fn look_again(&mut self) {
        self.seen = None;
    }

    /// Returns a task that is due.
    pub(crate) fn first(&self) -> Option<&Task> {
        self.due.first()
    }

    fn add(&mut self, controller: Controller, namespace: &str, name: &str) {
        self.due.insert((controller, namespace.to_owned(), name.to_owned()));
    }

    fn everything(&mut self, world: &World) {
        self.due.clear();
        self.graph.clear();
        for resource in world.store.resources() {
            for (key, held) in world.store.held_list(resource, None) {
                self.graph.add(resource, key, held);
                self.add(Controller::Collector, "", &held.uid);
                self.object(world, resource, &world.store.tree(held));
            }
        }
    }

    fn event(&mut self, world: &World, event: &Event) {
        for id in self.graph.note(world, event) {
            self.add(Controller::Collector, "", &id);
        }
        if let Some(old) = &event.old {
            self.object(world, &event.resource, &world.store.tree(old));
        }
        self.object(world, &event.resource, &world.store.tree(&event.object));
        // What ends a namespace waits for everything in it.
        let place = &event.key.0;
        let ends = |namespace: &Value| text(namespace, "/status/phase") == "Terminating";
        if world.namespace(place).is_some_and(|namespace| ends(&namespace)) {
            self.add(Controller::Namespaces, "", place);
        }
    }

    fn all(&mut self, world: &World, of: Resource, controller: Controller, place: &str) {
        let resource = ResourceName { group: of.group.to_owned(), plural: of.plural.to_owned() };
        let place = Some(place).filter(|place| !place.is_empty());
        for ((namespace, name), _) in world.store.held_list(&resource, place) {
            self.add(controller, namespace, name);
        }
    }

    fn object(&mut self, world: &World, resource: &ResourceName, object: &Value) {
        let (place, called) = (namespace(object), name(object));
        let own = OWNERS.iter().find(|(of, _)| of.is(resource));
        if let Some((_, controller)) = own {
            self.add(*controller, place, called);
        }
        if PODS.is(resource) {
            self.pod(world, object);
        } else if REPLICA_SETS.is(resource) {
            match controller(object) {
                Some(owner) => self.add(Controller::Deployments, place, text(owner, "/name")),
                None => self.all(world, DEPLOYMENTS, Controller::Deployments, place),
            }
        } else if DEPLOYMENTS.is(resource) {
            self.add(Controller::Deployments, place, called);
        } else if REVISIONS.is(resource) || JOBS.is(resource) {
            self.owner(object);
        } else if CRON_JOBS.is(resource) {
            self.add(Controller::CronJobs, place, called);
        } else if SERVICES.is(resource) || ENDPOINTS.is(resource) {
            self.add(Controller::Endpoints, place, called);
            self.add(Controller::Slices, place, called);
        } else if SLICES.is(resource) {
            self.add(Controller::Slices, place, label(object, "kubernetes.io/service-name"));
        } else if NODES.is(resource) {
            self.all(world, DAEMON_SETS, Controller::DaemonSets, "");
            self.all(world, PODS, Controller::Kubelet, "");
            self.all(world, SERVICES, Controller::Slices, "");
        } else if NAMESPACES.is(resource) {
            self.add(Controller::Namespaces, "", called);
        } else if (SERVICE_ACCOUNTS.is(resource) && called == "default")
            || (CONFIG_MAPS.is(resource) && called == "kube-root-ca.crt")
        {
            self.add(Controller::Namespaces, "", place);
        } else if CLAIMS.is(resource) {
            self.add(Controller::Claims, place, called);
        } else if BUDGETS.is(resource) {
            self.add(Controller::Budgets, place, called);
        }
    }

    fn owner(&mut self, object: &Value) {
        let Some(owner) = controller(object) else { return };
        let kind = text(owner, "/kind");
        if let Some((_, controller)) = OWNERS.iter().find(|(of, _)| of.kind == kind) {
            self.add(*controller, namespace(object), text(owner, "/name"));
        } else if kind == "CronJob" {
            self.add(Controller::CronJobs, namespace(object), text(owner, "/name"));
        }
    }

    fn pod(&mut self, world: &World, pod: &Value) {
        let place = namespace(pod);
        self.add(Controller::Kubelet, place, name(pod));
        if controller(pod).is_some() {
            self.owner(pod);
            // A Deployment that recreates its pods waits for the last one.
            self.all(world, DEPLOYMENTS, Controller::Deployments, place);
        } else {
            for (of, controller) in OWNERS {
                self.all(world, of, controller, place);
            }
        }
        self.all(world, SERVICES, Controller::Slices, place);
        self.all(world, SERVICES, Controller::Endpoints, place);
        self.all(world, BUDGETS, Controller::Budgets, place);
        for claim in claims::of(pod).filter(|claim| !claim.is_empty()) {
            self.add(Controller::Claims, place, claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Controller, Queue};
    use crate::apiserver::world::{Options, World};

    #[test]
    fn beyond_the_limit_everything_is_looked_at_instead() {
        let options = Options { finish_namespaces: false, gather_roles: false };
        let world = World::new(0, options, "2026-01-02T03:04:05Z".parse().unwrap());
        for (limit, kept) in [(1_000, true), (1, false)] {
            let mut queue = Queue::of(limit);
            assert!(queue.note(&world));
            queue.add(Controller::Jobs, "default", "gone");
            queue.note(&world);
            let gone = queue.due.iter().any(|(controller, _, _)| *controller == Controller::Jobs);
            assert_eq!(gone, kept, "with a limit of {limit}");
            assert!(queue.due.iter().any(|(_, _, name)| name == "kube-system"));
        }
    }
}
