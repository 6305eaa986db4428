//! One HTTP request, taken apart.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::access::User;

/// A request without its connection.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Who sends it, when the client was made for somebody.
    pub(crate) user: Option<Arc<User>>,
}

/// Says that a text is not percent-encoded as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadEscape;

impl Request {
    /// Takes the head of a request and its body.
    pub(crate) fn new(head: http::request::Parts, body: Bytes) -> Self {
        let query = head.uri.query().map(parse_query).unwrap_or_default();
        let path = head.uri.path().to_owned();
        let user = head.extensions.get::<Arc<User>>().cloned();
        Self { method: head.method, path, query, headers: head.headers, body, user }
    }

    /// Returns the first value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.param(name).is_some_and(|text| {
            let text = text.to_ascii_lowercase();
            text != "false" && text != "0"
        })
    }

    /// Whether the request asks to write nothing.
    pub(crate) fn dry_run(&self) -> bool {
        self.query.iter().any(|(key, value)| key == "dryRun" && !value.is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the media type of the body, without parameters.
    pub(crate) fn content_type(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default().trim()
    }

    /// Returns who manages what the request writes: `fieldManager`, or the client's name.
    pub(crate) fn manager(&self) -> String {
        if let Some(manager) = self.param("fieldManager").filter(|manager| !manager.is_empty()) {
            return manager.to_owned();
        }
        let agent = self.header("user-agent").split('/').next().unwrap_or_default();
        agent.chars().filter(|c| !c.is_control()).take(MANAGER_BYTES_MAX).collect()
    }
}

/// How long the name of a field manager may be, in bytes.
pub(crate) const MANAGER_BYTES_MAX: usize = 128;

fn parse_query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((unescape(key, Plus::Space).ok()?, unescape(value, Plus::Space).ok()?))
        })
        .collect()
}

/// What a plus sign stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    Space,
    Plus,
}

/// Decodes percent-encoding.
///
/// # Errors
///
/// [`BadEscape`] when a percent sign has no two digits after it or the result is no UTF-8.
pub(crate) fn unescape(text: &str, plus: Plus) -> Result<String, BadEscape> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let mut digit = || {
                    let byte = bytes.next().ok_or(BadEscape)?;
                    char::from(byte).to_digit(16).ok_or(BadEscape)
                };
                let value = digit()? * 16 + digit()?;
                out.push(u8::try_from(value).map_err(|_| BadEscape)?);
            }
            b'+' if plus == Plus::Space => out.push(b' '),
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| BadEscape)
}
