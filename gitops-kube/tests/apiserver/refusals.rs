//! What makes a server refuse an object, in its own words and order.

use expect_test::{Expect, expect};
use serde_json::Value;

use super::world::World;

fn check(answer: &(u16, Value), status: u16, expected: &Expect) {
    assert_eq!(answer.0, status, "{}", answer.1);
    let causes = answer.1.pointer("/details/causes").and_then(Value::as_array);
    let lines: Vec<String> = match causes {
        Some(causes) => causes
            .iter()
            .map(|cause| {
                format!(
                    "{}: {}",
                    cause["field"].as_str().unwrap(),
                    cause["message"].as_str().unwrap()
                )
            })
            .collect(),
        None => vec![answer.1["message"].as_str().unwrap_or_default().to_owned()],
    };
    expected.assert_eq(&lines.join("\n"));
}

fn workload(kind: &str, rest: &str, pod: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: w}}, spec: {{\
         selector: {{matchLabels: {{a: b}}}}, {rest} \
         template: {{metadata: {{labels: {{a: b}}}}, spec: {{{pod}}}}}}}}}"
    )
}

fn deploy(world: &World, pod: &str) -> (u16, Value) {
    world.post("/apis/apps/v1/namespaces/default/deployments", &workload("Deployment", "", pod))
}

#[test]
fn volumes_of_claims_stand_before_those_of_the_template() {
    let world = World::new();
    let claims = "serviceName: w, volumeClaimTemplates: [{metadata: {name: data}, \
                  spec: {resources: {requests: {storage: 1Gi}}}}],";
    let pod = "containers: [{name: a, image: i, readinessProbe: {exec: {}}}], \
               volumes: [{name: conf, secret: {}}, {name: data, emptyDir: {}}]";
    let path = "/apis/apps/v1/namespaces/default/statefulsets";
    check(
        &world.post(path, &workload("StatefulSet", claims, pod)),
        422,
        &expect![[r#"
        spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required
        spec.template.spec.volumes[1].secret.secretName: Required value
        spec.template.spec.containers[0].readinessProbe.exec.command: Required value"#]],
    );
}

#[test]
fn containers_are_judged_field_by_field() {
    let world = World::new();
    let pod = "containers: [{name: a.b, image: ''}, {name: '', image: i, \
               ports: [{name: X, containerPort: 80, hostPort: 70000, protocol: TCP}], \
               env: [{name: '', valueFrom: {fieldRef: {fieldPath: spec.nope}}}], \
               envFrom: [{configMapRef: {}}, {}], \
               volumeMounts: [{name: none, mountPath: ''}, {name: none, mountPath: ''}], \
               imagePullPolicy: Sometimes, livenessProbe: {httpGet: {path: ''}}, \
               readinessProbe: {periodSeconds: 5, exec: {command: [a]}, tcpSocket: {port: x-}}}, \
               {name: '', image: i}]";
    check(
        &deploy(&world, pod),
        422,
        &expect![[r#"
        spec.template.spec.containers[0].name: Invalid value: "a.b": must not contain dots
        spec.template.spec.containers[0].image: Required value
        spec.template.spec.containers[1].name: Required value
        spec.template.spec.containers[1].ports[0].name: Invalid value: "X": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)
        spec.template.spec.containers[1].ports[0].name: Invalid value: "X": must contain at least one letter (a-z)
        spec.template.spec.containers[1].ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive
        spec.template.spec.containers[1].env[0].name: Required value
        spec.template.spec.containers[1].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope
        spec.template.spec.containers[1].envFrom[0].configMapRef.name: Required value
        spec.template.spec.containers[1].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`
        spec.template.spec.containers[1].volumeMounts[0].name: Not found: "none"
        spec.template.spec.containers[1].volumeMounts[0].mountPath: Required value
        spec.template.spec.containers[1].volumeMounts[1].name: Not found: "none"
        spec.template.spec.containers[1].volumeMounts[1].mountPath: Required value
        spec.template.spec.containers[1].volumeMounts[1].mountPath: Invalid value: "": must be unique
        spec.template.spec.containers[1].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"
        spec.template.spec.containers[1].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive
        spec.template.spec.containers[1].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type
        spec.template.spec.containers[2].name: Required value
        spec.template.spec.containers[2].name: Duplicate value: """#]],
    );
}

#[test]
fn volumes_are_judged_by_their_first_source() {
    let world = World::new();
    let pod = "containers: [{name: a, image: i}], volumes: [\
               {name: a, secret: {}, configMap: {name: c}}, {name: a.b, emptyDir: {}}, \
               {name: m, configMap: {name: c, defaultMode: 512, items: [{key: k, path: /../x}]}}, \
               {name: p, projected: {sources: [{configMap: {items: [{key: k, path: f}]}}, \
               {secret: {name: s, items: [{key: k, path: f}]}}]}}]";
    check(
        &deploy(&world, pod),
        422,
        &expect![[r#"
        spec.template.spec.volumes[0].secret.secretName: Required value
        spec.template.spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type
        spec.template.spec.volumes[1].name: Invalid value: "a.b": must not contain dots
        spec.template.spec.volumes[2].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive
        spec.template.spec.volumes[2].configMap.items[0].path: Invalid value: "/../x": must be a relative path
        spec.template.spec.volumes[2].configMap.items[0].path: Invalid value: "/../x": must not contain '..'
        spec.template.spec.volumes[3].projected.sources[0].configMap.name: Required value
        spec.template.spec.volumes[3].projected: Invalid value: "s": conflicting duplicate paths"#]],
    );
}

#[test]
fn places_and_names_of_pods_are_judged_in_order() {
    let world = World::new();
    let pod = "containers: [{name: a, image: i}], dnsPolicy: Nope, hostname: X, \
               serviceAccountName: -a, hostAliases: [{ip: x, hostnames: [h_]}], \
               tolerations: [{key: k, operator: Nope, tolerationSeconds: 1, effect: NoSchedule}], \
               topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, minDomains: 0, \
               whenUnsatisfiable: ScheduleAnyway}]";
    check(
        &deploy(&world, pod),
        422,
        &expect![[r#"
        spec.template.spec.dnsPolicy: Unsupported value: "Nope": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"
        spec.template.spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero
        spec.template.spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway
        spec.template.spec.serviceAccountName: Invalid value: "-a": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        spec.template.spec.hostname: Invalid value: "X": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
        spec.template.spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when `tolerationSeconds` is set
        spec.template.spec.tolerations[0].operator: Unsupported value: "Nope": supported values: "Equal", "Exists"
        spec.template.spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
        spec.template.spec.hostAliases[0].hostnames[0]: Invalid value: "h_": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#]],
    );
}

#[test]
fn rolling_updates_and_counts_fit_together() {
    let world = World::new();
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let rest = "strategy: {rollingUpdate: {maxUnavailable: 200%, maxSurge: x}},";
    let pod = "containers: [{name: a, image: i}]";
    check(
        &world.post(path, &workload("Deployment", rest, pod)),
        422,
        &expect![[r#"
        spec.strategy.rollingUpdate.maxSurge: Invalid value: "x": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')
        spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%"#]],
    );
    assert_eq!(deploy(&world, pod).0, 201);
    let status = r#"{"status":{"replicas":1,"readyReplicas":2,"availableReplicas":3}}"#;
    check(
        &world.merge(&format!("{path}/w/status"), status),
        422,
        &expect![[r#"
        status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas
        status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas
        status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas"#]],
    );
}

#[test]
fn an_old_version_is_refused_before_what_is_wrong() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/configmaps";
    world.post(path, "{metadata: {name: c}}");
    let patch = |version: &str| {
        let body = format!(
            "{{\"metadata\":{{\"resourceVersion\":{version:?},\"labels\":{{\"a\":\"-\"}}}}}}"
        );
        world.merge(&format!("{path}/c"), &body)
    };
    check(
        &patch("1"),
        409,
        &expect![[
            r#"Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again"#
        ]],
    );
    check(&patch("x"), 500, &expect![[r#"strconv.ParseUint: parsing "x": invalid syntax"#]]);
}

#[test]
fn rules_that_are_given_but_empty_are_shown() {
    let world = World::new();
    let path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
    check(
        &world.post(path, "{metadata: {name: i}, spec: {rules: []}}"),
        422,
        &expect!["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"],
    );
    check(
        &world.post(path, "{metadata: {name: i}, spec: {}}"),
        422,
        &expect!["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
    );
}

#[test]
fn bytes_and_amounts_are_refused_by_the_way_they_came() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/secrets";
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: '2'}}";
    check(
        &world.post(path, secret),
        400,
        &expect![[
            r#"Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0"#
        ]],
    );
    check(
        &world.apply(&format!("{path}/s?fieldManager=one"), secret),
        500,
        &expect![
            "failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 0"
        ],
    );
    let lenient = "{metadata: {name: s}, data: {a: eB==}}";
    let (status, answer) = world.post(path, lenient);
    assert_eq!((status, answer["data"]["a"].as_str()), (201, Some("eA==")));
    let strategic = |body: &str| {
        let line = format!("PATCH {path}/s");
        world.ask(&line, "application/strategic-merge-patch+json", body)
    };
    check(
        &strategic(r#"{"data":{"a":"2"}}"#),
        422,
        &expect![[
            r#"patch: Invalid value: "map[data:map[a:2]]": error decoding from json: illegal base64 data at input byte 0"#
        ]],
    );
    check(
        &strategic(r#"{"metadata":{"labels":{"a":[]}}}"#),
        422,
        &expect![[
            r#"patch: Invalid value: "map[metadata:map[labels:map[a:[]]]]": unrecognized type: string"#
        ]],
    );
}

#[test]
fn scales_of_another_kind_are_refused() {
    let world = World::new();
    let path = "/apis/apps/v1/namespaces/default/deployments/w/scale";
    let put = |body: &str| world.ask(&format!("PUT {path}"), "application/json", body);
    check(
        &put("{}"),
        400,
        &expect![
            "the name of the object (w based on URL) was undeterminable: name must be provided"
        ],
    );
    let other = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w"}}"#;
    check(
        &put(other),
        400,
        &expect![[
            r#"Deployment in version "v1" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): unknown conversion"#
        ]],
    );
    assert_eq!(deploy(&world, "containers: [{name: a, image: i}]").0, 201);
    let apply = "{apiVersion: autoscaling/v1, kind: Scale, metadata: {name: w}, \
                 spec: {replicas: {}, more: 1}}";
    check(
        &world.apply(&format!("{path}?fieldManager=one"), apply),
        500,
        &expect![[r#"
        failed to create typed patch object (/w; autoscaling/v1, Kind=Scale): errors:
          .spec.more: field not declared in schema
          .spec.replicas: expected numeric (int or float), got map[string]interface {}"#]],
    );
}
