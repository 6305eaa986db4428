//! Tests that reach the limits of controllers, on a world without a clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    desk::{Desk, ENDPOINTS, PODS, REPLICA_SETS, Resource, SERVICES},
    endpoints::{ENDPOINTS_ADDRESSES_MAX, sync_endpoints},
    pods::PODS_PER_STEP_MAX,
    replicaset::sync_set,
    script::Scripts,
};
use crate::apiserver::world::{Options, World};

/// Lets controllers look at a world of their own.
pub(super) fn at_desk(work: impl FnOnce(&mut Desk<'_>)) {
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a test knows what it made");
    let options = Options { finish_namespaces: false, gather_roles: false };
    let mut world = World::new(0, options, now);
    work(&mut Desk { world: &mut world, now, agent: "test/1", scripts: &Scripts::default() });
}

/// Returns an object of a kind in the default namespace.
pub(super) fn object(of: Resource, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": of.api_version(),
        "kind": of.kind,
        "metadata": { "name": name, "namespace": "default", "labels": { "app": "web" } },
        "spec": spec,
    })
}

/// Returns the spec of a workload.
pub(super) fn workload(replicas: usize) -> Value {
    json!({
        "replicas": replicas,
        "selector": { "matchLabels": { "app": "web" } },
        "template": {
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "web", "image": "web:1" }] },
        },
    })
}

#[test]
fn a_set_makes_and_deletes_no_more_pods_in_a_step_than_allowed() {
    at_desk(|desk| {
        let wanted = PODS_PER_STEP_MAX + 1;
        let set = desk.create(REPLICA_SETS, &object(REPLICA_SETS, "web", &workload(wanted)));
        sync_set(desk, "default", "web").expect("a test knows what it made");
        assert_eq!(desk.list(PODS, "default").len(), PODS_PER_STEP_MAX);
        sync_set(desk, "default", "web").expect("a test knows what it made");
        assert_eq!(desk.list(PODS, "default").len(), wanted);
        let mut set = (*set.expect("a test knows what it made")).clone();
        set["metadata"]["resourceVersion"] = Value::Null;
        set["spec"]["replicas"] = 0.into();
        desk.update(REPLICA_SETS, &set).expect("a test knows what it made");
        sync_set(desk, "default", "web").expect("a test knows what it made");
        assert_eq!(desk.list(PODS, "default").len(), 1);
    });
}

#[test]
fn endpoints_list_no_more_addresses_than_allowed() {
    at_desk(|desk| {
        let spec = json!({ "selector": { "app": "web" }, "ports": [{ "port": 80 }] });
        desk.create(SERVICES, &object(SERVICES, "web", &spec)).expect("a test knows what it made");
        let kind =
            desk.world.kinds.find("", "v1", "pods").cloned().expect("a test knows what it made");
        for at in 0..=ENDPOINTS_ADDRESSES_MAX {
            let name = format!("web-{at}");
            let mut pod = object(PODS, &name, &json!({ "containers": [] }));
            pod["status"] = json!({
                "phase": "Running",
                "podIP": format!("10.0.{}.{}", at / 250, at % 250),
                "conditions": [{ "type": "Ready", "status": "True" }],
            });
            desk.world.store.put(&kind.resource, ("default".to_owned(), name), pod);
        }
        sync_endpoints(desk, "default", "web").expect("a test knows what it made");
        let made = desk.get(ENDPOINTS, "default", "web").expect("a test knows what it made");
        let addresses =
            made["subsets"][0]["addresses"].as_array().expect("a test knows what it made");
        assert_eq!(addresses.len(), ENDPOINTS_ADDRESSES_MAX);
        let annotations = &made["metadata"]["annotations"];
        assert_eq!(annotations["endpoints.kubernetes.io/over-capacity"], "truncated");
    });
}
