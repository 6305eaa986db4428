//! Server-side apply: merging, owning, taking and leaving fields.

use expect_test::expect;

use super::world::{World, owners};

const SETTINGS: &str = "/api/v1/namespaces/default/configmaps/settings";

fn settings(data: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings}}, data: {data}}}")
}

#[test]
fn a_field_of_another_manager_is_a_conflict() {
    let world = World::new();
    let path = |who: &str| format!("{SETTINGS}?fieldManager={who}");
    assert_eq!(world.apply(&path("one"), &settings("{a: '1', b: '2'}")).0, 201);
    let (status, answer) = world.apply(&path("two"), &settings("{a: x, b: z}"));
    assert_eq!(status, 409);
    expect![[r#"
        Apply failed with 2 conflicts: conflicts with "one":
        - .data.a
        - .data.b"#]]
    .assert_eq(answer["message"].as_str().unwrap());
    let forced = world.apply(&format!("{}&force=true", path("two")), &settings("{a: x}"));
    expect![[r#"
        one Apply {"f:data":{"f:b":{}}}
        two Apply {"f:data":{"f:a":{}}}
    "#]]
    .assert_eq(&owners(&forced.1));
}

#[test]
fn what_a_manager_leaves_out_goes_unless_another_owns_it() {
    let world = World::new();
    let path = |who: &str| format!("{SETTINGS}?fieldManager={who}");
    world.apply(&path("one"), &settings("{a: '1', b: '2'}"));
    world.apply(&path("two"), &settings("{b: '2'}"));
    let (_, answer) = world.apply(&path("one"), &settings("{c: '3'}"));
    expect![[r#"{"b":"2","c":"3"}"#]].assert_eq(&answer["data"].to_string());
}

#[test]
fn an_apply_twice_and_a_dry_run_write_nothing() {
    let world = World::new();
    let path = format!("{SETTINGS}?fieldManager=one");
    world.apply(&path, &settings("{a: '1'}"));
    let writes = world.server.writes();
    let (status, again) = world.apply(&path, &settings("{a: '1'}"));
    let (dry, answer) = world.apply(&format!("{path}&dryRun=All"), &settings("{a: '2'}"));
    assert_eq!((status, dry, world.server.writes()), (200, 200, writes));
    assert_eq!(answer["data"]["a"], "2");
    assert_eq!(world.get(SETTINGS).1, again);
}

#[test]
fn lists_with_keys_merge_and_an_unknown_field_is_named() {
    let world = World::new();
    let path = "/api/v1/namespaces/default/services/web?fieldManager=";
    let service = |port: u16| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: web}}, \
             spec: {{ports: [{{name: p{port}, port: {port}}}]}}}}"
        )
    };
    world.apply(&format!("{path}one"), &service(80));
    let (_, answer) = world.apply(&format!("{path}two"), &service(443));
    let ports: Vec<i64> = answer["spec"]["ports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|port| port["port"].as_i64().unwrap())
        .collect();
    assert_eq!(ports, [80, 443]);
    let (status, answer) =
        world.apply(&format!("{path}one"), &service(80).replace("spec", "specs"));
    assert_eq!(status, 500);
    expect![
        "failed to create typed patch object (/web; /v1, Kind=Service): .specs: field not \
             declared in schema"
    ]
    .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn the_oldest_updaters_go_by_one_name_beyond_the_limit() {
    let world = World::new();
    world.post("/api/v1/namespaces/default/configmaps", &settings("{a: '0'}"));
    for number in 0..12 {
        let path = format!("{SETTINGS}?fieldManager=m{number:02}");
        world.merge(&path, &format!("{{\"data\":{{\"k{number}\":\"1\"}}}}"));
    }
    let (_, answer) = world.get(SETTINGS);
    let owners = owners(&answer);
    assert_eq!(owners.lines().count(), 10, "{owners}");
    assert!(owners.contains("ancient-changes Update"), "{owners}");
}
