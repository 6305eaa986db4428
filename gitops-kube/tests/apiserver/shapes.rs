//! The shapes and encodings of answers.

use proptest::prelude::*;

use super::world::World;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";

fn accept(world: &World, path: &str, accept: &str) -> (u16, serde_json::Value) {
    world.ask_with(&format!("GET {path}"), &[("accept", accept)], "")
}

/// Prints a table as `kubectl get -o wide` does, without its spacing.
fn table(world: &World, path: &str) -> String {
    let (_, found) = accept(world, path, TABLE);
    let heads = found["columnDefinitions"].as_array().unwrap();
    let heads: Vec<&str> = heads.iter().map(|column| column["name"].as_str().unwrap()).collect();
    let mut out = format!("{}\n", heads.join("|"));
    for row in found["rows"].as_array().unwrap() {
        let cells = row["cells"].as_array().unwrap().iter();
        let cells: Vec<String> =
            cells.map(|cell| cell.as_str().map_or(cell.to_string(), str::to_owned)).collect();
        out.push_str(&cells.join("|"));
        out.push('\n');
    }
    out
}

#[test]
fn tables_have_the_columns_of_their_kind() {
    let world = World::new();
    world.post(MAPS, "{metadata: {name: a}, data: {k: v}, binaryData: {b: ''}}");
    world.post(
        "/api/v1/namespaces/default/services",
        "{metadata: {name: s}, spec: {clusterIP: None, selector: {b: '2', a: '1'}, \
         ports: [{port: 80, name: w}, {port: 443, name: x, protocol: UDP}]}}",
    );
    world.post(
        "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
        "{metadata: {name: i}, spec: {tls: [{}], rules: [{host: a}, {host: b}, {host: c}, {host: d}]}}",
    );
    expect_test::expect![[r"
        Name|Data|Age
        a|2|0s
    "]]
    .assert_eq(&table(&world, MAPS));
    let found = table(&world, "/api/v1/namespaces/default/services/s");
    assert!(found.contains("s|ClusterIP|None|<none>|80/TCP,443/UDP|0s|a=1,b=2"), "{found}");
    let found = table(&world, "/apis/networking.k8s.io/v1/ingresses");
    assert!(found.contains("i|<none>|a,b,c + 1 more...||80, 443|0s"), "{found}");
}

#[test]
fn tables_of_pods_say_why_they_wait() {
    let world = World::new();
    let pods = "/api/v1/namespaces/default/pods";
    world.post(pods, "{metadata: {name: p}, spec: {containers: [{name: a, image: b}]}}");
    let status = r#"{"status":{"phase":"Running","containerStatuses":[{"name":"a","image":"b","imageID":"",
        "restartCount":3,"ready":false,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
        "lastState":{"terminated":{"exitCode":1,"finishedAt":"2026-01-02T03:00:05Z"}}}]}}"#;
    world.merge(&format!("{pods}/p/status"), status);
    let found = table(&world, pods);
    assert!(found.contains("p|0/1|CrashLoopBackOff|3 (4m ago)|0s|<none>"), "{found}");
}

#[test]
fn metadata_alone_can_be_had() {
    let world = World::new();
    world.post(MAPS, "{metadata: {name: a}, data: {k: v}}");
    let list = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let (_, found) = accept(&world, MAPS, list);
    assert_eq!(found["items"][0]["kind"], "PartialObjectMetadata");
    assert!(found["items"][0].get("data").is_none());
    let (status, found) = accept(&world, &format!("{MAPS}/a"), list);
    assert_eq!((status, found["reason"].as_str()), (406, Some("NotAcceptable")));
}

#[test]
fn what_nobody_can_write_is_not_acceptable() {
    let world = World::new();
    let (status, found) = accept(&world, MAPS, "image/png");
    assert_eq!(status, 406);
    assert!(found["message"].as_str().unwrap().starts_with("406: Not Acceptable\n"));
    let (status, _) = accept(&world, MAPS, "image/png, */*;q=0.1");
    assert_eq!(status, 200);
    let many = format!("{}application/json", "image/png,".repeat(64));
    let (status, _) = accept(&world, MAPS, &many);
    assert_eq!(status, 406, "only so many media types are looked at");
}

#[test]
fn a_list_is_consistent_though_objects_change() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.post(MAPS, &format!("{{metadata: {{name: {name}}}}}"));
    }
    let (_, page) = world.get(&format!("{MAPS}?limit=1"));
    let token = page["metadata"]["continue"].as_str().unwrap().to_owned();
    world.ask(&format!("DELETE {MAPS}/b"), "application/json", "");
    world.post(MAPS, "{metadata: {name: bb}}");
    let (_, rest) = world.get(&format!("{MAPS}?continue={token}"));
    let names: Vec<&str> = rest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["b", "c"]);
    let version = page["metadata"]["resourceVersion"].as_str().unwrap();
    let (_, then) =
        world.get(&format!("{MAPS}?resourceVersion={version}&resourceVersionMatch=Exact"));
    assert_eq!(then["items"].as_array().unwrap().len(), 3);
    let (status, gone) = world.get(&format!("{MAPS}?resourceVersion=1&resourceVersionMatch=Exact"));
    assert_eq!((status, gone["reason"].as_str()), (410, Some("Expired")));
}

#[test]
fn schemas_are_published() {
    let world = World::new();
    let (_, found) = world.get("/openapi/v3/apis/apps/v1");
    let paths = &found["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
    assert_eq!(paths["patch"]["x-kubernetes-group-version-kind"]["kind"], "Deployment");
    let (_, found) = world.get("/openapi/v2");
    let spec = &found["definitions"]["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"];
    assert_eq!(spec["$ref"], "#/definitions/io.k8s.api.apps.v1.DeploymentSpec");
}

const PATHS: [&str; 8] = [
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/configmaps/a",
    "/apis",
    "/apis/apps/v1",
    "/openapi/v3/apis/apps/v1",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/api/v1/nodes",
    "/%41//x/..",
];

const PARAMETERS: [&str; 9] = [
    "labelSelector",
    "fieldSelector",
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "includeObject",
    "timeoutSeconds",
    "gracePeriodSeconds",
];

const HEADERS: [&str; 5] =
    ["accept", "content-type", "authorization", "impersonate-user", "impersonate-group"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_question_gets_an_answer(
        path in 0..PATHS.len(),
        method in 0..4_usize,
        query in prop::collection::vec((0..PARAMETERS.len(), "[ -~]{0,12}"), 0..4),
        headers in prop::collection::vec((0..HEADERS.len(), "[ -~]{0,24}"), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let world = World::new();
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| {
                let value: Vec<String> = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
                format!("{}={}", PARAMETERS[*name], value.concat())
            })
            .collect();
        let method = ["GET", "POST", "DELETE", "OPTIONS"][method];
        let line = format!("{method} {}?{}", PATHS[path], query.join("&"));
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (HEADERS[*name], value.as_str())).collect();
        let (status, _) = world.ask_with(&line, &headers, &String::from_utf8_lossy(&body));
        prop_assert!((200..600).contains(&status));
    }
}
