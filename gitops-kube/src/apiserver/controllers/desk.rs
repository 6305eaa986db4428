//! How a controller reads and writes: through the server's own doors, so that its writes are checked, owned and seen.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        access::User,
        answer::Answer,
        request::Request,
        route,
        shown::Shown,
        store::ResourceName,
        world::{World, seconds, text},
    },
    script::Scripts,
};

/// Where objects of a kind are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) kind: &'static str,
}

macro_rules! resources {
    ($($name:ident = $group:literal $version:literal $plural:literal $kind:literal;)*) => {
        $(pub(crate) const $name: Resource =
            Resource { group: $group, version: $version, plural: $plural, kind: $kind };)*
    };
}

resources! {
    PODS = "" "v1" "pods" "Pod";
    NODES = "" "v1" "nodes" "Node";
    SERVICES = "" "v1" "services" "Service";
    ENDPOINTS = "" "v1" "endpoints" "Endpoints";
    EVENTS = "" "v1" "events" "Event";
    CLAIMS = "" "v1" "persistentvolumeclaims" "PersistentVolumeClaim";
    CONFIG_MAPS = "" "v1" "configmaps" "ConfigMap";
    SERVICE_ACCOUNTS = "" "v1" "serviceaccounts" "ServiceAccount";
    NAMESPACES = "" "v1" "namespaces" "Namespace";
    REPLICATION_CONTROLLERS = "" "v1" "replicationcontrollers" "ReplicationController";
    DEPLOYMENTS = "apps" "v1" "deployments" "Deployment";
    REPLICA_SETS = "apps" "v1" "replicasets" "ReplicaSet";
    STATEFUL_SETS = "apps" "v1" "statefulsets" "StatefulSet";
    DAEMON_SETS = "apps" "v1" "daemonsets" "DaemonSet";
    REVISIONS = "apps" "v1" "controllerrevisions" "ControllerRevision";
    JOBS = "batch" "v1" "jobs" "Job";
    CRON_JOBS = "batch" "v1" "cronjobs" "CronJob";
    SLICES = "discovery.k8s.io" "v1" "endpointslices" "EndpointSlice";
    BUDGETS = "policy" "v1" "poddisruptionbudgets" "PodDisruptionBudget";
}

impl Resource {
    pub(crate) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    pub(crate) fn is(&self, name: &ResourceName) -> bool {
        self.group == name.group && self.plural == name.plural
    }

    fn path(&self) -> [&'static str; 3] {
        [self.group, self.version, self.plural]
    }

    fn name(&self) -> ResourceName {
        ResourceName { group: self.group.to_owned(), plural: self.plural.to_owned() }
    }
}

/// A write that the server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn is_missing(&self) -> bool {
        self.code == 404
    }

    pub(crate) fn exists(&self) -> bool {
        self.reason == "AlreadyExists"
    }
}

pub(crate) type Written = Result<Arc<Value>, Refused>;

/// The workplace of the controllers.
#[derive(Debug)]
pub(crate) struct Desk<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) now: Timestamp,
    pub(crate) agent: &'static str,
    pub(crate) scripts: &'w Scripts,
}

/// What is sent besides the object's place.
struct Content<'a> {
    kind: &'static str,
    body: Option<&'a Value>,
    query: Vec<(String, String)>,
}

impl Desk<'_> {
    /// The time as objects write it.
    pub(crate) fn time(&self) -> String {
        seconds(self.now)
    }

    pub(crate) fn get(&self, of: Resource, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let key = (namespace.to_owned(), name.to_owned());
        self.world.store.get(&of.name(), &key)
    }

    /// Returns the objects of a namespace, or of all with an empty one.
    pub(crate) fn list(&self, of: Resource, namespace: &str) -> Vec<Arc<Value>> {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        self.world.store.list(&of.name(), namespace).map(|(_, object)| object).collect()
    }

    pub(crate) fn create(&mut self, of: Resource, object: &Value) -> Written {
        let namespace = text(object, "/metadata/namespace").to_owned();
        let content = Content { kind: "application/json", body: Some(object), query: Vec::new() };
        self.ask(Method::POST, of.path(), (&namespace, "", ""), content)
    }

    pub(crate) fn update(&mut self, of: Resource, object: &Value) -> Written {
        self.put(of, object, "")
    }

    pub(crate) fn update_status(&mut self, of: Resource, object: &Value) -> Written {
        self.put(of, object, "status")
    }

    fn put(&mut self, of: Resource, object: &Value, subresource: &str) -> Written {
        let namespace = text(object, "/metadata/namespace").to_owned();
        let name = text(object, "/metadata/name").to_owned();
        let content = Content { kind: "application/json", body: Some(object), query: Vec::new() };
        self.ask(Method::PUT, of.path(), (&namespace, &name, subresource), content)
    }

    pub(crate) fn patch(
        &mut self,
        of: Resource,
        (namespace, name, subresource): (&str, &str, &str),
        kind: &'static str,
        body: &Value,
    ) -> Written {
        let content = Content { kind, body: Some(body), query: Vec::new() };
        self.ask(Method::PATCH, of.path(), (namespace, name, subresource), content)
    }

    /// Deletes an object of that uid; one that is gone already is no failure.
    pub(crate) fn delete(
        &mut self,
        of: Resource,
        object: &Value,
        options: &[(&str, Value)],
    ) -> Result<(), Refused> {
        self.delete_at(of.path(), object, options)
    }

    /// Deletes an object of a resource that is given by group, version and plural.
    pub(crate) fn delete_at(
        &mut self,
        of: [&str; 3],
        object: &Value,
        options: &[(&str, Value)],
    ) -> Result<(), Refused> {
        let namespace = text(object, "/metadata/namespace").to_owned();
        let name = text(object, "/metadata/name").to_owned();
        let mut body = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": { "uid": text(object, "/metadata/uid") },
        });
        for (name, value) in options {
            body[*name] = value.clone();
        }
        let content = Content { kind: "application/json", body: Some(&body), query: Vec::new() };
        match self.ask(Method::DELETE, of, (&namespace, &name, ""), content) {
            Err(refused) if !refused.is_missing() => Err(refused),
            _ => Ok(()),
        }
    }

    /// Patches an object of a resource that is given by group, version and plural; one that is gone is no failure.
    pub(crate) fn patch_at(
        &mut self,
        of: [&str; 3],
        object: &Value,
        kind: &'static str,
        patch: &Value,
    ) -> Result<(), Refused> {
        let namespace = text(object, "/metadata/namespace").to_owned();
        let name = text(object, "/metadata/name").to_owned();
        let content = Content { kind, body: Some(patch), query: Vec::new() };
        match self.ask(Method::PATCH, of, (&namespace, &name, ""), content) {
            Err(refused) if !refused.is_missing() => Err(refused),
            _ => Ok(()),
        }
    }

    fn ask(
        &mut self,
        method: Method,
        [group, version, plural]: [&str; 3],
        (namespace, name, subresource): (&str, &str, &str),
        content: Content<'_>,
    ) -> Written {
        let mut path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        if !namespace.is_empty() {
            path = format!("{path}/namespaces/{namespace}");
        }
        for part in [plural, name, subresource] {
            if !part.is_empty() {
                path = format!("{path}/{part}");
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content.kind));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(self.agent));
        let body = content.body.map_or_else(Bytes::new, |body| body.to_string().into());
        let user = Some(Arc::new(User::admin()));
        let request = Request { method, path, query: content.query, headers, body, user };
        match route::serve(self.world, &request, self.now) {
            Answer::Object(code, shown) | Answer::Warned(code, shown, _) if code < 400 => {
                Ok(match &shown {
                    Shown::Held(held) => self.world.store.tree(held),
                    other => other.tree(),
                })
            }
            Answer::Object(code, shown) => Err(Refused {
                code,
                reason: text(&shown.tree(), "/reason").to_owned(),
                message: text(&shown.tree(), "/message").to_owned(),
            }),
            _ => Err(Refused { code: 404, reason: String::new(), message: "no answer".to_owned() }),
        }
    }

    /// Writes down what happened to an object, as `kubectl describe` shows it.
    pub(crate) fn note(&mut self, about: &Value, of: Resource, happened: &Happened<'_>) {
        let namespace = match text(about, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let name =
            format!("{}.{:016x}", text(about, "/metadata/name"), self.world.draws.below(u32::MAX));
        let time = self.time();
        let event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "name": name, "namespace": namespace },
            "involvedObject": {
                "apiVersion": of.api_version(),
                "kind": of.kind,
                "name": text(about, "/metadata/name"),
                "namespace": text(about, "/metadata/namespace"),
                "uid": text(about, "/metadata/uid"),
                "resourceVersion": text(about, "/metadata/resourceVersion"),
            },
            "reason": happened.reason,
            "message": happened.message,
            "type": if happened.warning { "Warning" } else { "Normal" },
            "source": { "component": happened.component },
            "reportingComponent": happened.component,
            "reportingInstance": "",
            "firstTimestamp": time,
            "lastTimestamp": time,
            "eventTime": null,
            "count": 1,
        });
        // An event that cannot be kept, in a namespace that ends say, is lost as in a real cluster.
        let _: Written = self.create(EVENTS, &event);
    }
}

/// What an event says.
#[derive(Clone, Debug)]
pub(crate) struct Happened<'a> {
    pub(crate) component: &'a str,
    pub(crate) warning: bool,
    pub(crate) reason: &'a str,
    pub(crate) message: String,
}
