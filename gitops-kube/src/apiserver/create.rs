//! Creating objects.

use serde_json::{Value, json};

use super::{
    access,
    answer::Answer,
    decode, defaults, evict,
    managed::{Entries, Managed, Manager, Operation, Stamp, merge::compare, read::validate_stored},
    patch, references,
    status::{Failure, Problem, Result},
    validate,
    world::{Call, World, metadata, text},
    write,
};

/// Answers a POST.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    if call.kind.is("", "ServiceAccount") && call.subresource == "token" {
        return access::token::answer(world, call);
    }
    if call.kind.is("", "Pod") && call.subresource == "eviction" {
        return evict::evict(world, call);
    }
    if !call.subresource.is_empty() {
        return Err(Failure::no_resource());
    }
    let (mut object, mut warnings) = decode::object(world, call)?;
    decode::place(call, &mut object)?;
    warnings.extend(references::once(&mut object));
    if access::review::is_review(call) {
        return access::review::answer(world, call, object);
    }
    let answer = insert(world, call, object)?;
    Ok(match answer {
        Answer::Object(code, value) if !warnings.is_empty() => {
            Answer::Warned(code, value, warnings)
        }
        answer => answer,
    })
}

/// Creates an object that was decoded, by POST or by a PUT of what was not there.
pub(crate) fn insert(world: &mut World, call: &Call<'_>, mut object: Value) -> Result<Answer> {
    let version = text(&object, "/metadata/resourceVersion").parse::<u64>();
    if version.is_ok_and(|version| version != 0) {
        return Err(Failure::internal(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    let entries = Entries::of(&object, call.kind.is_custom());
    metadata(&mut object).remove("managedFields");
    let status = object.get("status").cloned();
    write::begin(world, call, &mut object);
    defaults::apply(&call.kind, &mut object);
    let mut owners = match entries {
        Entries::Said(owners) => owners,
        Entries::Unsaid | Entries::Reset => Managed::default(),
    };
    let manager = Manager::new(
        &call.request.manager(),
        Operation::Update,
        &call.kind.api_version(),
        &call.subresource,
    );
    let time = call.time();
    let stamp = Stamp { version: &call.kind.api_version(), time: &time };
    let empty = defaults::empty(&call.kind);
    if call.subresource == "status" {
        // Who creates an object by its status owns the status, though it is not kept.
        let mut owned = object.clone();
        owned["status"] = status.unwrap_or_default();
        let owned = patch::writable(call, owned);
        owners.update(&empty, &owned, call.kind.of(), &manager, stamp);
    } else {
        let mut change = compare(&empty, &object, call.kind.of());
        let restless = call.traces.borrow().restless(&object, call.kind.of());
        change.modified.insert_unless(restless, &change.added);
        owners.change(&change, &manager, stamp);
    }
    if validate_stored(&object, call.kind.of()).is_err() {
        // Fields of what does not fit cannot be owned: items of lists without any key.
        owners = Managed::default();
    }
    finish(world, call, object, owners)
}

/// Names, checks and stores a new object.
pub(crate) fn finish(
    world: &mut World,
    call: &Call<'_>,
    mut object: Value,
    managed: Managed,
) -> Result<Answer> {
    access::check_creation(world, call)?;
    access::check_escalation(world, call, None, &object)?;
    name(world, call, &mut object)?;
    let name = text(&object, "/metadata/name").to_owned();
    write::check_namespace(world, call, &name)?;
    let problems = validate::created(call, &object);
    if !problems.is_empty() {
        return Err(Failure::invalid(call.about_kind(&name), &problems));
    }
    write::store_new(world, call, object, managed)
}

fn name(world: &mut World, call: &Call<'_>, object: &mut Value) -> Result<()> {
    if !text(object, "/metadata/name").is_empty() {
        return Ok(());
    }
    let prefix = text(object, "/metadata/generateName");
    if prefix.is_empty() {
        let problem = Problem::required("metadata.name", "name or generateName is required");
        return Err(Failure::invalid(call.about_kind(""), &[problem]));
    }
    // A name is at most 63 bytes, five of them drawn.
    let mut end = prefix.len().min(58);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    let name = format!("{}{}", &prefix[..end], world.draws.suffix());
    metadata(object).insert("name".to_owned(), json!(name));
    Ok(())
}
