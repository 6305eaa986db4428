//! The embedded API server: applies a second, the smallest test, and what objects weigh.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;

use gitops_kube::apiserver::ApiServer;
use serde_json::{Value, json};

const RUNS: usize = 9;
const APPLIES: usize = 2_000;
const MANY: usize = 100_000;

/// One apply of some number.
type Apply = fn(&ApiServer, usize);

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let kinds: [(&str, Apply); 6] = [
        ("ConfigMap, nothing changes", |server, _| config_map(server, 0)),
        ("ConfigMap, one value changes", config_map),
        ("ConfigMap, created", created),
        ("Deployment, nothing changes", |server, _| deployment(server, "web", 0)),
        ("Deployment, the image changes", |server, number| deployment(server, "web", number)),
        ("Deployment, created", |server, number| deployment(server, &format!("d{number}"), 0)),
    ];
    for (what, one) in kinds.iter().filter(|(what, _)| what.contains(&wanted)) {
        applies(what, *one, APPLIES);
    }
    if wanted.is_empty() {
        smallest_test();
        weight();
    }
}

fn ask(server: &ApiServer, method: &str, target: &str, kind: &str, body: &Value) -> u16 {
    let request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("content-type", kind)
        .body(())
        .unwrap();
    let bytes = body.to_string().into();
    server.answer(request.into_parts().0, bytes).status().as_u16()
}

fn apply(server: &ApiServer, path: &str, body: &Value) {
    let target = format!("{path}?fieldManager=bench&force=true");
    let status = ask(server, "PATCH", &target, "application/apply-patch+yaml", body);
    assert!(matches!(status, 200 | 201), "{status} for {body}");
}

fn named(name: &str, number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": name, "labels": { "app": "bench", "part": "settings" } },
        "data": { "number": number.to_string(), "color": "red", "text": "some lines\nof text\n" },
    })
}

fn config_map(server: &ApiServer, number: usize) {
    apply(server, "/api/v1/namespaces/default/configmaps/one", &named("one", number));
}

fn created(server: &ApiServer, number: usize) {
    let name = format!("c{number}");
    let path = format!("/api/v1/namespaces/default/configmaps/{name}");
    apply(server, &path, &named(&name, number));
}

fn deployment(server: &ApiServer, name: &str, number: usize) {
    let body = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "labels": { "app": "web" } },
        "spec": {
            "replicas": 3,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{
                    "name": "web",
                    "image": format!("web:{number}"),
                    "ports": [{ "containerPort": 8080, "name": "http" }],
                    "env": [{ "name": "COLOR", "value": "red" }],
                    "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
                }]},
            },
        },
    });
    apply(server, &format!("/apis/apps/v1/namespaces/default/deployments/{name}"), &body);
}

fn applies(what: &str, one: Apply, count: usize) {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let server = ApiServer::new();
        one(&server, 0);
        let ((), took) = measure::time(|| (1..=count).for_each(|number| one(&server, number)));
        runs.push(took);
    }
    runs.sort();
    let seconds = runs[RUNS / 2].as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a count of some thousands")]
    let rate = count as f64 / seconds;
    println!("{what}: {rate:.0} applies a second");
}

fn smallest_test() {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let ((), took) = measure::time(|| {
            let server = ApiServer::new();
            (0..10).for_each(|number| created(&server, number));
            assert_eq!(server.writes(), 10);
        });
        runs.push(took);
    }
    measure::show("a server, ten objects, one assertion", &mut runs);
}

fn weight() {
    let before = resident();
    let server = ApiServer::new();
    (0..MANY).for_each(|number| created(&server, number));
    let bytes = resident().saturating_sub(before);
    println!("{MANY} objects: {} MiB", bytes / 1024 / 1024);
}

/// Returns how much memory the program holds, in bytes; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
