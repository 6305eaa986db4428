//! The fault model of the embedded server: each fault alone, and a delivery under all of them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod delivering;

use std::{sync::Arc, time::Duration};

use gitops_kube::apiserver::{
    ApiServer,
    faults::{Asked, Fault, Faults, Skewed},
};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use kube::{Client, client::Body};
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// A server with one object, behind faults.
fn world() -> (ApiServer, Faults, Client) {
    let server = ApiServer::new();
    let faults = Faults::of(&server);
    let client = faults.client("default");
    (server, faults, client)
}

fn map(color: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "one" },
        "data": { "color": color },
    })
}

async fn send(
    client: &Client,
    method: Method,
    target: &str,
    body: Value,
) -> kube::Result<Response<Body>> {
    let kind = match method {
        Method::PATCH => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = Request::builder().method(method).uri(target).header("content-type", kind);
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    client.send(request.body(Body::from(bytes)).unwrap()).await
}

async fn create(client: &Client) -> kube::Result<Response<Body>> {
    send(client, Method::POST, MAPS, map("red")).await
}

async fn read(client: &Client, target: &str) -> Value {
    let answer = send(client, Method::GET, target, Value::Null).await.unwrap();
    serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn a_request_lost_before_does_nothing_and_one_lost_after_does_it() {
    let (server, faults, client) = world();
    faults.next(Fault::LostBefore);
    create(&client).await.unwrap_err();
    assert_eq!(server.writes(), 0);
    faults.next(Fault::LostAfter);
    create(&client).await.unwrap_err();
    assert_eq!(server.writes(), 1);
    assert_eq!(faults.happened().len(), 2);
}

#[tokio::test]
async fn refusals_do_nothing_and_say_when_to_come_again() {
    let (server, faults, client) = world();
    for (fault, status) in [
        (Fault::Conflict, 409),
        (Fault::TooManyRequests { seconds: 7 }, 429),
        (Fault::ServerError(503), 503),
    ] {
        faults.on(Asked::writes("configmaps"), fault);
        let answer = create(&client).await.unwrap();
        assert_eq!(answer.status(), status);
        if status == 429 {
            assert_eq!(answer.headers()["retry-after"], "7");
        }
    }
    assert_eq!(server.writes(), 0);
    assert_eq!(create(&client).await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_fault_waits_for_the_request_it_is_for() {
    let (_, faults, client) = world();
    faults.on(Asked::reads("configmaps"), Fault::LostBefore);
    assert_eq!(create(&client).await.unwrap().status(), 201);
    send(&client, Method::GET, MAPS, Value::Null).await.unwrap_err();
}

#[tokio::test]
async fn a_watch_is_cut_after_some_pieces() {
    let (_, faults, client) = world();
    create(&client).await.unwrap();
    faults.on(Asked::watches("configmaps"), Fault::CutWatch { after: 1 });
    let target = format!("{MAPS}?watch=true");
    let answer = send(&client, Method::GET, &target, Value::Null).await.unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(text.starts_with(br#"{"type":"ADDED","object":"#), "one event, then the end");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_virtual_time() {
    let (_, faults, client) = world();
    faults.next(Fault::Slow(Duration::from_secs(3_600)));
    let began = tokio::time::Instant::now();
    create(&client).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3_600);
}

#[tokio::test]
async fn a_rival_writes_in_between() {
    let (_, faults, client) = world();
    create(&client).await.unwrap();
    let seen = read(&client, &format!("{MAPS}/one")).await;
    faults.on(Asked::writes("configmaps"), Fault::Rival(json!({ "data": { "color": "blue" } })));
    let answer = send(&client, Method::PUT, &format!("{MAPS}/one"), seen).await.unwrap();
    assert_eq!(answer.status(), 409);
    let now = read(&client, &format!("{MAPS}/one")).await;
    assert_eq!(now["data"]["color"], "blue");
    let managers = now["metadata"]["managedFields"].as_array().unwrap();
    assert!(managers.iter().any(|entry| entry["manager"] == "rival"), "{managers:?}");
}

#[tokio::test]
async fn an_object_is_deleted_under_us() {
    let (_, faults, client) = world();
    create(&client).await.unwrap();
    faults.on(Asked::writes("configmaps"), Fault::Deleted);
    let target = format!("{MAPS}/one");
    let answer = send(&client, Method::PATCH, &target, json!({ "data": null })).await.unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn discovery_loses_a_group_and_finds_it_again() {
    let (_, faults, client) = world();
    let names = |groups: &Value| groups["groups"].to_string().contains("\"apps\"");
    assert!(names(&read(&client, "/apis").await));
    faults.lose_group("apps");
    assert!(!names(&read(&client, "/apis").await));
    let lost = send(&client, Method::GET, "/apis/apps/v1", Value::Null).await.unwrap();
    assert_eq!(lost.status(), 503);
    faults.find_group("apps");
    assert!(names(&read(&client, "/apis").await));
}

#[tokio::test]
async fn a_skewed_clock_stamps_what_is_created() {
    let clock = Arc::new(gitops_core::clock::TokioClock::system());
    let behind = Skewed::by(clock, jiff::SignedDuration::from_hours(-240));
    let server = ApiServer::builder().clock(Arc::new(behind)).build();
    let client = server.client("default");
    create(&client).await.unwrap();
    let created = read(&client, &format!("{MAPS}/one")).await;
    let text = created["metadata"]["creationTimestamp"].as_str().unwrap();
    let age = jiff::Timestamp::now().duration_since(text.parse().unwrap());
    assert!(200 < age.as_hours());
}

#[tokio::test]
#[should_panic(expected = "too many faults wait")]
async fn faults_that_wait_are_counted() {
    let (_, faults, _) = world();
    for _ in 0..=gitops_kube::apiserver::faults::FAULTS_WAITING_MAX {
        faults.next(Fault::LostBefore);
    }
}
