//! Which requests a fault is for.

use http::Method;

/// A kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    writes: Option<bool>,
    watches: bool,
    resource: Option<String>,
}

impl Asked {
    /// Every request.
    pub fn anything() -> Self {
        Self { writes: None, watches: false, resource: None }
    }

    /// Requests that write objects of a resource, given by its plural.
    pub fn writes(resource: &str) -> Self {
        Self { writes: Some(true), ..Self::about(resource) }
    }

    /// Requests that read objects of a resource, given by its plural.
    pub fn reads(resource: &str) -> Self {
        Self { writes: Some(false), ..Self::about(resource) }
    }

    /// Requests that watch a resource, given by its plural.
    pub fn watches(resource: &str) -> Self {
        Self { watches: true, ..Self::about(resource) }
    }

    fn about(resource: &str) -> Self {
        Self { writes: None, watches: false, resource: Some(resource.to_owned()) }
    }

    /// Whether a request is of this kind.
    pub(super) fn is(&self, head: &http::request::Parts) -> bool {
        let writes = is_write(&head.method);
        let named = |resource: &String| head.uri.path().split('/').any(|part| part == resource);
        self.writes.is_none_or(|wanted| wanted == writes)
            && (!self.watches || is_watch(head))
            && self.resource.as_ref().is_none_or(named)
    }
}

pub(super) fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

pub(super) fn is_watch(head: &http::request::Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1" | "watch"))
}
