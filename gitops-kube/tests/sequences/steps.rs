//! Random requests of several field managers for one object.

use http::Method;
use serde_json::{Value, json};

use crate::{
    kinds::{Kind, Piece, metadata, status},
    random::Random,
};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) method: Method,
    /// Path and query; `{ns}` stands for the namespace.
    pub(crate) target: String,
    pub(crate) content: &'static str,
    pub(crate) body: Option<Value>,
    /// Whether the body is laid over what the server last answered, as a client edits.
    pub(crate) edits: bool,
}

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const OPERATIONS: &str = "application/json-patch+json";
const JSON: &str = "application/json";
const MANAGERS: [&str; 4] = ["alice", "bob", "carol", "kubectl"];

/// Draws the requests for the object of one sequence.
pub(crate) fn sequence(kind: &Kind, name: &str, random: &mut Random) -> Vec<Step> {
    let count = 6 + random.below(12);
    let mut steps: Vec<Step> = (0..count).map(|_| step(kind, name, random)).collect();
    steps.push(Step {
        method: Method::GET,
        target: format!("{}/{name}", kind.path),
        content: JSON,
        body: None,
        edits: false,
    });
    steps
}

fn step(kind: &Kind, name: &str, random: &mut Random) -> Step {
    let manager = random.pick(&MANAGERS);
    let mut query = format!("?fieldManager={manager}");
    if random.one_in(12) {
        query.push_str("&dryRun=All");
    }
    if random.one_in(10) {
        query.push_str("&fieldValidation=");
        let directive: &str = random.pick::<&str>(&["Ignore", "Warn", "Strict"]);
        query.push_str(directive);
    }
    let sub = subresource(kind, random);
    let target = |query: &str| format!("{}/{name}{sub}{query}", kind.path);
    let scale = sub == "/scale";
    let new = |method, target, content, body| Step {
        method,
        target,
        content,
        body: Some(body),
        edits: false,
    };
    match random.below(20) {
        0..=8 => {
            if random.one_in(3) {
                query.push_str("&force=true");
            }
            let body =
                if scale { scaled(name, random, true) } else { object(kind, name, &sub, random) };
            new(Method::PATCH, target(&query), APPLY, body)
        }
        9 | 10 if sub.is_empty() => {
            new(Method::POST, format!("{}{query}", kind.path), JSON, object(kind, name, "", random))
        }
        9..=11 if scale => new(Method::PUT, target(&query), JSON, scaled(name, random, true)),
        11 if !kind.custom => {
            new(Method::PUT, target(&query), JSON, object(kind, name, &sub, random))
        }
        9..=13 => Step {
            edits: true,
            ..new(Method::PUT, target(&query), JSON, change(kind, &sub, random))
        },
        14 | 15 => {
            let body = if scale { scaled(name, random, false) } else { change(kind, &sub, random) };
            new(Method::PATCH, target(&query), MERGE, body)
        }
        16 if !kind.custom && !scale => {
            new(Method::PATCH, target(&query), STRATEGIC, change(kind, &sub, random))
        }
        16 | 17 => new(Method::PATCH, target(&query), OPERATIONS, operations(kind, &sub, random)),
        18 => Step {
            method: Method::DELETE,
            target: format!(
                "{}/{name}{}",
                kind.path,
                if random.one_in(4) { "?dryRun=All" } else { "" }
            ),
            content: JSON,
            body: None,
            edits: false,
        },
        _ => Step {
            method: Method::GET,
            target: target(""),
            content: JSON,
            body: None,
            edits: false,
        },
    }
}

fn subresource(kind: &Kind, random: &mut Random) -> String {
    if kind.status && random.one_in(6) {
        return "/status".to_owned();
    }
    if kind.scale && random.one_in(8) {
        return "/scale".to_owned();
    }
    String::new()
}

fn scaled(name: &str, random: &mut Random, whole: bool) -> Value {
    let mut scale = json!({ "spec": { "replicas": random.below(4) } });
    if whole {
        scale["apiVersion"] = "autoscaling/v1".into();
        scale["kind"] = "Scale".into();
        scale["metadata"] = json!({ "name": name });
    }
    scale
}

fn pieces(kind: &Kind, sub: &str, random: &mut Random) -> Vec<&'static Piece> {
    let all: &[&[Piece]] = match sub {
        "/status" => &[status(), metadata()],
        _ => &[kind.pieces, kind.pieces, metadata()],
    };
    let count = random.below(4);
    let mut out = Vec::new();
    for _ in 0..count {
        let group = random.pick(all);
        out.push(random.pick(group));
    }
    out
}

/// An object that says everything it wants.
fn object(kind: &Kind, name: &str, sub: &str, random: &mut Random) -> Value {
    let mut object = if random.one_in(9) || sub == "/status" { json!({}) } else { (kind.base)() };
    for piece in pieces(kind, sub, random) {
        put(&mut object, piece.path, (piece.draw)(random));
    }
    object["apiVersion"] = kind.api_version.into();
    object["kind"] = kind.name.into();
    object["metadata"]["name"] = name.into();
    if random.one_in(40) {
        object["metadata"]["unknown"] = true.into();
    }
    object
}

/// A merge patch: some fields, some of them null.
fn change(kind: &Kind, sub: &str, random: &mut Random) -> Value {
    let mut change = json!({});
    for piece in pieces(kind, sub, random) {
        let value = if random.one_in(4) { Value::Null } else { (piece.draw)(random) };
        put(&mut change, piece.path, value);
    }
    if random.one_in(12) {
        let reset = random.pick(&[json!([]), json!([{}]), Value::Null]).clone();
        put(&mut change, "metadata.managedFields", reset);
    }
    change
}

fn operations(kind: &Kind, sub: &str, random: &mut Random) -> Value {
    let mut operations = Vec::new();
    for piece in pieces(kind, sub, random) {
        let path = format!("/{}", piece.path.replace('.', "/"));
        operations.push(match random.below(4) {
            0 => json!({ "op": "remove", "path": path }),
            1 => json!({ "op": "test", "path": path, "value": (piece.draw)(random) }),
            2 => json!({ "op": "replace", "path": path, "value": (piece.draw)(random) }),
            _ => json!({ "op": "add", "path": path, "value": (piece.draw)(random) }),
        });
    }
    operations.into()
}

/// Sets a field; mappings on the way are made.
pub(crate) fn put(object: &mut Value, path: &str, value: Value) {
    let mut at = object;
    for name in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name];
    }
    *at = value;
}
