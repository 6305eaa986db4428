//! Sets: `ReplicaSets` by themselves, `StatefulSets` in order, `DaemonSets` on every node.

use expect_test::expect;
use gitops_kube::apiserver::{Behaviour, Pods};

use super::{Cluster, PODS, SETS, image, workload};

const STATEFUL: &str = "/apis/apps/v1/namespaces/default/statefulsets";
const DB: &str = "/apis/apps/v1/namespaces/default/statefulsets/db";
const DAEMONS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const REVISIONS: &str = "/apis/apps/v1/namespaces/default/controllerrevisions";

#[test]
fn a_replica_set_takes_in_pods_and_replaces_them() {
    let cluster = Cluster::new();
    cluster.post(
        PODS,
        "{apiVersion: v1, kind: Pod, metadata: {name: stray, labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}",
    );
    cluster.post(SETS, &workload("ReplicaSet", "web", "replicas: 2"));
    cluster.settle();
    let owner = "/metadata/ownerReferences/0/name";
    assert!(cluster.list(PODS, &[owner]).starts_with("stray web\n"));
    assert_eq!(cluster.at(PODS)["items"].as_array().unwrap().len(), 2);
    cluster.delete(&format!("{PODS}/stray"));
    assert!(cluster.list(PODS, &["/metadata/deletionGracePeriodSeconds"]).contains("stray 30"));
    cluster.settle();
    let pods = cluster.list(PODS, &[owner]);
    assert_eq!(pods.matches(" web\n").count(), 2, "{pods}");
    assert!(!pods.contains("stray"), "{pods}");
}

#[test]
fn a_stateful_set_goes_up_and_rolls_in_order() {
    let cluster = Cluster::new();
    cluster.controllers.script(Pods::of("db"), Behaviour::NeverReady);
    let spec = "replicas: 3\n  serviceName: db\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: \
                [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]";
    cluster.post(STATEFUL, &workload("StatefulSet", "db", spec));
    cluster.settle();
    assert_eq!(
        cluster.list(PODS, &["/status/phase"]),
        "db-0 Running\n",
        "the next waits for the first"
    );
    cluster.controllers.clear_script();
    cluster.settle();
    let claim = "/spec/volumes/0/persistentVolumeClaim/claimName";
    expect![[r#"
        db-0 db-0 data-db-0 db-76c49477cf
        db-1 db-1 data-db-1 db-76c49477cf
        db-2 db-2 data-db-2 db-76c49477cf
    "#]]
    .assert_eq(
        &cluster
            .list(PODS, &["/spec/hostname", claim, "/metadata/labels/controller-revision-hash"]),
    );
    cluster.controllers.script(Pods::image("db:2"), Behaviour::NeverReady);
    cluster.merge(DB, &image("db:2"));
    cluster.settle();
    let shown = "/spec/containers/0/image";
    assert_eq!(cluster.list(PODS, &[shown]), "db-0 db:1\ndb-1 db:1\ndb-2 db:2\n");
    cluster.controllers.clear_script();
    cluster.settle();
    expect![[r#"
        {"availableReplicas":3,"collisionCount":0,"currentReplicas":3,"currentRevision":"db-6644cc7754","observedGeneration":2,"readyReplicas":3,"replicas":3,"updateRevision":"db-6644cc7754","updatedReplicas":3}
    "#]]
    .assert_eq(&cluster.status(DB));
    expect![[r#"
        db-6644cc7754 2 db:2
        db-76c49477cf 1 db:1
    "#]]
    .assert_eq(
        &cluster.list(REVISIONS, &["/revision", "/data/spec/template/spec/containers/0/image"]),
    );
    cluster.merge(DB, r#"{"spec":{"replicas":1}}"#);
    cluster.settle();
    assert_eq!(cluster.list(PODS, &[]), "db-0\n");
}

#[test]
fn a_partition_keeps_old_pods() {
    let cluster = Cluster::new();
    let spec = "replicas: 3\n  updateStrategy: {rollingUpdate: {partition: 2}}";
    cluster.post(STATEFUL, &workload("StatefulSet", "db", spec));
    cluster.settle();
    cluster.merge(DB, &image("db:2"));
    cluster.settle();
    let shown = "/spec/containers/0/image";
    assert_eq!(cluster.list(PODS, &[shown]), "db-0 db:1\ndb-1 db:1\ndb-2 db:2\n");
    cluster.delete(&format!("{PODS}/db-0"));
    cluster.settle();
    assert!(cluster.list(PODS, &[shown]).starts_with("db-0 db:1\n"), "made again as it was");
}

#[test]
fn a_daemon_set_runs_on_every_node_it_tolerates() {
    let cluster = Cluster::new();
    cluster.controllers.nodes(3);
    cluster.post(DAEMONS, &workload("DaemonSet", "log", ""));
    cluster.settle();
    let agent = format!("{DAEMONS}/log");
    expect![[r#"
        {"currentNumberScheduled":3,"desiredNumberScheduled":3,"numberAvailable":3,"numberMisscheduled":0,"numberReady":3,"observedGeneration":1,"updatedNumberScheduled":3}
    "#]]
    .assert_eq(&cluster.status(&agent));
    cluster.merge(
        "/api/v1/nodes/node-1",
        r#"{"spec":{"taints":[{"key":"gone","effect":"NoExecute"}]}}"#,
    );
    cluster.merge(&agent, &image("log:2"));
    cluster.settle();
    let fields = ["/spec/nodeName", "/spec/containers/0/image"];
    let pods = cluster.list(PODS, &fields);
    let mut pods: Vec<&str> = pods.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    pods.sort_unstable();
    assert_eq!(pods, ["node-0 log:2", "node-2 log:2"]);
    assert_eq!(cluster.at(REVISIONS)["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_daemon_set_replaces_no_more_pods_than_allowed() {
    let cluster = Cluster::new();
    cluster.controllers.nodes(4).script(Pods::image("log:2"), Behaviour::NeverReady);
    cluster.post(DAEMONS, &workload("DaemonSet", "log", ""));
    cluster.settle();
    cluster.merge(&format!("{DAEMONS}/log"), &image("log:2"));
    cluster.settle();
    let images = cluster.list(PODS, &["/spec/containers/0/image"]);
    assert_eq!(images.matches("log:2").count(), 1, "one may be missing, and it is: {images}");
}
