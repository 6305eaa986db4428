//! How things end, what services know, and controllers that do not come to rest.

use expect_test::expect;
use futures_util::FutureExt;
use gitops_kube::apiserver::{Behaviour, NODES_MAX, Pods};

use super::{Cluster, DEPLOYMENTS, PODS, SETS, image, workload};

const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";

fn started() -> Cluster {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 2"));
    cluster.settle();
    cluster
}

fn delete(cluster: &Cluster, policy: &str) {
    cluster.delete(&format!("{WEB}?propagationPolicy={policy}"));
}

#[test]
fn background_deletion_takes_what_is_owned() {
    let cluster = started();
    delete(&cluster, "Background");
    assert_eq!(cluster.world.get(WEB).0, 404);
    assert_eq!(cluster.at(SETS)["items"].as_array().unwrap().len(), 1, "the collector comes later");
    cluster.settle();
    assert_eq!((cluster.list(SETS, &[]), cluster.list(PODS, &[])), (String::new(), String::new()));
}

#[test]
fn foreground_deletion_waits_for_what_is_owned() {
    let cluster = started();
    delete(&cluster, "Foreground");
    let mut seen = Vec::new();
    loop {
        let there = |path: &str| cluster.at(path)["items"].as_array().unwrap().len();
        let line = (there(DEPLOYMENTS), there(SETS), there(PODS));
        if seen.last() != Some(&line) {
            seen.push(line);
        }
        if cluster.controllers.step() == 0 {
            break;
        }
    }
    expect!["[(1, 1, 2), (0, 0, 0)]"].assert_eq(&format!("{seen:?}"));
}

#[test]
fn orphans_are_left_alone() {
    let cluster = started();
    delete(&cluster, "Orphan");
    cluster.settle();
    assert_eq!(cluster.world.get(WEB).0, 404);
    let sets = cluster.list(SETS, &["/metadata/ownerReferences", "/spec/replicas"]);
    assert!(sets.ends_with(" - 2\n"), "{sets}");
}

#[test]
fn an_object_whose_owner_never_was_goes() {
    let cluster = Cluster::new();
    let owner =
        "{apiVersion: v1, kind: ConfigMap, name: x, uid: 11111111-2222-3333-4444-555555555555}";
    let path = "/api/v1/namespaces/default/configmaps";
    let child = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: child, ownerReferences: [{owner}]}}}}"
    );
    cluster.post(path, &child);
    cluster.settle();
    assert_eq!(cluster.world.get(&format!("{path}/child")).0, 404);
}

#[test]
fn a_namespace_ends_when_its_finalizers_are_gone() {
    let cluster = Cluster::new();
    cluster.post("/api/v1/namespaces", "{apiVersion: v1, kind: Namespace, metadata: {name: team}}");
    cluster.settle();
    let maps = "/api/v1/namespaces/team/configmaps";
    assert_eq!(cluster.list(maps, &[]), "kube-root-ca.crt\n");
    assert_eq!(cluster.list("/api/v1/namespaces/team/serviceaccounts", &[]), "default\n");
    cluster.post(
        maps,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.com/f]}}",
    );
    cluster.delete("/api/v1/namespaces/team");
    cluster.settle();
    expect![[r#"
        {"phase":"Terminating"}
        NamespaceDeletionDiscoveryFailure False ResourcesDiscovered All resources successfully discovered
        NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions All legacy kube types successfully parsed
        NamespaceDeletionContentFailure False ContentDeleted All content successfully deleted, may be waiting on finalization
        NamespaceContentRemaining True SomeResourcesRemain Some resources are remaining: configmaps. has 1 resource instances
        NamespaceFinalizersRemaining True SomeFinalizersRemain Some content in the namespace has finalizers remaining: example.com/f in 1 resource instances
    "#]]
    .assert_eq(&cluster.status("/api/v1/namespaces/team"));
    cluster.merge(&format!("{maps}/held"), r#"{"metadata":{"finalizers":null}}"#);
    cluster.settle();
    assert_eq!(cluster.world.get("/api/v1/namespaces/team").0, 404);
}

#[test]
fn a_claim_stays_while_a_pod_uses_it() {
    let cluster = Cluster::new();
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    cluster.post(
        claims,
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], \
         resources: {requests: {storage: 1Gi}}}}",
    );
    cluster.post(
        PODS,
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: x}], volumes: [{name: \
         d, persistentVolumeClaim: {claimName: data}}]}}",
    );
    cluster.settle();
    cluster.delete(&format!("{claims}/data"));
    cluster.settle();
    let finalizers = "/metadata/finalizers";
    assert_eq!(cluster.list(claims, &[finalizers]), "data [\"kubernetes.io/pvc-protection\"]\n");
    cluster.delete(&format!("{PODS}/p"));
    cluster.settle();
    assert_eq!(cluster.list(claims, &[]), "");
}

#[test]
fn services_find_ready_pods() {
    let cluster = started();
    cluster.post(
        "/api/v1/namespaces/default/services",
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}",
    );
    cluster.settle();
    let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    let slice = cluster.at(slices)["items"][0].take();
    assert_eq!(slice["endpoints"].as_array().unwrap().len(), 2);
    assert_eq!(slice["ports"].to_string(), r#"[{"name":"","port":80,"protocol":"TCP"}]"#);
    let endpoints = cluster.at("/api/v1/namespaces/default/endpoints/web");
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 2);
    cluster.controllers.script(Pods::All, Behaviour::NeverReady);
    cluster.settle();
    let endpoints = cluster.at("/api/v1/namespaces/default/endpoints/web");
    assert_eq!(endpoints["subsets"][0]["notReadyAddresses"].as_array().unwrap().len(), 2);
}

#[test]
fn a_slice_holds_no_more_than_a_hundred_endpoints() {
    let cluster = Cluster::new();
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 130"));
    cluster.post(
        "/api/v1/namespaces/default/services",
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}",
    );
    cluster.settle();
    let slices = cluster.at("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices");
    let list = slices["items"].as_array().unwrap();
    let mut sizes: Vec<usize> =
        list.iter().map(|slice| slice["endpoints"].as_array().unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [30, 100]);
}

#[test]
fn a_budget_counts_healthy_pods() {
    let cluster = started();
    cluster.post(
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 1, selector: \
         {matchLabels: {app: web}}}}",
    );
    cluster.settle();
    expect![[r#"
        {"currentHealthy":2,"desiredHealthy":1,"disruptionsAllowed":1,"expectedPods":2,"observedGeneration":1}
        DisruptionAllowed True SufficientPods 
    "#]]
    .assert_eq(&cluster.status("/apis/policy/v1/namespaces/default/poddisruptionbudgets/web"));
}

#[test]
fn says_when_the_steps_do_not_suffice() {
    let cluster = started();
    cluster.merge(WEB, &image("web:2"));
    let unsettled = cluster.controllers.settle_within(1).unwrap_err();
    assert_eq!(unsettled.steps, 1);
    assert!(unsettled.to_string().contains("still had work after 1 steps"), "{unsettled}");
    assert!(cluster.controllers.settle().is_ok());
}

#[test]
fn there_are_no_more_nodes_than_allowed() {
    let cluster = Cluster::new();
    cluster.controllers.nodes(NODES_MAX + 1);
    cluster.settle();
    assert_eq!(cluster.at("/api/v1/nodes")["items"].as_array().unwrap().len(), NODES_MAX);
}

#[test]
fn without_nodes_pods_stay_pending() {
    let cluster = Cluster::new();
    cluster.controllers.nodes(0);
    cluster.delete("/api/v1/nodes/node-0");
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 1"));
    cluster.settle();
    assert!(cluster.list(PODS, &["/status/phase", "/spec/nodeName"]).ends_with(" Pending -\n"));
}

#[tokio::test]
async fn runs_in_the_background() {
    let cluster = Cluster::new();
    let running = cluster.controllers.start();
    cluster.post(DEPLOYMENTS, &workload("Deployment", "web", "replicas: 2"));
    let mut looks = 0;
    while cluster.at(WEB)["status"]["availableReplicas"] != 2 {
        tokio::task::yield_now().await;
        looks += 1;
        assert!(looks < 10_000, "{}", cluster.status(WEB));
    }
    drop(running);
    tokio::task::yield_now().now_or_never();
}
