//! Discovery, lists and watches.

use gitops_kube::apiserver::ApiServer;
use http_body_util::BodyExt;
use kube::{Api, api::DynamicObject, api::ListParams, core::ApiResource};

use super::world::World;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str, tier: &str) -> String {
    format!("{{metadata: {{name: {name}, labels: {{tier: '{tier}'}}}}, data: {{k: v}}}}")
}

#[test]
fn a_list_comes_in_pages_and_by_label() {
    let world = World::new();
    for (name, tier) in [("a", "1"), ("b", "2"), ("c", "1")] {
        world.post(MAPS, &map(name, tier));
    }
    let (_, page) = world.get(&format!("{MAPS}?limit=2"));
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["metadata"]["remainingItemCount"], 1);
    let token = page["metadata"]["continue"].as_str().unwrap();
    let (_, rest) = world.get(&format!("{MAPS}?limit=2&continue={token}"));
    assert_eq!(rest["items"][0]["metadata"]["name"], "c");
    let (_, some) = world.get(&format!("{MAPS}?labelSelector=tier%20in%20(1)"));
    assert_eq!(some["items"].as_array().unwrap().len(), 2);
    let (_, one) = world.get(&format!("{MAPS}?fieldSelector=metadata.name%3Db"));
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_version_before_the_history_is_gone() {
    let world = World::new();
    let (_, event) = world.get(&format!("{MAPS}?watch=true&resourceVersion=1"));
    assert_eq!(event["object"]["code"], 410);
    assert_eq!(event["object"]["reason"], "Expired");
}

#[tokio::test]
async fn a_watch_sees_changes_as_they_come() {
    let world = World::new();
    let request = http::Request::get(format!("{MAPS}?watch=true")).body(()).unwrap();
    let answer = world.server.answer(request.into_parts().0, bytes::Bytes::new());
    world.post(MAPS, &map("a", "1"));
    world.merge(&format!("{MAPS}/a"), r#"{"data":{"k":"w"}}"#);
    let mut body = answer.into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let kinds: Vec<serde_json::Value> = String::from_utf8_lossy(&frame)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].clone())
        .collect();
    assert_eq!(kinds, ["ADDED", "MODIFIED"]);
}

#[tokio::test]
async fn a_kube_client_works_without_a_socket() {
    let server = ApiServer::new();
    let client = server.client("default");
    let kind = ApiResource::erase::<k8s_openapi::api::core::v1::Namespace>(&());
    let namespaces: Api<DynamicObject> = Api::all_with(client, &kind);
    let found = namespaces.list(&ListParams::default()).await.unwrap();
    assert_eq!(found.items.len(), 4);
    assert_eq!(server.writes(), 0);
}

#[test]
fn discovery_lists_groups_and_resources() {
    let world = World::new();
    let (_, groups) = world.get("/apis");
    assert!(groups["groups"].as_array().unwrap().iter().any(|group| group["name"] == "apps"));
    let (_, apps) = world.get("/apis/apps/v1");
    let names: Vec<&str> =
        apps["resources"].as_array().unwrap().iter().filter_map(|r| r["name"].as_str()).collect();
    assert!(names.contains(&"deployments/scale"), "{names:?}");
    assert_eq!(world.get("/apis/apps/v7").0, 404);
}
