//! The scale of a workload: its replicas, read and written on their own.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    answer::Answer,
    decode, defaults,
    kinds::Kind,
    managed::{
        Managed,
        scale::{Names, Refused, SCALE_VERSION, Scaling},
    },
    read,
    status::{Failure, Problem, Result},
    traces::Rewritten,
    update,
    world::{Call, World, metadata, text},
};

/// What a real server takes the replicas of a custom object for that names none.
const NO_REPLICAS: i64 = i32::MIN as i64;

/// Answers with the scale of an object.
pub(crate) fn read(world: &World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    if names_none(call, &live) {
        let cause = replicas_field(call, "does not exist");
        let message = format!("Internal error occurred: {cause}");
        let mut failure = Failure::new(500, "InternalError", message);
        failure.details = Some(json!({ "causes": [{ "message": cause }] }));
        return Err(failure);
    }
    Ok(Answer::object(200, scale_of(call, &live)))
}

fn pointer(call: &Call<'_>, name: &str, builtin: &str) -> String {
    let path = call
        .kind
        .custom
        .as_ref()
        .and_then(|custom| custom.scale.as_ref()?.get(name)?.as_str().map(str::to_owned));
    path.unwrap_or_else(|| builtin.to_owned()).replace('.', "/")
}

/// Returns where the replicas are that are asked for.
fn replicas_pointer(call: &Call<'_>) -> String {
    pointer(call, "specReplicasPath", ".spec.replicas")
}

/// Whether a custom object names no replicas; built-in ones have as many as their kind says.
fn names_none(call: &Call<'_>, live: &Value) -> bool {
    call.kind.is_custom() && live.pointer(&replicas_pointer(call)).is_none()
}

/// Says what is wrong with where the replicas are.
fn replicas_field(call: &Call<'_>, problem: &str) -> String {
    let path = replicas_pointer(call).replace('/', ".");
    format!("the spec replicas field {path:?} {problem}")
}

fn scale_of(call: &Call<'_>, live: &Value) -> Value {
    let replicas = live.pointer(&replicas_pointer(call)).cloned();
    let seen = live.pointer(&pointer(call, "statusReplicasPath", ".status.replicas")).cloned();
    let mut meta = serde_json::Map::new();
    for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = live.pointer(&format!("/metadata/{name}")) {
            meta.insert(name.to_owned(), value.clone());
        }
    }
    let mut spec = json!({});
    match replicas {
        Some(replicas) if replicas != json!(0) => spec["replicas"] = replicas,
        _ => {}
    }
    let mut status = json!({ "replicas": seen.unwrap_or_else(|| json!(0)) });
    let selector = selector(call, live);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": spec,
        "status": status,
    })
}

fn selector(call: &Call<'_>, live: &Value) -> String {
    if call.kind.is_custom() {
        return text(live, &pointer(call, "labelSelectorPath", "")).to_owned();
    }
    let selector = live.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let labels = selector.get("matchLabels").unwrap_or(&selector).as_object();
    let pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
        .collect();
    pairs.join(",")
}

/// Answers a PUT of a scale.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let mut scale = decode::parse(call.request)?;
    check_kind(world, call, &mut scale)?;
    decode::place(call, &mut scale)?;
    let live = read::find(world, call)?;
    store(world, call, &live, &scale, None)
}

/// Answers a PATCH of a scale.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    if call.request.content_type() == "application/apply-patch+yaml" {
        let mut scale = decode::parse_apply(call.request)?;
        check_kind(world, call, &mut scale)?;
        if !call.kind.is_custom() {
            super::patch::check_typed(&scale, "autoscaling", "Scale")?;
        }
        return store(world, call, &live, &scale, Some(call.request.flag("force")));
    }
    let patch = decode::parse(call.request)?;
    let mut before = scale_of(call, &live);
    let missing = names_none(call, &live);
    if missing {
        before["spec"]["replicas"] = NO_REPLICAS.into();
    }
    let scale = super::patch::scale(call, &before, &patch)?;
    if missing && scale.pointer("/spec/replicas") == Some(&NO_REPLICAS.into()) {
        return Err(Failure::bad_request(replicas_field(call, "cannot be empty")));
    }
    store(world, call, &live, &scale, None)
}

fn check_kind(world: &World, call: &Call<'_>, scale: &mut Value) -> Result<()> {
    let put = call.request.method == http::Method::PUT;
    if put && scale.is_null() {
        *scale = json!({});
    }
    for (name, own) in [("apiVersion", "autoscaling/v1"), ("kind", "Scale")] {
        if put && text(scale, &format!("/{name}")).is_empty() && scale.is_object() {
            scale[name] = own.into();
        }
    }
    let (version, kind) = (text(scale, "/apiVersion"), text(scale, "/kind"));
    if (version, kind) == ("autoscaling/v1", "Scale") {
        return Ok(());
    }
    if put && call.kind.is_custom() {
        return Err(Failure::bad_request(
            "no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:111\"",
        ));
    }
    if put {
        return Err(decode::unhandled(&world.kinds, (version, kind), ("autoscaling", "Scale")));
    }
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    Err(Failure::bad_request(format!("invalid object type: {version}, Kind={kind}")))
}

fn negative(call: &Call<'_>, replicas: &Value) -> Failure {
    if call.kind.is_custom() {
        let path = pointer(call, "specReplicasPath", "").replace('/', ".");
        let problem = Problem::invalid(path, replicas, "should be a non-negative integer");
        return Failure::invalid(call.about_kind(&call.name), &[problem]);
    }
    let problem = Problem::invalid("spec.replicas", replicas, "must be greater than or equal to 0");
    let about = super::status::About { group: "autoscaling", resource: "Scale", name: &call.name };
    Failure::invalid(about, &[problem])
}

/// Stores replicas; `apply` says whether they are applied, and by force.
fn store(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    scale: &Value,
    apply: Option<bool>,
) -> Result<Answer> {
    let given = scale.pointer("/spec/replicas").filter(|replicas| !replicas.is_null());
    let mut replicas = given.cloned().unwrap_or_else(|| json!(0));
    if apply.is_some()
        && Names::of(scale) != Names::Replicas
        && !managed(world, call).scales_alone(&call.request.manager(), &paths(world, call))
    {
        // What is not applied stays, but for what the applier alone had set.
        let path = replicas_pointer(call);
        replicas = live.pointer(&path).cloned().unwrap_or(replicas);
    }
    if replicas.as_i64().is_none_or(|replicas| replicas < 0) {
        return Err(negative(call, &replicas));
    }
    let live = read::in_version(live, &call.kind);
    let mut object = (*live).clone();
    let path = replicas_pointer(call);
    let none = if call.kind.is_custom() { NO_REPLICAS } else { 0 };
    let before = live.pointer(&path).and_then(Value::as_i64).unwrap_or(none);
    let after = replicas.as_i64().unwrap_or(0);
    put(&mut object, &path, replicas);
    let version = text(scale, "/metadata/resourceVersion").to_owned();
    metadata(&mut object).insert("resourceVersion".to_owned(), version.into());
    let managed = own(world, call, (before, after), scale, apply)?;
    let ordered = managed.owners.values().all(|owned| owned.set.is_in_text_order());
    let stored = object.clone();
    if call.kind.is_custom() {
        // Defaults are not stored with the scale, but come when the object is read.
        defaults::apply(&call.kind, &mut object);
    }
    if !ordered || stored != object {
        call.traces.borrow_mut().note_rewritten(Rewritten::Scale);
    }
    let answer = update::finish(world, call, &live, object, managed, 200)?;
    let Answer::Object(code, object) = answer else { return Ok(answer) };
    Ok(Answer::object(code, scale_of(call, &object.tree())))
}

/// Returns where the replicas are, by version.
fn paths(world: &World, call: &Call<'_>) -> BTreeMap<String, Option<Vec<String>>> {
    let path = |kind: &Kind| {
        let path = match &kind.custom {
            None => ".spec.replicas",
            Some(custom) => custom.scale.as_ref()?.get("specReplicasPath")?.as_str()?,
        };
        Some(path.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect())
    };
    let kinds = world.kinds.versions_of(&call.kind);
    kinds.map(|kind| (kind.api_version(), path(kind))).collect()
}

/// Returns the managers of the object.
fn managed(world: &World, call: &Call<'_>) -> Managed {
    world.store.managed(&call.kind.resource, &call.key()).as_read()
}

/// Moves the ownership of the replicas to who scales.
fn own(
    world: &World,
    call: &Call<'_>,
    replicas: (i64, i64),
    scale: &Value,
    apply: Option<bool>,
) -> Result<Managed> {
    let paths = paths(world, call);
    let scaling = Scaling {
        manager: &call.request.manager(),
        apply,
        version: &call.kind.api_version(),
        paths: &paths,
        replicas,
        names: Names::of(scale),
    };
    let custom = call.kind.is_custom();
    let owned = managed(world, call).scale(scaling, custom);
    if custom && apply.is_some() && owned != Err(Refused::NoFirstManager) {
        super::patch::check_typed(scale, "autoscaling", "Scale")?;
    }
    // Replicas of zero are none: to apply them changes a scale.
    let changes =
        replicas.0 != replicas.1 || (replicas.1 == 0 && Names::of(scale) == Names::Replicas);
    if custom && owned.is_ok() && apply.is_some() && changes {
        // A real server takes the scale for a custom object here.
        let place = format!("({}/{}; ", text(scale, "/metadata/namespace"), call.name);
        return Err(unconverted(
            &format!("failed to convert new object {place}"),
            "proper version",
        ));
    }
    owned.map_err(|refused| match refused {
        Refused::Conflicts(conflicts) => super::patch::refuse(&conflicts),
        Refused::NoFirstManager => unconverted(
            "failed to create manager for existing fields: failed to convert live object (/; ",
            "proper version",
        ),
    })
}

fn unconverted(what: &str, to: &str) -> Failure {
    Failure::internal(format!(
        "{what}{SCALE_VERSION}, Kind=Scale) to {to}: request to convert CR to an invalid \
         group/version: {SCALE_VERSION}"
    ))
}

fn put(object: &mut Value, path: &str, value: Value) {
    let mut at = object;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name];
    }
    *at = value;
}
