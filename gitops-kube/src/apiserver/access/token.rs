//! Tokens of service accounts, given out on request.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::{
    answer::Answer,
    decode, negotiate, openapi, protobuf, read,
    status::{Failure, Result},
    world::{Call, World, seconds},
};
use super::user::User;

/// How long a token is said to hold when the request does not say, in seconds.
const SECONDS_DEFAULT: i64 = 3600;
/// How long a token may be asked to hold, in seconds.
pub(crate) const TOKEN_SECONDS_MAX: i64 = 1 << 32;

/// Answers a request for a token: from now on, it stands for the service account.
pub(crate) fn answer(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    read::find(world, call)?;
    let body = match call.request.content_type() {
        _ if call.request.body.is_empty() => json!({}),
        negotiate::PROTOBUF => protobuf::object(&call.request.body, openapi::type_name)
            .map_err(Failure::bad_request)?,
        _ => decode::parse(call.request)?,
    };
    let asked = body.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    let lasts = asked.unwrap_or(SECONDS_DEFAULT);
    if !(600..=TOKEN_SECONDS_MAX).contains(&lasts) {
        return Err(Failure::bad_request(format!(
            "spec.expirationSeconds must be between 600 and {TOKEN_SECONDS_MAX}"
        )));
    }
    let ends = call.now.checked_add(SignedDuration::from_secs(lasts)).unwrap_or(call.now);
    let token = format!("embedded.{}", world.draws.uid());
    let user = User::service_account(&call.namespace, &call.name);
    world.known.issue(token.clone(), user);
    let default = json!(["https://kubernetes.default.svc.cluster.local"]);
    let audiences = body.pointer("/spec/audiences").filter(|list| !list.is_null());
    Ok(Answer::object(
        201,
        json!({
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {
                "name": call.name,
                "namespace": call.namespace,
                "creationTimestamp": call.time(),
            },
            "spec": {
                "audiences": audiences.unwrap_or(&default),
                "expirationSeconds": lasts,
                "boundObjectRef": body.pointer("/spec/boundObjectRef"),
            },
            "status": { "token": token, "expirationTimestamp": seconds(ends) },
        }),
    ))
}
