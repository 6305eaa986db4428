//! Patching objects, in the four languages of patches.

mod apply;
mod json;
mod last_applied;
mod merge;
mod strategic;

use serde_json::Value;

pub(crate) use self::apply::refuse;

use super::{
    answer::Answer,
    decode, read,
    status::{Failure, Result},
    update,
    world::{Call, World},
};

/// How often a JSON patch may change something.
pub(crate) const JSON_PATCH_OPERATIONS_MAX: usize = 10_000;

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
    let mut object = match kind {
        "application/json-patch+json" => json::patched(&shown, &body)?,
        "application/merge-patch+json" => merge::patched(&shown, &body)?,
        _ => strategic::patched(&shown, &body, call.kind.of())?,
    };
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
fn mapping(patch: &Value) -> Result<&serde_json::Map<String, Value>> {
    patch.as_object().ok_or_else(|| {
        Failure::bad_request("json: cannot unmarshal into Go value of type map[string]interface {}")
    })
}

/// Patches a scale, in any language.
pub(crate) fn scale(call: &Call<'_>, scale: &Value, patch: &Value) -> Result<Value> {
    match call.request.content_type() {
        "application/json-patch+json" => json::patched(scale, patch),
        _ => merge::patched(scale, patch),
    }
}
