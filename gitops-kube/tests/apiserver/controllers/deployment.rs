//! Deployments: rollouts that go well, and rollouts that do not.

use std::time::Duration;

use expect_test::expect;
use gitops_kube::apiserver::{Behaviour, Pods};

use super::{Cluster, DEPLOYMENTS, PODS, SETS, image, workload};

const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";
const SIZE: [&str; 3] =
    ["/spec/replicas", "/status/availableReplicas", "/spec/template/spec/containers/0/image"];

fn started(replicas: u32) -> Cluster {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", &format!("replicas: {replicas}")));
    cluster.settle();
    cluster
}

#[test]
fn makes_a_replica_set_and_its_pods() {
    let cluster = started(2);
    expect![[r#"
        {"availableReplicas":2,"observedGeneration":1,"readyReplicas":2,"replicas":2,"terminatingReplicas":0,"updatedReplicas":2}
        Available True MinimumReplicasAvailable Deployment has minimum availability.
        Progressing True NewReplicaSetAvailable ReplicaSet "web-56bc84c78" has successfully progressed.
    "#]]
    .assert_eq(&cluster.status(WEB));
    let owner = "/metadata/ownerReferences/0/kind";
    expect![[r#"
        web-56bc84c78 Deployment {"app":"web","pod-template-hash":"56bc84c78"} {"deployment.kubernetes.io/desired-replicas":"2","deployment.kubernetes.io/max-replicas":"3","deployment.kubernetes.io/revision":"1"}
    "#]]
    .assert_eq(&cluster.list(SETS, &[owner, "/metadata/labels", "/metadata/annotations"]));
    expect![[r#"
        {"f:replicas":{},"f:selector":{}}
    "#]]
    .assert_eq(&owned(&cluster));
    let pods = cluster.list(PODS, &["/status/phase", owner, "/spec/nodeName"]);
    let pods: Vec<&str> = pods.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert_eq!(pods, ["Running ReplicaSet node-0"; 2]);
}

/// What the controller owns in the spec of the `ReplicaSet`, without the template.
fn owned(cluster: &Cluster) -> String {
    let set = cluster.at(SETS)["items"][0].take();
    let entry = &set["metadata"]["managedFields"][0];
    assert_eq!(entry["manager"], "kube-controller-manager");
    let mut spec = entry["fieldsV1"]["f:spec"].clone();
    spec.as_object_mut().unwrap().remove("f:template");
    format!("{spec}\n")
}

#[test]
fn rolls_out_step_by_step() {
    let cluster = started(4);
    cluster.merge(WEB, &image("web:2"));
    let mut seen: Vec<String> = Vec::new();
    while cluster.controllers.step() > 0 {
        let sets = cluster.at(SETS);
        let mut sizes: Vec<(String, i64)> = Vec::new();
        for set in sets["items"].as_array().unwrap() {
            let image = &set["spec"]["template"]["spec"]["containers"][0]["image"];
            let replicas = set["spec"]["replicas"].as_i64().unwrap();
            sizes.push((image.as_str().unwrap().to_owned(), replicas));
        }
        sizes.sort();
        let line: Vec<String> =
            sizes.iter().map(|(image, size)| format!("{image}={size}")).collect();
        let line = line.join(" ");
        if seen.last() != Some(&line) {
            seen.push(line);
        }
    }
    expect![[r#"
        web:1=3 web:2=1
        web:1=3 web:2=2
        web:1=1 web:2=2
        web:1=1 web:2=4
        web:1=0 web:2=4"#]]
    .assert_eq(&seen.join("\n"));
}

#[test]
fn recreates_when_told_so() {
    let cluster = Cluster::new();
    let spec = "strategy: {type: Recreate}";
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", spec));
    cluster.settle();
    cluster.merge(WEB, &image("web:2"));
    let mut most = 0;
    while cluster.controllers.step() > 0 {
        most = most.max(cluster.at(PODS)["items"].as_array().unwrap().len());
    }
    assert_eq!(most, 1, "the old pod is gone before the new one comes");
    let images = cluster.list(SETS, &SIZE);
    assert!(images.contains("1 1 web:2") && images.contains("0 - web:1"), "{images}");
}

#[test]
fn stops_at_an_image_that_cannot_be_pulled_and_goes_back() {
    let cluster = started(4);
    cluster.controllers.script(Pods::image("web:broken"), Behaviour::ImagePullError);
    cluster.merge(WEB, &image("web:broken"));
    cluster.settle();
    cluster.pass(10);
    expect![[r#"
        {"availableReplicas":3,"observedGeneration":2,"readyReplicas":3,"replicas":5,"terminatingReplicas":0,"unavailableReplicas":2,"updatedReplicas":2}
        Available True MinimumReplicasAvailable Deployment has minimum availability.
        Progressing True ReplicaSetUpdated ReplicaSet "web-7f8d668574" is progressing.
    "#]]
    .assert_eq(&cluster.status(WEB));
    let waiting = "/status/containerStatuses/0/state/waiting/reason";
    let pods = cluster.list(PODS, &["/status/phase", waiting]);
    assert_eq!(pods.matches(" Pending ImagePullBackOff").count(), 2, "{pods}");
    cluster.pass(601);
    let status = cluster.status(WEB);
    let told = "Progressing False ProgressDeadlineExceeded ReplicaSet \"web-7f8d668574\" has timed out progressing.";
    assert!(status.contains(told), "{status}");
    cluster.merge(WEB, &image("web:1"));
    cluster.settle();
    expect![[r#"
        web-56bc84c78 4 3 {"deployment.kubernetes.io/desired-replicas":"4","deployment.kubernetes.io/max-replicas":"5","deployment.kubernetes.io/revision":"3","deployment.kubernetes.io/revision-history":"1"}
        web-7f8d668574 0 3 {"deployment.kubernetes.io/desired-replicas":"4","deployment.kubernetes.io/max-replicas":"5","deployment.kubernetes.io/revision":"2"}
    "#]]
    .assert_eq(&cluster.list(SETS, &["/spec/replicas", "/metadata/generation", "/metadata/annotations"]));
}

#[test]
fn waits_for_pods_that_are_slow() {
    let cluster = Cluster::new();
    let slow = Behaviour::ReadyAfter(Duration::from_secs(30));
    cluster.controllers.script(Pods::of("web"), slow);
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "minReadySeconds: 15"));
    cluster.settle();
    let ready = |cluster: &Cluster| {
        let status = cluster.at(WEB)["status"].take();
        (status["readyReplicas"].as_i64(), status["availableReplicas"].as_i64())
    };
    assert_eq!(ready(&cluster), (None, None));
    cluster.pass(30);
    assert_eq!(ready(&cluster), (Some(1), None));
    cluster.pass(15);
    assert_eq!(ready(&cluster), (Some(1), Some(1)));
}

#[test]
fn says_why_pods_do_not_run() {
    let cases = [
        (Behaviour::NeverReady, "Running - 0"),
        (Behaviour::crash_loop(), "Running CrashLoopBackOff 0"),
        (Behaviour::Unschedulable, "Pending - -"),
        (Behaviour::Hold, "Pending - -"),
    ];
    let waiting = "/status/containerStatuses/0/state/waiting/reason";
    let restarts = "/status/containerStatuses/0/restartCount";
    for (behaviour, wanted) in cases {
        let cluster = Cluster::new();
        cluster.controllers.script(Pods::All, behaviour.clone());
        cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 1"));
        cluster.settle();
        let pods = cluster.list(PODS, &["/status/phase", waiting, restarts]);
        assert!(pods.ends_with(&format!(" {wanted}\n")), "{behaviour:?}: {pods}");
        assert!(cluster.at(WEB)["status"].get("availableReplicas").is_none());
        cluster.controllers.clear_script();
        cluster.settle();
        assert_eq!(cluster.at(WEB)["status"]["availableReplicas"], 1, "{behaviour:?}");
    }
}

#[test]
fn restarts_crashed_containers_later_and_later() {
    let cluster = Cluster::new();
    cluster.controllers.script(Pods::All, Behaviour::crash_loop());
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 1"));
    cluster.settle();
    let mut waits = Vec::new();
    for _ in 0..8 {
        let now = *cluster.clock.0.lock().unwrap();
        let next =
            cluster.controllers.next().unwrap().min(now + jiff::SignedDuration::from_secs(300));
        let wait = next.duration_since(now).as_secs();
        waits.push(wait);
        cluster.pass(wait);
    }
    let restarts = "/status/containerStatuses/0/restartCount";
    assert_eq!(waits[..5], [10, 20, 40, 80, 160]);
    assert!(
        cluster.list(PODS, &[restarts]).trim_end().ends_with('7'),
        "one wait was for the deadline"
    );
}

#[test]
fn scales_in_proportion_during_a_rollout() {
    let cluster = started(10);
    cluster.controllers.script(Pods::image("web:2"), Behaviour::NeverReady);
    cluster.merge(WEB, &image("web:2"));
    cluster.settle();
    cluster.merge(WEB, r#"{"spec":{"replicas":20}}"#);
    cluster.settle();
    let sizes = cluster.list(SETS, &["/spec/replicas"]);
    let sizes: Vec<&str> = sizes.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert_eq!(sizes, ["15", "10"]);
}

#[test]
fn pauses_keeps_history_and_scales_down() {
    let cluster = started(2);
    cluster.merge(WEB, r#"{"spec":{"paused":true,"revisionHistoryLimit":1}}"#);
    cluster.merge(WEB, &image("web:2"));
    cluster.settle();
    assert_eq!(
        cluster.at(SETS)["items"].as_array().unwrap().len(),
        1,
        "nothing rolls while paused"
    );
    assert!(
        cluster.status(WEB).contains("Progressing Unknown DeploymentPaused Deployment is paused")
    );
    cluster.merge(WEB, r#"{"spec":{"paused":false}}"#);
    cluster.settle();
    cluster.merge(WEB, &image("web:3"));
    cluster.settle();
    let sets = cluster.list(SETS, &SIZE);
    assert_eq!(sets.lines().count(), 2, "one old revision is kept: {sets}");
    assert!(sets.contains("web:3") && sets.contains("web:2"), "{sets}");
    cluster.merge(WEB, r#"{"spec":{"replicas":0}}"#);
    cluster.settle();
    assert_eq!(cluster.list(PODS, &[]), "");
    assert_eq!(cluster.at(WEB)["status"].get("replicas"), None);
}
