//! Answering a PATCH: the body's media type says which language it is in.

use serde_json::{Value, json};

use super::{
    super::{
        answer::Answer,
        conform::{self, Unknown},
        decode, read, references,
        status::{About, Failure, Problem, Result},
        update,
        world::{Call, World, text},
    },
    PatchError, apply, meta, shown,
};

/// Whether the body of a PATCH is of a kind that the server takes.
pub(crate) fn is_patch(call: &Call<'_>) -> bool {
    matches!(
        call.request.content_type(),
        "application/apply-patch+yaml"
            | "application/strategic-merge-patch+json"
            | "application/json-patch+json"
            | "application/merge-patch+json"
    )
}

/// Answers a PATCH.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let kind = call.request.content_type();
    if kind == "application/apply-patch+yaml" {
        return apply::apply(world, call);
    }
    let strategic = kind == "application/strategic-merge-patch+json";
    let known =
        strategic || matches!(kind, "application/json-patch+json" | "application/merge-patch+json");
    if call.kind.is_custom() && (!known || strategic) {
        return Err(Failure::unsupported_type(
            "application/json-patch+json, application/merge-patch+json, \
             application/apply-patch+yaml",
        ));
    }
    if !known {
        // The router of built-in kinds refuses it before their handler could say more.
        let mut failure = Failure::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
        failure.details = Some(json!({}));
        return Err(failure);
    }
    let live = read::find(world, call)?;
    let body = parse(call, strategic)?;
    let mut shown = (*read::in_version(&live, &call.kind)).clone();
    world.store.managed(&call.kind.resource, &call.key()).write(&mut shown);
    let patched = match kind {
        "application/json-patch+json" => super::json(shown, &body),
        "application/merge-patch+json" => super::merge(shown, body.clone()),
        _ => super::strategic(shown, body.clone(), call.kind.of()),
    };
    let mut object = patched.map_err(|problem| refuse(&problem))?;
    let mut warnings = fit(world, call, &mut object, &body)?;
    warnings.extend(references::warning(&object));
    decode::place(call, &mut object)?;
    let answer = update::replace(world, call, &live, object)?;
    Ok(match answer {
        Answer::Object(code, value) if !warnings.is_empty() => {
            Answer::Warned(code, value, warnings)
        }
        answer => answer,
    })
}

/// Reads the body.
fn parse(call: &Call<'_>, strategic: bool) -> Result<Value> {
    let said = |mut failure: Failure| {
        if !strategic {
            failure.message = format!("error decoding patch: {}", failure.message);
        }
        failure
    };
    let body = decode::parse(call.request).map_err(said)?;
    let operations = call.request.content_type() == "application/json-patch+json";
    let wanted = if operations { "[]handlers.jsonPatchOp" } else { "map[string]interface {}" };
    let fits = if operations { body.is_array() } else { body.is_object() };
    if fits || body.is_null() {
        return Ok(if body.is_null() && !operations { json!({}) } else { body });
    }
    Err(said(Failure::bad_request(format!(
        "json: cannot unmarshal {} into Go value of type {wanted}",
        conform::json_name(&body)
    ))))
}

/// Makes a patched object fit its kind.
///
/// # Errors
///
/// 422 where another write would be 400: the patch is what is invalid.
fn fit(world: &World, call: &Call<'_>, object: &mut Value, patch: &Value) -> Result<Vec<String>> {
    let strategic = call.request.content_type() == "application/strategic-merge-patch+json";
    let before = object.clone();
    let invalid = |cause: &str| {
        let shown = if strategic {
            meta::applied_text(patch)
        } else {
            shown::patched(&call.kind, &before, patch)
        };
        let about = About { group: "", resource: "", name: "" };
        Failure::invalid(about, &[Problem::invalid("patch", &shown.into(), cause)])
    };
    if !strategic && let Some(cause) = other_kind(world, call, object) {
        return Err(invalid(&cause));
    }
    let mut unknown = Unknown::default();
    if let Err(cause) = conform::conform(&call.kind, object, &mut unknown) {
        if !strategic {
            return Err(invalid(&cause));
        }
        let unrestored = meta::unrestored(&before, call.kind.of());
        return Err(invalid(&unrestored.unwrap_or_else(|| meta::restoring(&cause))));
    }
    call.traces.replace(unknown.take_traces());
    let words: Vec<String> =
        unknown.into_fields().iter().map(|field| format!("unknown field {field:?}")).collect();
    match decode::validation(call.request) {
        decode::Validation::Ignore => Ok(Vec::new()),
        decode::Validation::Strict if !words.is_empty() => {
            Err(invalid(&format!("strict decoding error: {}", words.join(", "))))
        }
        _ => Ok(words),
    }
}

/// Says why an object that a patch made another kind of cannot be taken for its own.
fn other_kind(world: &World, call: &Call<'_>, object: &Value) -> Option<String> {
    let (version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    let own = (call.kind.api_version(), call.kind.info.kind.as_str());
    if call.kind.is_custom()
        || version.is_empty()
        || kind.is_empty()
        || (version, kind) == (&own.0, own.1)
    {
        return None;
    }
    let (group, number) = version.split_once('/').unwrap_or(("", version));
    let Some(other) = world.kinds.named(group, number, kind) else {
        return Some(format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \
             \"pkg/api/legacyscheme/scheme.go:30\""
        ));
    };
    let mut read = object.clone();
    let problem = conform::conform(other, &mut read, &mut Unknown::default()).err();
    Some(problem.unwrap_or_else(|| {
        let group = call.kind.group().split('.').next().filter(|group| !group.is_empty());
        format!(
            "converting ({number}.{kind}) to ({}.{}): unknown conversion",
            group.unwrap_or("core"),
            own.1
        )
    }))
}

/// Answers a patch that was not applied.
fn refuse(problem: &PatchError) -> Failure {
    let message = problem.to_string();
    match problem {
        PatchError::Malformed(_) => Failure::bad_request(message),
        PatchError::TooMany(_) => Failure::new(413, "RequestEntityTooLarge", message),
        PatchError::Unfitting(_) => Failure::unprocessable(),
        PatchError::Contradictory(_) => Failure::internal(message),
    }
}

/// Patches a scale, in any language.
pub(crate) fn scale(call: &Call<'_>, scale: &Value, patch: &Value) -> Result<Value> {
    let patched = match call.request.content_type() {
        "application/json-patch+json" => super::json(scale.clone(), patch),
        _ => super::merge(scale.clone(), patch.clone()),
    };
    patched.map_err(|problem| refuse(&problem))
}
