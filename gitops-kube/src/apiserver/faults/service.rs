//! A request on its way through the faults.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::StreamExt;
use gitops_core::BoxError;
use http::Response;
use http_body_util::{BodyExt, BodyStream, Full, Limited, StreamBody};
use serde_json::Value;
use tower::Service;

use super::{
    super::{answer::Body, decode::BODY_BYTES_MAX},
    Fault, Faults, act,
    asked::is_watch,
};

/// The connection ended before an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ended before an answer came")
    }
}

impl std::error::Error for Lost {}

impl<B> Service<http::Request<B>> for Faults
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Lost;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Lost>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let faults = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            // A body that does not end, or ends in an error, is a lost request.
            let body = Limited::new(body, BODY_BYTES_MAX + 1).collect().await.map_err(|_| Lost)?;
            faults.pass(head, body.to_bytes()).await
        })
    }
}

impl Faults {
    async fn pass(&self, head: http::request::Parts, body: Bytes) -> Result<Response<Body>, Lost> {
        if let Some(answer) = self.lost_group(&head) {
            return Ok(answer);
        }
        let Some(fault) = self.fate(&head) else { return Ok(self.serve(head, body)) };
        match fault {
            Fault::LostBefore => Err(Lost),
            Fault::LostAfter => {
                drop(self.serve(head, body));
                Err(Lost)
            }
            Fault::Conflict => Ok(act::refusal(
                409,
                "Conflict",
                "Operation cannot be fulfilled: the object has been modified; please apply your \
                 changes to the latest version and try again",
                None,
            )),
            Fault::TooManyRequests { seconds } => Ok(act::refusal(
                429,
                "TooManyRequests",
                "too many requests, please try again later",
                Some(seconds),
            )),
            Fault::ServerError(code) => {
                let reason = if code == 503 { "ServiceUnavailable" } else { "InternalError" };
                Ok(act::refusal(code.clamp(500, 599), reason, "an error on the server", None))
            }
            Fault::CutWatch { after } => Ok(cut(self.serve(head, body), after)),
            Fault::Slow(duration) => {
                self.clock.sleep(duration).await;
                Ok(self.serve(head, body))
            }
            Fault::Rival(patch) => {
                self.rival(&head, &patch);
                Ok(self.serve(head, body))
            }
            Fault::Deleted => {
                self.delete(&head);
                Ok(self.serve(head, body))
            }
        }
    }

    /// Says what happens to a request, and notes it.
    fn fate(&self, head: &http::request::Parts) -> Option<Fault> {
        let mut state = self.state();
        let planned = state.waiting.iter().position(|(asked, fault)| {
            asked.is(head) && (is_watch(head) || !matches!(fault, Fault::CutWatch { .. }))
        });
        let fault = match planned {
            Some(at) => state.waiting.remove(at).map(|(_, fault)| fault),
            None => state.odds.as_mut().and_then(|odds| odds.draw(head)),
        }?;
        let line = format!("{} {}: {fault:?}", head.method, head.uri);
        state.happened.push(line);
        Some(fault)
    }

    fn serve(&self, head: http::request::Parts, body: Bytes) -> Response<Body> {
        let discovers = head.uri.path().trim_end_matches('/') == "/apis";
        let answer = self.server.answer(head, body);
        let lost = self.state().lost_groups.clone();
        if !discovers || lost.is_empty() {
            return answer;
        }
        let (head, body) = answer.into_parts();
        let whole = futures_util::FutureExt::now_or_never(body.collect());
        let whole = whole.and_then(Result::ok).map(http_body_util::Collected::to_bytes);
        let bytes = whole.unwrap_or_default();
        let bytes = match serde_json::from_slice::<Value>(&bytes) {
            Ok(groups) => {
                Bytes::from(act::without_groups(groups, |name| lost.contains(name)).to_string())
            }
            Err(_) => bytes,
        };
        Response::from_parts(head, Full::from(bytes).boxed_unsync())
    }

    fn lost_group(&self, head: &http::request::Parts) -> Option<Response<Body>> {
        let group = head.uri.path().strip_prefix("/apis/")?.split('/').next()?;
        if !self.state().lost_groups.contains(group) {
            return None;
        }
        let message = "the server is currently unable to handle the request";
        Some(act::refusal(503, "ServiceUnavailable", message, None))
    }
}

/// Ends a stream after some pieces.
fn cut(answer: Response<Body>, after: usize) -> Response<Body> {
    answer.map(|body| StreamBody::new(BodyStream::new(body).take(after)).boxed_unsync())
}
