//! What a request is about to do, as roles see it.

use http::Method;

use super::super::{
    request::{Plus, Request, unescape},
    select::exact_name,
    status::{About, Failure},
};
use super::user::User;

/// One action of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The path, when the action is for no resource.
    pub(crate) path: Option<String>,
}

impl Attributes {
    /// Reads what a request is about to do.
    pub(crate) fn of(request: &Request) -> Self {
        let path = request.path.trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["api", _, rest @ ..] if !rest.is_empty() => Self::resource(request, "", rest),
            ["apis", group, _, rest @ ..] if !rest.is_empty() => {
                Self::resource(request, group, rest)
            }
            _ => Self {
                verb: request.method.as_str().to_lowercase(),
                path: Some(request.path.clone()),
                ..Self::default()
            },
        }
    }

    fn resource(request: &Request, group: &str, rest: &[&str]) -> Self {
        let mut verb = match request.method {
            Method::POST => "create",
            Method::GET | Method::HEAD => "get",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => "",
        };
        let mut rest = rest;
        if let ["watch", more @ ..] = rest
            && !more.is_empty()
        {
            (verb, rest) = ("watch", more);
        }
        let mut namespace = "";
        if let ["namespaces", name, more @ ..] = rest {
            namespace = name;
            if !matches!(more.first(), None | Some(&"status" | &"finalize")) {
                rest = more;
            }
        }
        let part = |index: usize| {
            let text = rest.get(index).copied().unwrap_or_default();
            unescape(text, Plus::Plus).unwrap_or_else(|_| text.to_owned())
        };
        let (resource, mut name, subresource) = (part(0), part(1), part(2));
        if name.is_empty() && verb == "get" {
            verb = if request.flag("watch") { "watch" } else { "list" };
            name = exact_name(request.param("fieldSelector").unwrap_or_default());
        }
        if name.is_empty() && verb == "delete" {
            verb = "deletecollection";
        }
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource,
            subresource,
            namespace: unescape(namespace, Plus::Plus).unwrap_or_default(),
            name,
            path: None,
        }
    }

    /// Returns the resource as rules write it, with its subresource.
    pub(crate) fn combined(&self) -> String {
        match self.subresource.as_str() {
            "" => self.resource.clone(),
            subresource => format!("{}/{subresource}", self.resource),
        }
    }

    /// Returns the answer for a user who may not do this.
    pub(crate) fn refuse(&self, user: &User, reason: &str) -> Failure {
        let what = if let Some(path) = &self.path {
            format!("User {:?} cannot {} path {path:?}", user.name, self.verb)
        } else {
            let place = match self.namespace.as_str() {
                "" => "at the cluster scope".to_owned(),
                namespace => format!("in the namespace {namespace:?}"),
            };
            let resource = self.combined();
            format!(
                "User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
                user.name, self.verb, self.group
            )
        };
        // What looks like markup must not reach a browser.
        let mut why = what.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if !reason.is_empty() {
            why = format!("{why}: {reason}");
        }
        let about = About { group: &self.group, resource: &self.resource, name: &self.name };
        let mut failure = Failure::forbidden(about, &why);
        if self.path.is_some() {
            failure.message = format!("forbidden: {why}");
        }
        failure
    }
}
