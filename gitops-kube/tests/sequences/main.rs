//! Random sequences of several field managers, asked of the embedded server and of a real one.
//!
//! `GITOPS_TEST_KUBECONFIG` names an admin's kubeconfig of the real server, which must have no
//! controllers that write in between; without it the sequences run on two embedded servers, which
//! shows that they run and that equal servers answer alike. `GITOPS_TEST_SEQUENCES` says how many
//! (50), `GITOPS_TEST_SEED` where they begin (1). A sequence that differs is printed with its
//! requests up to the first answer that differs.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod compare;
mod definition;
mod kinds;
mod pieces;
mod random;
#[allow(dead_code, reason = "shared with other programs, which use the rest")]
#[path = "../servers/mod.rs"]
mod servers;
mod steps;

use compare::Seen;
use definition::definition;
use gitops_kube::apiserver::ApiServer;
use http_body_util::BodyExt;
use kinds::{KINDS, Kind};
use kube::{Client, client::Body};
use random::Random;
use serde_json::{Value, json};
use steps::Step;

/// A server, and what it answered.
struct Side {
    client: Client,
    namespace: String,
    seen: Seen,
    last: Value,
}

impl Side {
    async fn new(client: Client) -> Self {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        // It may be there from the run before.
        let _ = ask(&client, &http::Method::POST, path, servers::JSON, Some(&definition())).await;
        let namespace = servers::fresh_namespace(&client).await;
        let side = Self { client, namespace, seen: Seen::default(), last: Value::Null };
        side.wait_for_definition().await;
        side
    }

    async fn wait_for_definition(&self) {
        let custom = KINDS.iter().find(|kind| kind.custom).unwrap();
        let path = custom.path.replace("{ns}", &self.namespace);
        for _ in 0..1000 {
            if ask(&self.client, &http::Method::GET, &path, servers::JSON, None).await.0 == 200 {
                return;
            }
        }
        panic!("the custom kind is not served");
    }

    fn begin(&mut self) {
        (self.seen, self.last) = (Seen::default(), Value::Null);
    }

    async fn answer(&mut self, step: &Step) -> Value {
        let target = step.target.replace("{ns}", &self.namespace);
        let mut body = step.body.clone();
        if let Some(change) = &step.body
            && step.edits
        {
            body = Some(
                gitops_kube::apiserver::patch::merge(self.last.clone(), change.clone())
                    .unwrap_or_default(),
            );
        }
        let (status, answer) =
            ask(&self.client, &step.method, &target, step.content, body.as_ref()).await;
        if answer["kind"] != "Status" && !target.contains("dryRun") && !target.contains("/scale") {
            self.last = answer.clone();
        }
        json!({ "status": status, "body": self.seen.plain(&answer, &self.namespace) })
    }
}

async fn ask(
    client: &Client,
    method: &http::Method,
    target: &str,
    content: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("content-type", content)
        .header("user-agent", "sequences/1")
        .body(Body::from(bytes))
        .unwrap();
    let response = client.send(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
}

// A server without controllers: nothing else changes objects in the meantime.
fn alone() -> Client {
    ApiServer::builder().controllers(false).build().client("default")
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[tokio::test]
async fn random_sequences_are_answered_alike() {
    let (count, seed) = (setting("GITOPS_TEST_SEQUENCES", 50), setting("GITOPS_TEST_SEED", 1));
    let other = servers::real().await.unwrap_or_else(alone);
    let (mut mine, mut theirs) = (Side::new(alone()).await, Side::new(other).await);
    let mut different = 0;
    for number in seed..seed + count {
        let mut random = Random::new(number);
        let kind = random.pick(&KINDS);
        let steps = steps::sequence(kind, &format!("s{number}"), &mut random);
        mine.begin();
        theirs.begin();
        if let Some(report) = first_difference(kind, &steps, &mut mine, &mut theirs).await {
            different += 1;
            eprintln!("sequence {number} differs\n{report}");
        }
    }
    eprintln!("{different} of {count} sequences differ");
    let most = setting("GITOPS_TEST_SEQUENCES_DIFFER", 0);
    assert!(different <= most, "{different} of {count} sequences differ, at most {most} may");
}

async fn first_difference(
    kind: &Kind,
    steps: &[Step],
    mine: &mut Side,
    theirs: &mut Side,
) -> Option<String> {
    let mut asked = format!("  {} {}\n", kind.api_version, kind.name);
    for step in steps {
        let body = step.body.as_ref().map(Value::to_string).unwrap_or_default();
        let edits = if step.edits { " (edits)" } else { "" };
        let line = format!("  {} {} {}{edits} {body}\n", step.method, step.target, step.content);
        asked.push_str(&line);
        let (got, want) = (mine.answer(step).await, theirs.answer(step).await);
        if got != want {
            let mut lines = Vec::new();
            differences("", &got, &want, &mut lines);
            return Some(format!("{asked}{}", lines.join("\n")));
        }
    }
    None
}

fn differences(path: &str, got: &Value, want: &Value, out: &mut Vec<String>) {
    match (got, want) {
        (Value::Object(mine), Value::Object(theirs)) => {
            for name in mine.keys().chain(theirs.keys().filter(|name| !mine.contains_key(*name))) {
                let absent = Value::String("<absent>".to_owned());
                let (a, b) = (mine.get(name), theirs.get(name));
                let path = format!("{path}.{name}");
                differences(&path, a.unwrap_or(&absent), b.unwrap_or(&absent), out);
            }
        }
        (Value::Array(mine), Value::Array(theirs)) if mine.len() == theirs.len() => {
            for (at, (a, b)) in mine.iter().zip(theirs).enumerate() {
                differences(&format!("{path}[{at}]"), a, b, out);
            }
        }
        (got, want) if got != want => {
            out.push(format!("    {path}\n      got  {got}\n      want {want}"));
        }
        _ => {}
    }
}
