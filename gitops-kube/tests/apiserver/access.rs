//! Who may do what, in text.

use gitops_kube::apiserver::{ApiServer, User};
use kube::{Api, api::DynamicObject, core::ApiResource};

use super::world::World;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const ACCESS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn as_user(world: &World, user: &str, line: &str, body: &str) -> (u16, String) {
    let (status, answer) = world.ask_with(
        line,
        &[("content-type", "application/yaml"), ("impersonate-user", user)],
        body,
    );
    (status, answer["message"].as_str().unwrap_or_default().to_owned())
}

/// Lets Jane do things by a role.
fn grant(world: &World, rules: &str) {
    let (status, _) =
        world.post(&format!("{RBAC}/roles"), &format!("{{metadata: {{name: r}}, rules: {rules}}}"));
    assert_eq!(status, 201);
    let (status, _) = world.post(
        &format!("{RBAC}/rolebindings"),
        "{metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}, \
         subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]}",
    );
    assert_eq!(status, 201);
}

#[test]
fn what_no_role_grants_is_refused_by_name() {
    let world = World::new();
    let (status, message) = as_user(&world, "jane", &format!("GET {MAPS}/a"), "");
    assert_eq!(status, 403);
    assert_eq!(
        message,
        "configmaps \"a\" is forbidden: User \"jane\" cannot get resource \"configmaps\" in API \
         group \"\" in the namespace \"default\""
    );
    let (_, message) = as_user(&world, "jane", "GET /metrics", "");
    assert_eq!(message, "forbidden: User \"jane\" cannot get path \"/metrics\"");
    let (status, _) = as_user(&world, "jane", "GET /apis", "");
    assert_eq!(status, 200, "everybody may look around");
}

#[test]
fn a_role_grants_what_it_says() {
    let world = World::new();
    grant(
        &world,
        "[{apiGroups: [''], resources: [configmaps], verbs: [get, patch], resourceNames: [a]}]",
    );
    let ask = |line: &str| as_user(&world, "jane", line, "{metadata: {name: a}}").0;
    assert_eq!(ask(&format!("GET {MAPS}/a")), 404);
    assert_eq!(ask(&format!("GET {MAPS}/b")), 403);
    assert_eq!(ask(&format!("GET {MAPS}")), 403);
    assert_eq!(ask(&format!("GET {MAPS}?fieldSelector=metadata.name%3Da")), 403);
    assert_eq!(ask(&format!("DELETE {MAPS}/a")), 403);
}

#[test]
fn nobody_grants_what_they_lack() {
    let world = World::new();
    grant(
        &world,
        "[{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [create]}, \
         {apiGroups: [''], resources: [pods], verbs: [get]}]",
    );
    let role = |verbs: &str| {
        let body = format!(
            "{{metadata: {{name: s}}, rules: [{{apiGroups: [''], resources: [pods], verbs: {verbs}}}]}}"
        );
        as_user(&world, "jane", &format!("POST {RBAC}/roles"), &body)
    };
    let (status, message) = role("[get, list]");
    assert_eq!(status, 403);
    assert_eq!(
        message,
        "roles.rbac.authorization.k8s.io \"s\" is forbidden: user \"jane\" \
         (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently \
         held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\"]}"
    );
    assert_eq!(role("[get]").0, 201);
}

#[test]
fn a_review_says_by_which_binding() {
    let world = World::new();
    grant(&world, "[{apiGroups: [''], resources: [pods], verbs: [get]}]");
    let body = "{spec: {resourceAttributes: {namespace: default, verb: get, resource: pods}}}";
    let headers = [("content-type", "application/yaml"), ("impersonate-user", "jane")];
    let (_, answer) = world.ask_with(&format!("POST {ACCESS}"), &headers, body);
    assert_eq!(
        answer["status"]["reason"],
        "RBAC: allowed by RoleBinding \"b/default\" of Role \"r\" to User \"jane\""
    );
    let (status, answer) = world.post(ACCESS, "{spec: {}}");
    assert_eq!(status, 422, "{answer}");
}

#[test]
fn cluster_roles_gather_the_rules_of_others() {
    let world = World::new();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let label = "rbac.authorization.k8s.io/aggregate-to-view";
    world.post(
        roles,
        &format!(
            "{{metadata: {{name: widgets, labels: {{{label}: 'true'}}}}, rules: \
             [{{apiGroups: [example.com], resources: [widgets], verbs: [get]}}]}}"
        ),
    );
    for role in ["view", "edit", "admin"] {
        let (_, found) = world.get(&format!("{roles}/{role}"));
        assert!(found["rules"].to_string().contains("widgets"), "{role}");
    }
}

#[test]
fn roles_that_gather_from_each_other_settle_up_to_a_limit() {
    let world = World::new();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    for link in 0..20 {
        world.post(
            roles,
            &format!(
                "{{metadata: {{name: r{link}, labels: {{link: 'l{link}'}}}}, aggregationRule: \
                 {{clusterRoleSelectors: [{{matchLabels: {{link: l{}}}}}]}}}}",
                link + 1
            ),
        );
    }
    let rules = "[{apiGroups: [''], resources: [pods], verbs: [get]}]";
    let last = format!("{{metadata: {{name: last, labels: {{link: l20}}}}, rules: {rules}}}");
    world.post(roles, &last);
    let filled = |name: &str| {
        let (_, role) = world.get(&format!("{roles}/{name}"));
        role["rules"].to_string().contains("pods")
    };
    assert!(filled("r4"), "sixteen links away");
    assert!(!filled("r3"), "seventeen links away");
}

#[test]
fn impersonation_needs_a_name_and_has_a_limit() {
    let world = World::new();
    let (status, answer) = world.ask_with("GET /api", &[("impersonate-uid", "7")], "");
    assert_eq!(status, 400);
    assert_eq!(
        answer["message"],
        "requested &user.DefaultInfo{Name:\"\", UID:\"7\", Groups:[]string(nil), \
         Extra:map[string][]string(nil)} without impersonating a user name"
    );
    let many = vec![("impersonate-group", "g"); 300];
    let (status, _) = world.ask_with("GET /api", &many, "");
    assert_eq!(status, 400);
}

#[test]
fn tokens_tell_users_apart() {
    let server = ApiServer::builder()
        .token("s3cret", User::new("jane"))
        .without_token(User::anonymous())
        .build();
    let world = World { server };
    let status = |token: &str, path: &str| {
        world.ask_with(&format!("GET {path}"), &[("authorization", token)], "").0
    };
    assert_eq!(status("Bearer s3cret", "/api"), 200);
    assert_eq!(status("Bearer s3cret", MAPS), 403);
    assert_eq!(status("Bearer other", "/api"), 401);
    assert_eq!(status("", "/version"), 200);
    assert_eq!(status("", "/api"), 403);
}

#[test]
fn a_service_account_gets_a_token() {
    let world = World::new();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    world.post(accounts, "{metadata: {name: robot}}");
    let (_, answer) =
        world.ask(&format!("POST {accounts}/robot/token"), "application/json", "{\"spec\":{}}");
    let (status, _) = world.ask(
        &format!("POST {accounts}/robot/token"),
        "application/json",
        r#"{"spec":{"expirationSeconds":4294967297}}"#,
    );
    assert_eq!(status, 400, "longer than a token may hold");
    let token = format!("Bearer {}", answer["status"]["token"].as_str().unwrap());
    let (_, me) = world.ask_with(
        "POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
        &[("authorization", token.as_str()), ("content-type", "application/yaml")],
        "{}",
    );
    assert_eq!(me["status"]["userInfo"]["username"], "system:serviceaccount:default:robot");
}

#[tokio::test]
async fn a_client_acts_as_somebody() {
    let server = ApiServer::new();
    let client = server.client_as(User::new("jane"), "default");
    let kind = ApiResource::erase::<k8s_openapi::api::core::v1::ConfigMap>(&());
    let maps: Api<DynamicObject> = Api::default_namespaced_with(client, &kind);
    let refused = maps.get("a").await.unwrap_err();
    assert!(refused.to_string().contains("User \"jane\" cannot get"), "{refused}");
}
