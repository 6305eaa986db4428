//! Answering a PATCH: the body's media type says which language it is in.

use serde_json::Value;

use super::{
    super::{
        answer::Answer,
        decode, read,
        status::{Failure, Result},
        update,
        world::{Call, World},
    },
    PatchError, apply,
};

/// Answers a PATCH.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let kind = call.request.content_type();
    if kind == "application/apply-patch+yaml" {
        return apply::apply(world, call);
    }
    let strategic = kind == "application/strategic-merge-patch+json";
    let known =
        strategic || matches!(kind, "application/json-patch+json" | "application/merge-patch+json");
    if !known || (strategic && call.kind.is_custom()) {
        let types = if call.kind.is_custom() {
            "application/json-patch+json, application/merge-patch+json, \
             application/apply-patch+yaml"
        } else {
            "application/json-patch+json, application/merge-patch+json, \
             application/strategic-merge-patch+json, application/apply-patch+yaml"
        };
        return Err(Failure::unsupported_type(types));
    }
    let body = decode::parse(call.request)?;
    let live = read::find(world, call)?;
    let shown = read::in_version(&live, &call.kind);
    let patched = match kind {
        "application/json-patch+json" => super::json((*shown).clone(), &body),
        "application/merge-patch+json" => super::merge((*shown).clone(), mapping(body)?),
        _ => super::strategic((*shown).clone(), mapping(body)?, call.kind.of()),
    };
    let mut object = patched.map_err(refuse)?;
    let warnings = decode::fit(&call.kind, &mut object, decode::validation(call.request))?;
    decode::place(call, &mut object)?;
    let answer = update::replace(world, call, &live, object)?;
    Ok(match answer {
        Answer::Object(code, value) if !warnings.is_empty() => {
            Answer::Warned(code, value, warnings)
        }
        answer => answer,
    })
}

/// Refuses a patch that is no mapping.
fn mapping(patch: Value) -> Result<Value> {
    if patch.is_object() {
        return Ok(patch);
    }
    Err(Failure::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {} into Go value of type \
         map[string]interface {{}}",
        super::super::conform::json_name(&patch)
    )))
}

/// Answers a patch that was not applied.
fn refuse(problem: PatchError) -> Failure {
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
        _ => super::merge(scale.clone(), mapping(patch.clone())?),
    };
    patched.map_err(refuse)
}
