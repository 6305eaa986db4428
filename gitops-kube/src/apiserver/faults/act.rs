//! What a fault does to the server, and the answers it makes up.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

use super::{super::answer::Body, Faults};

/// The field manager of rivals.
const RIVAL: &str = "rival";

impl Faults {
    /// Lets a rival lay a patch over the object that a request is about.
    pub(super) fn rival(&self, head: &http::request::Parts, patch: &Value) {
        let Some(path) = object_path(head) else { return };
        let target = format!("{path}?fieldManager={RIVAL}");
        self.ask(Method::PATCH, &target, "application/merge-patch+json", patch.to_string());
    }

    /// Lets somebody delete the object that a request is about.
    pub(super) fn delete(&self, head: &http::request::Parts) {
        if let Some(path) = object_path(head) {
            self.ask(Method::DELETE, &path, "application/json", String::new());
        }
    }

    /// Asks the server on behalf of somebody else; an answer that refuses is as good as none.
    fn ask(&self, method: Method, target: &str, kind: &str, body: String) {
        let request = http::Request::builder()
            .method(method)
            .uri(target)
            .header(header::CONTENT_TYPE, kind)
            .body(());
        if let Ok(request) = request {
            drop(self.server.answer(request.into_parts().0, Bytes::from(body)));
        }
    }
}

/// Returns the path of the object that a request names, without its subresource.
fn object_path(head: &http::request::Parts) -> Option<String> {
    let parts: Vec<&str> = head.uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let root = match parts.as_slice() {
        ["api", _, ..] => 2,
        ["apis", _, _, ..] => 3,
        _ => return None,
    };
    let rest = parts.get(root..)?;
    let len = match rest {
        ["namespaces", _, _, _, ..] => 4,
        ["namespaces", _, _] => return None,
        [_, _, ..] => 2,
        _ => return None,
    };
    Some(format!("/{}", parts[..root + len].join("/")))
}

/// Makes a refusal.
pub(super) fn refusal(
    code: u16,
    reason: &str,
    message: &str,
    seconds: Option<u32>,
) -> Response<Body> {
    let mut details = json!({});
    if let Some(seconds) = seconds {
        details["retryAfterSeconds"] = seconds.into();
    }
    let status = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    });
    let mut response = Response::new(Full::from(status.to_string()).boxed_unsync());
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Leaves groups out of an answer of discovery, plain or aggregated.
pub(super) fn without_groups(mut answer: Value, lost: impl Fn(&str) -> bool) -> Value {
    for (list, name) in [("groups", "/name"), ("items", "/metadata/name")] {
        if let Some(Value::Array(groups)) = answer.get_mut(list) {
            groups.retain(|group| !group.pointer(name).and_then(Value::as_str).is_some_and(&lost));
        }
    }
    answer
}
