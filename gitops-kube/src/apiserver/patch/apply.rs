//! Server-side apply.

use std::sync::Arc;

use gitops_core::schema;
use serde_json::{Value, json};

use super::{
    super::{
        answer::Answer,
        conform::{Unknown, conform},
        create, decode, defaults,
        kinds::Kind,
        managed::{
            Conflict, Managed, Manager, Operation, Stamp, Written,
            read::{list_of, validate, validate_stored},
        },
        read,
        shown::Shown,
        status::{About, Failure, Result},
        traces::Rewritten,
        update,
        world::{At, Call, World, metadata, text},
        write,
    },
    last_applied, meta,
};

/// Answers an apply.
pub(super) fn apply(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    match world.store.held(&call.kind.resource, &call.key()) {
        Some(held) if world.repeats.knows(call, held.version) => {
            return Ok(Answer::Object(200, Shown::from(Arc::clone(held)).in_version(&call.kind)));
        }
        // Hardly any subresource is applied to what is not there, whatever the body says.
        None if !call.subresource.is_empty() && !update::creates_on_update(call) => {
            return Err(Failure::not_found(call.about()));
        }
        _ => {}
    }
    let config = decode::parse_apply(call.request)?;
    let manager = call.request.param("fieldManager").unwrap_or_default();
    check(world, call, &config)?;
    let manager =
        Manager::new(manager, Operation::Apply, &call.kind.api_version(), &call.subresource);
    if let Ok(live) = read::find(world, call) {
        let version = world.store.version();
        let answer = change(world, call, &live, config, &manager)?;
        if world.store.version() == version && !call.request.dry_run() {
            world.repeats.note(call, &live);
        }
        return Ok(answer);
    }
    let uid = text(&config, "/metadata/uid");
    if !uid.is_empty() {
        return Err(uid_mismatch(call, uid));
    }
    insert(world, call, config, &manager)
}

fn uid_mismatch(call: &Call<'_>, uid: &str) -> Failure {
    Failure::conflict(
        call.about(),
        &format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was \
             found"
        ),
    )
}

fn check(world: &World, call: &Call<'_>, config: &Value) -> Result<()> {
    let kind = &call.kind;
    let found = (text(config, "/apiVersion"), text(config, "/kind"));
    if found != (kind.api_version().as_str(), kind.info.kind.as_str()) {
        let version =
            if found.0.contains('/') { found.0.to_owned() } else { format!("/{}", found.0) };
        return Err(Failure::bad_request(format!(
            "invalid object type: {version}, Kind={}",
            found.1
        )));
    }
    if kind.is("", "ServiceAccount")
        && let Ok(live) = read::find(world, call)
    {
        // No other built-in kind has a list whose items may be without a name.
        check_unowned(world, call, &live)?;
    }
    if config.at("/metadata/managedFields").is_some_and(Value::is_array) {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    validate(config, kind.of()).map_err(|errors| {
        let (name, list) = (full_name(config, kind), list_of(&errors));
        Failure::internal(format!("failed to create typed patch object ({name}): {list}"))
    })?;
    Ok(())
}

/// Refuses an applied object that does not fit a built-in type.
///
/// # Errors
///
/// 500 with every place that does not fit.
pub(crate) fn check_typed(config: &Value, group: &str, kind: &str) -> Result<()> {
    let Some(of) = schema::builtin(group, "v1", kind) else { return Ok(()) };
    validate(config, of).map_err(|errors| {
        let place = (text(config, "/metadata/namespace"), text(config, "/metadata/name"));
        Failure::internal(format!(
            "failed to create typed patch object ({}/{}; {group}/v1, Kind={kind}): {}",
            place.0,
            place.1,
            list_of(&errors)
        ))
    })
}

fn full_name(config: &Value, kind: &Kind) -> String {
    let (namespace, name) = (text(config, "/metadata/namespace"), text(config, "/metadata/name"));
    let version = if kind.group().is_empty() {
        format!("/{}", kind.info.version)
    } else {
        kind.api_version()
    };
    format!("{namespace}/{name}; {version}, Kind={}", kind.info.kind)
}

fn insert(world: &mut World, call: &Call<'_>, config: Value, manager: &Manager) -> Result<Answer> {
    let part = |value: &Value| writable(call, value.clone());
    let written: Written<'_> = (!writes_all(call, &config)).then_some(&part);
    let placed = !text(&config, "/metadata/namespace").is_empty();
    let empty = defaults::empty(&call.kind);
    let mut owners = Managed::default();
    let api_version = call.kind.api_version();
    let time = call.time();
    let stamp = Stamp { version: &api_version, time: &time };
    let mut object = owners
        .apply(&empty, (config, written), call.kind.of(), (manager, true), stamp)
        .map_err(|conflicts| refuse(&conflicts))?;
    fit(call, placed, &mut object)?;
    decode::place(call, &mut object)?;
    update::check_version(&object)?;
    write::begin(world, call, &mut object);
    defaults::apply_merged(&call.kind, &mut object);
    create::finish(world, call, object, owners)
}

fn change(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    config: Value,
    manager: &Manager,
) -> Result<Answer> {
    let live = read::in_version(live, &call.kind);
    let part = |value: &Value| writable(call, value.clone());
    let written: Written<'_> = (!writes_all(call, &config)).then_some(&part);
    let placed = !text(&config, "/metadata/namespace").is_empty();
    let mut owners = world.store.managed(&call.kind.resource, &call.key()).as_read();
    let api_version = call.kind.api_version();
    let time = call.time();
    let stamp = Stamp { version: &api_version, time: &time };
    if owners.owners.is_empty() {
        // What was there before anyone applied belongs to one manager of that name.
        check_unowned(world, call, &live)?;
        let first =
            Manager::new("before-first-apply", Operation::Update, &api_version, &call.subresource);
        let empty = writable(call, defaults::empty(&call.kind));
        owners.update(&empty, &writable(call, (*live).clone()), call.kind.of(), &first, stamp);
    }
    if call.kind.is("", "ServiceAccount") {
        // No other built-in kind has a list whose items may be without a name.
        validate_stored(&live, call.kind.of()).map_err(|errors| {
            let (name, list) = (full_name(&live, &call.kind), list_of(&errors));
            Failure::internal(format!("failed to create typed live object ({name}): {list}"))
        })?;
    }
    let force = call.request.flag("force");
    let kept = (manager.name == "kubectl").then(|| (owners.clone(), config.clone()));
    let uid = text(&config, "/metadata/uid").to_owned();
    let version = config.at("/metadata/resourceVersion").cloned();
    let mut new = owners.apply(&live, (config, written), call.kind.of(), (manager, force), stamp);
    if let Err(conflicts) = &new
        && let Some((kept, config)) = &kept
        && last_applied::explains(&live, conflicts, call.kind.of())
    {
        owners = kept.clone();
        let config = (config.clone(), written);
        new = owners.apply(&live, config, call.kind.of(), (manager, true), stamp);
    }
    let mut object = new.map_err(|conflicts| refuse(&conflicts))?;
    if let Some((_, config)) = &kept {
        last_applied::renew(&live, config, &mut object);
    }
    fit(call, placed, &mut object)?;
    decode::place(call, &mut object)?;
    if !uid.is_empty() && uid != text(&live, "/metadata/uid") {
        return Err(Failure::conflict(
            call.about(),
            &format!(
                "uid mismatch: the provided object specified uid {uid}, and the existing object \
                 has uid {}",
                text(&live, "/metadata/uid")
            ),
        ));
    }
    write::keep_rest(call, &live, &mut object);
    match version {
        Some(version) => metadata(&mut object).insert("resourceVersion".to_owned(), version),
        None => metadata(&mut object).remove("resourceVersion"),
    };
    defaults::apply_merged(&call.kind, &mut object);
    update::finish(world, call, &live, object, owners, 200)
}

/// Refuses an apply to an object that nobody owns and whose fields cannot be owned.
fn check_unowned(world: &World, call: &Call<'_>, live: &Value) -> Result<()> {
    let resource = &call.kind.resource;
    if !world.store.managed(resource, &call.key()).owners.is_empty() {
        return Ok(());
    }
    validate_stored(live, call.kind.of()).map_err(|errors| {
        let (name, list) = (full_name(live, &call.kind), list_of(&errors));
        Failure::internal(format!(
            "failed to create manager for existing fields: failed to convert new object ({name}) \
             to smd typed: {list}"
        ))
    })
}

/// Makes what was merged fit its kind.
fn fit(call: &Call<'_>, placed: bool, object: &mut Value) -> Result<()> {
    // Null is no list of managers: it may be applied, and says nothing.
    metadata(object).remove("managedFields");
    let mut unknown = Unknown::default();
    conform(&call.kind, object, &mut unknown).map_err(|cause| {
        // The namespace stands there only where what is applied says it.
        let namespace = if placed { call.namespace.as_str() } else { "" };
        let named = json!({ "metadata": { "namespace": namespace, "name": call.name } });
        let (name, cause) = (full_name(&named, &call.kind), meta::restoring(&cause));
        let gvk = name.split_once("; ").map_or("", |(_, gvk)| gvk);
        Failure::internal(format!(
            "failed to convert new object ({name}) to proper version: unable to convert \
             unstructured object to {gvk}: {cause}"
        ))
    })?;
    call.traces.replace(unknown.take_traces());
    let mut traces = call.traces.borrow_mut();
    if call.kind.is_custom() && call.subresource.is_empty() && traces.has_empty() {
        // Metadata is stored as it was applied: empty values go when it is read.
        traces.note_rewritten(Rewritten::Metadata);
    }
    Ok(())
}

/// Whether the request may write everything that it names.
fn writes_all(call: &Call<'_>, config: &Value) -> bool {
    call.subresource != "status" && !(call.kind.has_status() && config.get("status").is_some())
}

/// Leaves out what this request may not write.
pub(crate) fn writable(call: &Call<'_>, mut config: Value) -> Value {
    let Some(map) = config.as_object_mut() else { return config };
    if call.subresource == "status" {
        let kept = write::status_metadata(&call.kind);
        map.retain(|name, _| {
            matches!(name.as_str(), "apiVersion" | "kind" | "status")
                || (name == "metadata" && !kept.is_empty())
        });
        if let Some(Value::Object(meta)) = map.get_mut("metadata") {
            meta.retain(|name, _| name != "labels" || kept.contains(&"labels"));
        }
    } else if call.kind.has_status() {
        map.remove("status");
    }
    config
}

/// Refuses an apply that would take fields of others.
pub(crate) fn refuse(conflicts: &[Conflict]) -> Failure {
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.manager),
                "field": conflict.path,
            })
        })
        .collect();
    let message = match conflicts {
        [one] => {
            format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.path)
        }
        many => {
            let mut text = format!("Apply failed with {} conflicts: ", many.len());
            let mut last = None;
            for conflict in many {
                if last != Some(&conflict.manager) {
                    text.push_str(if last.is_some() { "\n" } else { "" });
                    text.push_str("conflicts with ");
                    text.push_str(&conflict.manager.to_string());
                    text.push(':');
                    last = Some(&conflict.manager);
                }
                text.push_str("\n- ");
                text.push_str(&conflict.path);
            }
            text
        }
    };
    let about = About { group: "", resource: "", name: "" };
    let mut failure = Failure::conflict(about, "");
    failure.message = message;
    failure.details = Some(json!({ "causes": causes }));
    failure
}
