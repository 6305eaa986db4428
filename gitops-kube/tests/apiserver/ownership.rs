//! Who owns what after writes of which a real server remembers more than they show.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::world::{World, owners};

const SETS: &str = "/apis/apps/v1/namespaces/default/statefulsets";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn set(image: &str, storage: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: db}}, spec: {{\
         serviceName: db, selector: {{matchLabels: {{a: b}}}}, \
         template: {{metadata: {{labels: {{a: b}}}}, \
         spec: {{containers: [{{name: db, image: {image}}}]}}}}, \
         volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{\
         accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {storage}}}}}}}}}]}}}}"
    )
}

fn deployment(replicas: u8) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{\
         replicas: {replicas}, selector: {{matchLabels: {{a: b}}}}, \
         template: {{metadata: {{labels: {{a: b}}}}, \
         spec: {{containers: [{{name: web, image: 'i:1'}}]}}}}}}}}"
    )
}

/// Names who owns a field, and whether the entry has a time.
fn who(object: &Value, field: &str) -> String {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let line = |entry: &Value| {
        let time = if entry.get("time").is_some() { "" } else { " without a time" };
        let sub = entry["subresource"].as_str().map(|sub| format!("/{sub}")).unwrap_or_default();
        format!(
            "{}{sub} {}{time}\n",
            entry["manager"].as_str().unwrap(),
            entry["operation"].as_str().unwrap()
        )
    };
    let owns = |entry: &&Value| entry["fieldsV1"].to_string().contains(field);
    list.into_iter().flatten().filter(owns).map(line).collect()
}

fn version(answer: &Value) -> String {
    answer["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_amount_in_other_words_is_a_change_of_the_list_around_it() {
    for (storage, owner) in [("1Gi", "one Update\n"), ("1024Mi", "two Update\n")] {
        let world = World::new();
        world.post(&format!("{SETS}?fieldManager=one"), &set("i:1", storage));
        let line = format!("PUT {SETS}/db?fieldManager=two");
        let (status, answer) = world.ask(&line, "application/yaml", &set("i:2", storage));
        assert_eq!(status, 200, "{answer}");
        assert_eq!(who(&answer, "volumeClaimTemplates"), owner, "{storage}");
    }
}

#[test]
fn rules_that_are_given_but_empty_are_a_change() {
    let world = World::new();
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    let (_, answer) = world.post(&format!("{path}?fieldManager=one"), "{metadata: {name: r}}");
    assert_eq!(owners(&answer), "");
    world.apply(
        &format!("{path}/r?fieldManager=two"),
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}, rules: []}",
    );
    let (status, answer) = world.merge(&format!("{path}/r?fieldManager=one"), r#"{"rules":[]}"#);
    assert_eq!((status, answer["rules"].is_null()), (200, true));
    check_owners(
        &answer,
        &expect![[r#"
        one Update {"f:rules":{}}
    "#]],
    );
}

#[test]
fn what_ends_with_a_write_is_shown_as_it_lay_in_memory() {
    let world = World::new();
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/r";
    let apply = |metadata: &str| {
        let body = format!(
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {metadata}, rules: []}}"
        );
        world.apply(&format!("{path}?fieldManager=me"), &body).1
    };
    let held = apply("{name: r, finalizers: [example.com/a]}");
    assert_eq!(held["rules"], Value::Null, "it was read back from where it is stored");
    world.ask(&format!("DELETE {path}"), "application/json", "");
    assert_eq!(apply("{name: r}")["rules"], json!([]));
    assert_eq!(world.get(path).0, 404);
}

#[test]
fn conflicts_name_ports_by_their_number() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/services/s";
    let apply = |who: &str, target: u16| {
        let port = |port: u16| format!("{{name: p{port}, port: {port}, targetPort: {target}}}");
        let ports = [443, 81].map(port).join(", ");
        let body = format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s}}, spec: {{ports: [{ports}]}}}}"
        );
        world.apply(&format!("{path}?fieldManager={who}"), &body)
    };
    assert_eq!(apply("one", 1).0, 201);
    let (status, answer) = apply("two", 2);
    assert_eq!(status, 409);
    expect![[r#"
        Apply failed with 2 conflicts: conflicts with "one":
        - .spec.ports[port=81,protocol="TCP"].targetPort
        - .spec.ports[port=443,protocol="TCP"].targetPort"#]]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn a_way_to_update_comes_only_without_a_type() {
    let world = World::new();
    for (name, strategy, wanted) in [
        ("a", "", r#"{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}"#),
        ("b", "updateStrategy: {type: RollingUpdate},", r#"{"type":"RollingUpdate"}"#),
    ] {
        let body = set("i:1", "1Gi")
            .replace("name: db}, spec: {", &format!("name: {name}}}, spec: {{{strategy}"));
        let (status, answer) = world.post(SETS, &body);
        assert_eq!(status, 201, "{answer}");
        assert_eq!(answer["spec"]["updateStrategy"].to_string(), wanted);
    }
}

#[test]
fn data_that_is_given_but_empty_changes_what_is_immutable() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/configmaps";
    world.post(path, "{metadata: {name: fixed}, immutable: true}");
    let change = |body: &str| world.merge(&format!("{path}/fixed"), body);
    assert_eq!(change(r#"{"data":{"a":null}}"#).0, 200, "data is empty anyway");
    let (status, answer) = change(r#"{"binaryData":{"a":null}}"#);
    assert_eq!(status, 422);
    expect![[r#"
        ConfigMap "fixed" is invalid: binaryData: Forbidden: field is immutable when `immutable` is set"#]]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn bytes_that_were_null_make_the_next_write_count() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/secrets";
    world.post(path, "{metadata: {name: s}, data: {a: ''}}");
    let change = |body: &str| version(&world.merge(&format!("{path}/s"), body).1);
    let json = |body: &str| {
        let line = format!("PATCH {path}/s");
        version(&world.ask(&line, "application/json-patch+json", body).1)
    };
    let null = json(r#"[{"op":"add","path":"/data/b","value":null}]"#);
    let next = change("{}");
    assert_ne!(null, next);
    assert_eq!(change("{}"), next, "it was read back");
}

#[test]
fn a_scale_parts_its_updater_from_the_rest_and_its_next_write_counts() {
    let world = World::new();
    world.post(&format!("{DEPLOYMENTS}?fieldManager=kubectl"), &deployment(1));
    let scale = |who: &str, count: u8| {
        world.apply(
            &format!("{DEPLOYMENTS}/web/scale?fieldManager={who}"),
            &format!(
                "{{apiVersion: autoscaling/v1, kind: Scale, metadata: {{name: web}}, \
                 spec: {{replicas: {count}}}}}"
            ),
        )
    };
    assert_eq!(scale("one", 1).0, 200);
    let web = format!("{DEPLOYMENTS}/web");
    let (_, parted) = world.get(&web);
    expect![[r#"
        one/scale Apply without a time
        kubectl Update without a time
    "#]]
    .assert_eq(&who(&parted, "\"f:replicas\""));
    let (_, next) = world.merge(&web, "{}");
    assert_ne!(version(&parted), version(&next), "two entries of one name are read as one");
}

#[test]
fn a_scale_of_zero_is_added_to_one_that_has_none() {
    let world = World::new();
    world.post(DEPLOYMENTS, &deployment(0));
    let scale = |who: &str| {
        world.apply(
            &format!("{DEPLOYMENTS}/web/scale?fieldManager={who}"),
            "{apiVersion: autoscaling/v1, kind: Scale, metadata: {name: web}, \
             spec: {replicas: 0}}",
        )
    };
    world.merge(&format!("{DEPLOYMENTS}/web/scale?fieldManager=test"), "{}");
    world.merge(&format!("{DEPLOYMENTS}/web/scale?fieldManager=test"), "{}");
    assert_eq!(scale("one").0, 200);
    let (status, answer) = scale("two");
    assert_eq!(status, 409);
    expect![[r#"
        Apply failed with 1 conflict: conflict with "one" with subresource "scale": .spec.replicas"#]]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn replicas_go_with_the_only_one_who_scaled() {
    let world = World::new();
    world.post(DEPLOYMENTS, &deployment(1).replace("replicas: 1,", ""));
    let scale = |who: &str, spec: &str| {
        let body = format!(
            "{{apiVersion: autoscaling/v1, kind: Scale, metadata: {{name: web}}, spec: {spec}}}"
        );
        let path = format!("{DEPLOYMENTS}/web/scale?force=true&fieldManager={who}");
        assert_eq!(world.apply(&path, &body).0, 200);
        world.get(&format!("{DEPLOYMENTS}/web")).1["spec"]["replicas"].clone()
    };
    assert_eq!(scale("one", "{replicas: 3}"), 3);
    assert_eq!(scale("two", "{}"), 3, "somebody else set them");
    assert_eq!(scale("one", "{}"), 0);
}

#[test]
fn conflicts_name_a_subresource_before_the_object_itself() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/services";
    let service =
        |rest: &str| format!("{{apiVersion: v1, kind: Service, metadata: {{name: s{rest}}}");
    let spec = ", spec: {ports: [{port: 80}], selector: {a: b}}}";
    world.apply(&format!("{path}/s?fieldManager=one"), &(service("") + spec));
    let status = format!("{path}/s/status?fieldManager=one");
    world.apply(&status, &(service(", annotations: {n: '1'}") + "}"));
    let other = service(", annotations: {n: '2'}") + &spec.replace("a: b", "a: c");
    let (code, answer) = world.apply(&format!("{path}/s?fieldManager=two"), &other);
    assert_eq!(code, 409);
    expect![[r#"
        Apply failed with 2 conflicts: conflicts with "one" with subresource "status":
        - .metadata.annotations.false
        conflicts with "one":
        - .spec.selector"#]]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn items_without_a_name_have_no_owners() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/serviceaccounts";
    world.post(path, "{metadata: {name: robot}, secrets: [{name: a}]}");
    let patch = r#"[{"op":"remove","path":"/secrets/0/name"}]"#;
    let line = format!("PATCH {path}/robot");
    let (status, answer) = world.ask(&line, "application/json-patch+json", patch);
    assert_eq!((status, owners(&answer).as_str()), (200, ""));
    let robot = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}";
    let (status, answer) = world.apply(&format!("{path}/robot?fieldManager=one"), robot);
    assert_eq!(status, 500);
    expect![[r#"
        failed to create manager for existing fields: failed to convert new object (default/robot; /v1, Kind=ServiceAccount) to smd typed: .secrets: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)"#]]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn a_service_is_created_by_its_status() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/services";
    let body = |spec: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s, labels: {{a: b}}}}, \
             {spec} status: {{loadBalancer: {{ingress: [{{ip: 192.0.2.1}}]}}}}}}"
        )
    };
    let apply = |spec: &str| world.apply(&format!("{path}/s/status?fieldManager=one"), &body(spec));
    let (status, answer) = apply("");
    assert_eq!(status, 422);
    expect![[r#"Service "s" is invalid: spec.ports: Required value"#]]
        .assert_eq(answer["message"].as_str().unwrap());
    let (status, answer) = apply("spec: {ports: [{port: 80}]},");
    assert_eq!(status, 201);
    check_owners(
        &answer,
        &expect![[r#"
            one Apply {"f:metadata":{"f:labels":{"f:a":{}}},"f:status":{"f:loadBalancer":{"f:ingress":{}}}}
        "#]],
    );
}

fn check_owners(object: &Value, expected: &Expect) {
    expected.assert_eq(&owners(object));
}

#[test]
fn a_uid_that_no_object_has_is_a_conflict() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/services";
    let body = "{metadata: {name: s, uid: 0-0}, spec: {ports: [{port: 80}]}}";
    let put = |query: &str| {
        let line = format!("PUT {path}/s{query}");
        let (status, answer) = world.ask(&line, "application/yaml", body);
        assert_eq!(status, 409);
        answer["message"].as_str().unwrap().to_owned()
    };
    expect![[r#"
        Operation cannot be fulfilled on services "s": StorageError: invalid object, Code: 4, Key: /registry/services/specs/default/s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 0-0, UID in object meta: "#]]
    .assert_eq(&put(""));
    assert!(put("?dryRun=All").contains("Key: /services/specs/default/s,"));
}

#[test]
fn an_owner_that_is_named_twice_is_named_once() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/configmaps";
    let (_, first) = world.post(path, "{metadata: {name: o}}");
    let uid = first["metadata"]["uid"].as_str().unwrap();
    let owner = format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","name":"o","uid":{uid:?}}}"#);
    let body = format!("{{metadata: {{name: c, ownerReferences: [{owner}, {owner}]}}}}");
    let owned = |answer: &Value| answer["metadata"]["ownerReferences"].as_array().unwrap().len();
    let (status, answer) = world.post(path, &body);
    assert_eq!((status, owned(&answer)), (201, 1));
    let patch = format!(r#"{{"metadata":{{"ownerReferences":[{owner},{owner}]}}}}"#);
    let (status, answer) = world.merge(&format!("{path}/c"), &patch);
    assert_eq!((status, owned(&answer)), (200, 1));
}

#[test]
fn what_is_no_patch_is_refused_before_its_options() {
    let world = World::new();
    let line = "PATCH /api/v1/namespaces/default/configmaps/c?force=true";
    let (status, answer) = world.ask(line, "application/yaml", "{}");
    assert_eq!((status, answer["message"].as_str()), (415, Some("415: Unsupported Media Type")));
}

#[test]
fn another_policy_frees_what_the_first_one_holds() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/configmaps";
    let delete = |name: &str, policy: &str| {
        let line = format!("DELETE {path}/{name}?propagationPolicy={policy}");
        let (_, answer) = world.ask(&line, "application/json", "");
        (answer["kind"].clone(), answer["metadata"]["finalizers"].clone())
    };
    world.post(path, "{metadata: {name: c, finalizers: [example.com/a, orphan]}}");
    let (kind, held) = delete("c", "Foreground");
    assert_eq!(kind, "ConfigMap");
    expect![[r#"["example.com/a","foregroundDeletion"]"#]].assert_eq(&held.to_string());
    let (_, held) = delete("c", "Background");
    expect![[r#"["example.com/a"]"#]].assert_eq(&held.to_string());
    world.post(path, "{metadata: {name: d, finalizers: [orphan]}}");
    assert_eq!(delete("d", "Background").0, "Status", "nothing holds it");
}
