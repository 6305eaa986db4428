//! Reviews: who am I, what may I do, what may they do.

use serde_json::{Map, Value, json};

use super::super::{
    answer::Answer,
    defaults,
    managed::{Managed, Manager, Operation, Stamp},
    status::{About, Failure, Problem, Result},
    world::{Call, World, metadata, text},
};
use super::{
    attributes::Attributes,
    authorize::{Decision, aggregate, decide, rules_for},
    rules::Rule,
    user::User,
};

/// Whether objects of the kind are questions, never stored.
pub(crate) fn is_review(call: &Call<'_>) -> bool {
    !call.kind.is_custom()
        && matches!(call.kind.group(), "authorization.k8s.io" | "authentication.k8s.io")
}

/// Answers a review; `object` is its decoded body.
pub(crate) fn answer(world: &World, call: &Call<'_>, mut object: Value) -> Result<Answer> {
    let user = &call.user;
    let status = match call.kind.info.kind.as_str() {
        "SelfSubjectReview" => return Ok(Answer::object(201, who(call))),
        "SelfSubjectRulesReview" => return rules(world, call, &object),
        "TokenReview" => token(world, &object)?,
        "SelfSubjectAccessReview" => {
            check(call, &object)?;
            status(&access(world, user, object.get("spec").unwrap_or(&Value::Null)))
        }
        _ => {
            check(call, &object)?;
            let spec = object.get("spec").unwrap_or(&Value::Null);
            status(&access(world, &subject(spec), spec))
        }
    };
    let owners = owners(call, &object);
    owners.write(&mut object);
    object["status"] = status;
    Ok(Answer::object(201, object))
}

fn owners(call: &Call<'_>, object: &Value) -> Managed {
    let api_version = call.kind.api_version();
    let manager = Manager::new(&call.request.manager(), Operation::Update, &api_version, "");
    let time = call.time();
    let mut owners = Managed::default();
    let stamp = Stamp { version: &api_version, time: &time };
    owners.update(&defaults::empty(&call.kind), object, call.kind.of(), &manager, stamp);
    owners
}

fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    for (name, text) in [("username", &user.name), ("uid", &user.uid)] {
        if !text.is_empty() {
            info.insert(name.to_owned(), json!(text));
        }
    }
    if !user.groups.is_empty() {
        info.insert("groups".to_owned(), json!(user.groups));
    }
    if !user.extra.is_empty() {
        info.insert("extra".to_owned(), json!(user.extra));
    }
    Value::Object(info)
}

fn who(call: &Call<'_>) -> Value {
    json!({
        "kind": "SelfSubjectReview",
        "apiVersion": call.kind.api_version(),
        "metadata": { "creationTimestamp": call.time() },
        "status": { "userInfo": user_info(&call.user) },
    })
}

fn token(world: &World, object: &Value) -> Result<Value> {
    let token = text(object, "/spec/token");
    if token.is_empty() {
        return Err(Failure::bad_request("token is required for TokenReview in authentication"));
    }
    Ok(match world.known.user(token) {
        Some(user) => json!({ "authenticated": true, "user": user_info(user) }),
        None => json!({ "user": {}, "error": "[invalid bearer token, token lookup failed]" }),
    })
}

fn rules(world: &World, call: &Call<'_>, object: &Value) -> Result<Answer> {
    let namespace = text(object, "/spec/namespace");
    if namespace.is_empty() {
        return Err(Failure::bad_request("no namespace on request"));
    }
    let (rules, errors) = rules_for(world, &call.user, namespace);
    let shown = |resources: bool| -> Vec<Value> {
        let has = |rule: &&Rule| {
            if resources { !rule.resources.is_empty() } else { !rule.urls.is_empty() }
        };
        rules.iter().filter(has).map(|rule| rule.shown(resources)).collect()
    };
    let mut status = json!({
        "resourceRules": shown(true),
        "nonResourceRules": shown(false),
        "incomplete": false,
    });
    if let Some(errors) = aggregate(&errors) {
        status["evaluationError"] = errors.into();
    }
    Ok(Answer::object(
        201,
        json!({
            "kind": "SelfSubjectRulesReview",
            "apiVersion": call.kind.api_version(),
            "metadata": {},
            "spec": {},
            "status": status,
        }),
    ))
}

fn status(decision: &Decision) -> Value {
    let mut status = json!({ "allowed": decision.allowed });
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.as_str().into();
    }
    status
}

fn subject(spec: &Value) -> User {
    let list = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let extra = spec.get("extra").and_then(Value::as_object);
    User {
        name: text(spec, "/user").to_owned(),
        uid: text(spec, "/uid").to_owned(),
        groups: spec.get("groups").map(list).unwrap_or_default(),
        extra: extra.into_iter().flatten().map(|(key, v)| (key.clone(), list(v))).collect(),
    }
}

fn access(world: &World, user: &User, spec: &Value) -> Decision {
    let action = if let Some(asked) = present(spec, "nonResourceAttributes") {
        Attributes {
            verb: text(asked, "/verb").to_owned(),
            path: Some(text(asked, "/path").to_owned()),
            ..Attributes::default()
        }
    } else {
        let asked = spec.get("resourceAttributes").unwrap_or(&Value::Null);
        let part = |name: &str| text(asked, name).to_owned();
        Attributes {
            verb: part("/verb"),
            group: part("/group"),
            resource: part("/resource"),
            subresource: part("/subresource"),
            namespace: part("/namespace"),
            name: part("/name"),
            path: None,
        }
    };
    decide(world, user, &action)
}

fn present<'v>(spec: &'v Value, name: &str) -> Option<&'v Value> {
    spec.get(name).filter(|value| !value.is_null())
}

/// Checks a review about access.
fn check(call: &Call<'_>, object: &Value) -> Result<()> {
    let empty = json!({});
    let spec = object.get("spec").unwrap_or(&empty);
    let (resource, path) =
        (present(spec, "resourceAttributes"), present(spec, "nonResourceAttributes"));
    let mut problems = Vec::new();
    match (resource, path) {
        (Some(_), Some(path)) => problems.push(Problem::invalid(
            "spec.nonResourceAttributes",
            &in_memory(path),
            "cannot be specified in combination with resourceAttributes",
        )),
        (None, None) => problems.push(Problem::invalid(
            "spec.resourceAttributes",
            &Value::Null,
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )),
        _ => {}
    }
    let own = call.kind.info.kind == "SelfSubjectAccessReview";
    let groups = spec.get("groups").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if !own && text(spec, "/user").is_empty() && groups {
        let detail = "at least one of user or group must be specified";
        problems.push(Problem::invalid("spec.user", &json!(""), detail));
    }
    let local = call.kind.info.namespaced;
    let mut meta = object.clone();
    let meta = metadata(&mut meta);
    meta.remove("managedFields");
    let namespace = if local { meta.remove("namespace") } else { None };
    if !meta.is_empty() {
        let detail = if local { "must be empty except for namespace" } else { "must be empty" };
        problems.push(Problem::invalid("metadata", &Value::Object(meta.clone()), detail));
    }
    if local {
        let asked = text(spec, "/resourceAttributes/namespace");
        if resource.is_some() && namespace.as_ref().and_then(Value::as_str) != Some(asked) {
            let field = "spec.resourceAttributes.namespace";
            problems.push(Problem::invalid(field, &json!(asked), "must match metadata.namespace"));
        }
        if let Some(path) = path {
            let detail = "disallowed on this kind of request";
            let field = "spec.nonResourceAttributes";
            problems.push(Problem::invalid(field, &in_memory(path), detail));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(About { group: call.kind.group(), resource: "", name: "" }, &problems))
}

/// Writes attributes of a path as the server holds them, which is what refusals show.
fn in_memory(path: &Value) -> Value {
    json!({ "Path": text(path, "/path"), "Verb": text(path, "/verb") })
}
