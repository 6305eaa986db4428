//! Replacing objects.

use std::sync::Arc;

use serde_json::Value;

use super::{
    access,
    answer::Answer,
    crd, create, decode, defaults,
    managed::{Entries, Managed, Manager, Operation, Stamp, merge::compare, read::validate_stored},
    precondition, read, references,
    status::{Failure, Problem, Result},
    validate,
    world::{At, Call, World, metadata, text},
    write,
};

/// What says when an object that is on its way out ends.
const ENDS: [&str; 2] = ["deletionTimestamp", "deletionGracePeriodSeconds"];

/// Answers a PUT.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let (mut object, mut warnings) = decode::object(world, call)?;
    decode::place(call, &mut object)?;
    warnings.extend(references::once(&mut object));
    let live = match read::find(world, call) {
        Ok(live) => live,
        Err(_) if creates_on_update(call) => {
            let uid = text(&object, "/metadata/uid");
            if !uid.is_empty() {
                return Err(precondition::uid_differs(call, uid, ""));
            }
            check_version(&object)?;
            return create::insert(world, call, object);
        }
        Err(failure) => return Err(failure),
    };
    check_version(&object)?;
    let (uid, live_uid) = (text(&object, "/metadata/uid"), text(&live, "/metadata/uid"));
    if !uid.is_empty() && uid != live_uid {
        return Err(precondition::uid_differs(call, uid, live_uid));
    }
    if call.kind.is_custom() && text(&object, "/metadata/resourceVersion").is_empty() {
        let problem = Problem::invalid(
            "metadata.resourceVersion",
            &0.into(),
            "must be specified for an update",
        );
        return Err(Failure::invalid(call.about(), &[problem]));
    }
    let answer = replace(world, call, &live, object)?;
    Ok(match answer {
        Answer::Object(code, value) if !warnings.is_empty() => {
            Answer::Warned(code, value, warnings)
        }
        answer => answer,
    })
}

/// Refuses a resourceVersion that is no number.
pub(crate) fn check_version(object: &Value) -> Result<()> {
    let version = text(object, "/metadata/resourceVersion");
    if version.is_empty() || version.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(Failure::internal(format!("strconv.ParseUint: parsing {version:?}: invalid syntax")))
}

/// Whether a PUT creates what is missing; a status is created so with services alone.
pub(crate) fn creates_on_update(call: &Call<'_>) -> bool {
    if call.subresource == "status" {
        return call.kind.is("", "Service");
    }
    call.subresource.is_empty()
        && matches!(
            (call.kind.group(), call.kind.info.kind.as_str()),
            ("", "Service" | "Endpoints" | "LimitRange" | "Event")
                | ("coordination.k8s.io", "Lease")
                | ("discovery.k8s.io", "EndpointSlice")
                | ("rbac.authorization.k8s.io", _)
                | ("node.k8s.io", "RuntimeClass")
        )
}

/// Puts `object` where `live` is, for a PUT or a patch.
pub(crate) fn replace(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    mut object: Value,
) -> Result<Answer> {
    let uid = text(&object, "/metadata/uid");
    if !uid.is_empty() && uid != text(live, "/metadata/uid") {
        let problem = Problem::invalid("metadata.uid", &uid.into(), "field is immutable");
        return Err(Failure::invalid(call.about_kind(&call.name), &[problem]));
    }
    let entries = Entries::of(&object, call.kind.is_custom());
    let live = read::in_version(live, &call.kind);
    metadata(&mut object).remove("managedFields");
    // Fields of what does not fit cannot be owned, even where the request may not write it.
    let mut unfit = validate_stored(&object, call.kind.of()).is_err();
    if call.kind.is("", "ServiceAccount") {
        // No other built-in kind has a list whose items may be without a name.
        unfit |= validate_stored(&live, call.kind.of()).is_err();
    }
    let ends = ENDS.map(|name| metadata(&mut object).get(name).cloned());
    write::keep_rest(call, &live, &mut object);
    metadata(&mut object).remove("managedFields");
    defaults::apply(&call.kind, &mut object);
    let mut owners = match entries {
        Entries::Reset if call.subresource.is_empty() => Managed::default(),
        Entries::Said(owners) if call.subresource.is_empty() => owners,
        _ => world.store.managed(&call.kind.resource, &call.key()).as_read(),
    };
    if !owners.owners.is_empty() {
        let api_version = call.kind.api_version();
        let manager = Manager::new(
            &call.request.manager(),
            Operation::Update,
            &api_version,
            &call.subresource,
        );
        let time = call.time();
        let stamp = Stamp { version: &api_version, time: &time };
        let mut change = compare(&live, &object, call.kind.of());
        // Who leaves out when an object ends does not change it, but takes it from its owners.
        for (name, _) in ENDS.iter().zip(ends).filter(|(_, given)| given.is_none()) {
            let path = ["metadata", *name];
            if live["metadata"].get(*name).is_some() {
                change.removed.insert_path(&path);
            }
        }
        let restless = call.traces.borrow().restless(&object, call.kind.of());
        change.modified.insert_unless(restless, &change.added);
        owners.change(&change, &manager, stamp);
        let others = owners.owners.values().any(|owned| owned.version != api_version);
        if let Some(custom) = call.kind.custom.as_ref().filter(|_| others)
            && crd::fit_storage(custom, &mut object.clone())
        {
            // What another version does not have cannot be owned in it, so nobody owns anything.
            owners = Managed::default();
        }
    }
    if unfit {
        owners = Managed::default();
    }
    finish(world, call, &live, object, owners, 200)
}

/// Checks and stores a changed object.
pub(crate) fn finish(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    mut object: Value,
    managed: Managed,
    code: u16,
) -> Result<Answer> {
    // A patch may have left an owner twice; who owns that is settled already.
    references::once(&mut object);
    access::check_escalation(world, call, Some(live), &object)?;
    check_version(&object)?;
    let asked = text(&object, "/metadata/resourceVersion");
    if !asked.is_empty() && asked != "0" && asked != text(live, "/metadata/resourceVersion") {
        return Err(Failure::modified(call.about()));
    }
    if call.subresource.is_empty() {
        defaults::change(world, &call.kind, live, &mut object)?;
    }
    // The rules of all objects say so, and then those of the kind, most of which begin with it.
    let finalizers = new_finalizers(live, &object);
    let mut problems = finalizers.clone();
    let of_kind = validate::changed(call, live, &object);
    if call.kind.group() == "rbac.authorization.k8s.io" {
        problems.extend(of_kind.into_iter().chain(finalizers));
    } else {
        problems.extend(finalizers.into_iter().chain(of_kind));
    }
    if !problems.is_empty() {
        return Err(Failure::invalid(call.about_kind(&call.name), &problems));
    }
    Ok(write::store_changed(world, call, live, object, managed, code))
}

/// Refuses finalizers that come when an object is already on its way out.
fn new_finalizers(live: &Value, object: &Value) -> Vec<Problem> {
    let list = |value: &Value| -> Vec<String> {
        let list = value.at("/metadata/finalizers").and_then(Value::as_array);
        let list = list.into_iter().flatten().filter_map(Value::as_str);
        list.map(str::to_owned).collect()
    };
    if live.at("/metadata/deletionTimestamp").is_none() {
        return Vec::new();
    }
    let (before, mut new) = (list(live), list(object));
    new.retain(|finalizer| !before.contains(finalizer));
    if new.is_empty() {
        return Vec::new();
    }
    new.sort();
    let quoted: Vec<String> = new.iter().map(|finalizer| format!("{finalizer:?}")).collect();
    let why = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers \
         []string{{{}}}",
        quoted.join(", ")
    );
    vec![Problem::forbidden("metadata.finalizers", &why)]
}
