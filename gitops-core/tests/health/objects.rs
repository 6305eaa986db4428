//! Everything that runs no pods.

use expect_test::expect;

use super::check;

#[test]
fn deleted_object_is_terminating() {
    check(
        "v1 ConfigMap\nmetadata.deletionTimestamp = \"2026-01-01T00:00:00Z\"",
        &expect!["Terminating: Resource scheduled for deletion"],
    );
    check("v1 ConfigMap", &expect!["Current: Resource is always ready"]);
}

#[test]
fn stalled_object_has_failed() {
    let widget =
        |conditions: &str| format!("example.com/v1 Widget\nstatus.conditions = {conditions}");
    let reconciling = r#"{"type": "Reconciling", "status": "True", "message": "working"}"#;
    let stalled = r#"{"type": "Stalled", "status": "True", "message": "no such chart"}"#;
    check(&widget(&format!("[{reconciling}]")), &expect!["InProgress: working"]);
    check(&widget(&format!("[{stalled}, {reconciling}]")), &expect!["Failed: no such chart"]);
    // The order of a list of conditions means nothing.
    check(
        &widget(&format!("[{reconciling}, {stalled}]")),
        &expect![[r#"
            kstatus InProgress: working
            strict Failed: no such chart"#]],
    );
}

#[test]
fn custom_object_is_as_ready_as_it_says() {
    let widget = |status: &str| {
        format!(
            r#"example.com/v1 Widget
            status.conditions = [{{\
                "type": "Ready", "status": "{status}", "message": "step 2 of 3"}}]"#
        )
    };
    check(&widget("True"), &expect!["Current: Resource is Ready"]);
    check(&widget("False"), &expect!["InProgress: step 2 of 3"]);
    check(&widget("Unknown"), &expect!["InProgress: step 2 of 3"]);
    check(&widget("Maybe"), &expect!["Current: Resource is current"]);
}

#[test]
fn custom_object_nobody_has_seen_is_unknown_for_the_grace_period() {
    let created = |kind: &str, at: &str| format!("{kind}\nmetadata.creationTimestamp = \"{at}\"");
    check(
        &created("example.com/v1 Widget", "2026-01-01T00:00:51Z"),
        &expect![[r#"
            kstatus Current: Resource is current
            strict Unknown: no controller has said anything of Widget/shop/web yet"#]],
    );
    let old = created("example.com/v1 Widget", "2026-01-01T00:00:50Z");
    check(&old, &expect!["Current: Resource is current"]);
    let role = created("rbac.authorization.k8s.io/v1 Role", "2026-01-01T00:00:59Z");
    check(&role, &expect!["Current: Resource is current"]);
}

#[test]
fn load_balancer_needs_an_address() {
    let service = |fields: &str| format!("v1 Service\nspec.type = \"LoadBalancer\"\n{fields}");
    check(&service(""), &expect!["InProgress: ClusterIP not set. Service type: LoadBalancer"]);
    check(
        &service("spec.clusterIP = \"10.0.0.1\""),
        &expect![[r#"
            kstatus Current: Service is ready
            strict InProgress: the load balancer has no address yet"#]],
    );
    check(
        &service(
            "spec.clusterIP = \"10.0.0.1\"\nstatus.loadBalancer.ingress = [{\"hostname\": \"lb\"}]",
        ),
        &expect!["Current: Service is ready"],
    );
    check("v1 Service", &expect!["Current: Service is ready"]);
}

#[test]
fn ingress_needs_an_address() {
    check(
        "networking.k8s.io/v1 Ingress",
        &expect![[r#"
            kstatus Current: Resource is current
            strict InProgress: no ingress controller has given the Ingress an address yet"#]],
    );
    check(
        "networking.k8s.io/v1 Ingress\nstatus.loadBalancer.ingress = [{\"ip\": \"10.0.0.1\"}]",
        &expect![[r#"
            kstatus Current: Resource is current
            strict Current: Ingress has an address"#]],
    );
}

#[test]
fn gateway_and_routes_need_to_be_accepted() {
    let gateway = |condition: &str| {
        format!("gateway.networking.k8s.io/v1 Gateway\nstatus.conditions = [{condition}]")
    };
    check(
        &gateway(r#"{"type": "Programmed", "status": "False", "message": "no address"}"#),
        &expect![[r#"
            kstatus Current: Resource is current
            strict InProgress: Gateway is not programmed: no address"#]],
    );
    check(
        &gateway(r#"{"type": "Programmed", "status": "True"}"#),
        &expect![[r#"
            kstatus Current: Resource is current
            strict Current: Gateway is programmed"#]],
    );
    let route = |conditions: &str| {
        format!(
            r#"gateway.networking.k8s.io/v1 HTTPRoute
            status.parents = [{{"parentRef": {{"name": "edge"}}, "conditions": [{conditions}]}}]"#
        )
    };
    check(
        &route(
            r#"{"type": "Accepted", "status": "True"},\
               {"type": "ResolvedRefs", "status": "False", "message": "no service web"}"#,
        ),
        &expect![[r#"
            kstatus Current: Resource is current
            strict InProgress: HTTPRoute is not served by edge: no service web"#]],
    );
    check(
        &route(r#"{"type": "Accepted", "status": "True"}"#),
        &expect![[r#"
            kstatus Current: Resource is current
            strict Current: HTTPRoute is accepted"#]],
    );
}

#[test]
fn claims_and_volumes_follow_their_phase() {
    check("v1 PersistentVolumeClaim", &expect!["InProgress: PVC is not Bound. phase: unknown"]);
    check("v1 PersistentVolumeClaim\nstatus.phase = \"Bound\"", &expect!["Current: PVC is Bound"]);
    check(
        "v1 PersistentVolumeClaim\nstatus.phase = \"Lost\"",
        &expect![[r#"
            kstatus InProgress: PVC is not Bound. phase: Lost
            strict Failed: PVC is not Bound. phase: Lost"#]],
    );
    check(
        "v1 PersistentVolume\nstatus.phase = \"Failed\"\nstatus.message = \"disk is gone\"",
        &expect![[r#"
            kstatus Current: Resource is current
            strict Failed: PersistentVolume phase: Failed: disk is gone"#]],
    );
}

#[test]
fn namespace_has_to_be_active() {
    check(
        "v1 Namespace",
        &expect![[r#"
            kstatus Current: Resource is current
            strict InProgress: Namespace is not active yet"#]],
    );
    check(
        "v1 Namespace\nstatus.phase = \"Active\"",
        &expect![[r#"
            kstatus Current: Resource is current
            strict Current: Namespace is active"#]],
    );
}

#[test]
fn definition_has_to_be_established() {
    let definition = |condition: &str| {
        let kind = "apiextensions.k8s.io/v1 CustomResourceDefinition";
        format!("{kind}\nstatus.conditions = [{condition}]")
    };
    check(&definition(""), &expect!["InProgress: Install in progress"]);
    check(
        &definition(r#"{"type": "Established", "status": "True"}"#),
        &expect!["Current: CRD is established"],
    );
    check(
        &definition(
            r#"{"type": "NamesAccepted", "status": "False", "message": "widgets is taken"}"#,
        ),
        &expect!["Failed: widgets is taken"],
    );
    check(
        &definition(r#"{"type": "Established", "status": "False", "reason": "Installing"}"#),
        &expect!["InProgress: Install in progress"],
    );
}

#[test]
fn api_service_has_to_be_available() {
    let service = |status: &str| {
        format!(
            r#"apiregistration.k8s.io/v1 APIService
            status.conditions = [{{\
                "type": "Available", "status": "{status}", "message": "no endpoints"}}]"#
        )
    };
    check(
        &service("False"),
        &expect![[r#"
            kstatus Current: Resource is current
            strict InProgress: APIService is not available: no endpoints"#]],
    );
    check(
        &service("True"),
        &expect![[r#"
            kstatus Current: Resource is current
            strict Current: APIService is available"#]],
    );
}

#[test]
fn wrong_types_are_unknown_not_ready() {
    check(
        "example.com/v1 Widget\nstatus.conditions = \"fine\"",
        &expect!["Unknown: health cannot be told: status.conditions is not a list"],
    );
    check(
        "example.com/v1 Widget\nmetadata.generation = \"2\"",
        &expect!["Unknown: health cannot be told: metadata.generation is not an integer"],
    );
}
