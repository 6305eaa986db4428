//! What a request is answered with, and how it becomes HTTP.

use std::convert::Infallible;

use bytes::Bytes;
use gitops_core::yaml;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use serde_json::Value;

use super::{
    negotiate::Encoding,
    shown::{Json, Shown},
    status::Failure,
    watch::Watching,
};

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// An answer before it is written.
#[derive(Debug)]
pub(crate) enum Answer {
    /// An object, a list or a `Status`.
    Object(u16, Shown),
    /// A text for machines other than Kubernetes clients.
    Text(u16, String),
    /// A document of another media type.
    Document(&'static str, Value),
    /// Bytes of another media type.
    Bytes(&'static str, Vec<u8>),
    /// Changes as they come.
    Watch(Watching),
    /// An object, with words of warning.
    Warned(u16, Shown, Vec<String>),
}

impl Answer {
    pub(crate) fn object(code: u16, value: impl Into<Shown>) -> Self {
        Self::Object(code, value.into())
    }

    /// Adds a word of warning to an object.
    pub(crate) fn warned(self, warning: &str) -> Self {
        match self {
            Self::Object(code, value) => Self::Warned(code, value, vec![warning.to_owned()]),
            Self::Warned(code, value, mut warnings) => {
                warnings.push(warning.to_owned());
                Self::Warned(code, value, warnings)
            }
            other => other,
        }
    }

    /// Writes the answer as HTTP.
    pub(crate) fn into_response(self, encoding: Encoding) -> Response<Body> {
        match self {
            Self::Object(code, value) => object(code, &value, &[], encoding),
            Self::Warned(code, value, warnings) => object(code, &value, &warnings, encoding),
            Self::Document(kind, value) => full(200, kind, Json::of(&value).bytes().clone(), &[]),
            Self::Bytes(kind, bytes) => full(200, kind, bytes.into(), &[]),
            Self::Text(code, text) => full(code, "text/plain; charset=utf-8", text.into(), &[]),
            Self::Watch(watching) => {
                let mut response = Response::new(watching.into_body());
                let json = header::HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                response
            }
        }
    }
}

fn object(code: u16, value: &Shown, warnings: &[String], encoding: Encoding) -> Response<Body> {
    // What cannot be written as YAML, such as text of great depth, is still JSON.
    if encoding == Encoding::Yaml
        && let Ok(text) = yaml::encode(&value.tree())
    {
        return full(code, "application/yaml", text.into(), warnings);
    }
    full(code, "application/json", value.json().bytes().clone(), warnings)
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::object(failure.code, failure.to_value())
    }
}

fn full(code: u16, kind: &'static str, bytes: Bytes, warnings: &[String]) -> Response<Body> {
    let mut response = Response::new(Full::from(bytes).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    for warning in warnings {
        let text = format!("299 - \"{}\"", warning.replace('\\', "\\\\").replace('"', "\\\""));
        if let Ok(value) = header::HeaderValue::from_str(&text) {
            headers.append(header::WARNING, value);
        }
    }
    response
}
