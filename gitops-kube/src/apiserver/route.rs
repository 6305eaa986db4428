//! From path and verb to what is done.

use std::sync::Arc;

use http::Method;
use jiff::Timestamp;

use super::{
    access::{self, User},
    answer::Answer,
    crd, create, delete, discovery,
    kinds::Kind,
    list, negotiate, params, patch, read,
    request::{Plus, Request, unescape},
    scale,
    status::{About, Failure, Result},
    table, update, watch,
    world::{Call, World, text},
};

/// Answers a request.
pub(crate) fn serve(world: &mut World, request: &Request, now: Timestamp) -> Answer {
    match admitted(world, request, now) {
        Ok(answer) => answer,
        Err(failure) => failure.into(),
    }
}

fn admitted(world: &mut World, request: &Request, now: Timestamp) -> Result<Answer> {
    let user = access::identify(world, request)?;
    access::admit(world, request, &user)?;
    route(world, request, now, user)
}

fn route(world: &mut World, request: &Request, now: Timestamp, user: Arc<User>) -> Result<Answer> {
    if let Some(answer) = discovery::plain(world, request) {
        return answer;
    }
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => ("", *version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => (*group, *version, rest),
        _ => return Ok(Answer::Text(404, "404 page not found\n".to_owned())),
    };
    // Before there was a parameter for it, watches had paths of their own.
    let (watches, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        rest => (false, rest),
    };
    let call = match resolve(world, request, (group, version), rest, now, user) {
        // Where nothing of the server's own is, nobody answers with a status.
        Err(failure) if failure == Failure::no_resource() && is_foreign(world, group, version) => {
            return Ok(Answer::Text(404, "404 page not found\n".to_owned()));
        }
        call => call?,
    };
    let warning = deprecation(&call.kind);
    let verb = match verb(&call)? {
        "get" | "list" if watches => "watch",
        _ if watches => return Err(Failure::method_not_allowed()),
        verb => verb,
    };
    let accepted = negotiate::accepted(request, &call.kind, verb)?;
    let answer = dispatch(world, &call, verb)?;
    let answer = table::shaped(&call, accepted.1, answer)?;
    Ok(match warning {
        Some(warning) => answer.warned(&warning),
        None => answer,
    })
}

/// Returns the warning of a kind that goes out of use.
fn deprecation(kind: &Kind) -> Option<String> {
    if let Some(custom) = &kind.custom {
        return custom.deprecation.clone();
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("", "Endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        ("", "ComponentStatus") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
    .map(str::to_owned)
}

/// Refuses to connect to a container: nothing runs in the pods of this server.
fn connect(world: &World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    if text(&live, "/spec/nodeName").is_empty() && call.kind.is("", "Pod") {
        return Err(Failure::bad_request(format!(
            "pod {} does not have a host assigned",
            call.name
        )));
    }
    // So says a real server of nodes that cannot be reached.
    Err(Failure::internal("no preferred addresses found; known addresses: []"))
}

/// Whether a version of a group has no kinds, or only those of definitions.
fn is_foreign(world: &World, group: &str, version: &str) -> bool {
    world.kinds.of_version(group, version).iter().all(|kind| kind.is_custom())
}

fn resolve<'r>(
    world: &World,
    request: &'r Request,
    (group, version): (&str, &str),
    rest: &[&str],
    now: Timestamp,
    user: Arc<User>,
) -> Result<Call<'r>> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, plural, ..]
            if !(group.is_empty() && matches!(*plural, "status" | "finalize")) =>
        {
            (Some(*namespace), &rest[2..])
        }
        rest => (None, rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, "", ""),
        [plural, name] => (*plural, *name, ""),
        [plural, name, subresource] => (*plural, *name, *subresource),
        _ => return Err(Failure::no_resource()),
    };
    let Some(kind) = world.kinds.find(group, version, plural) else {
        return Err(Failure::no_resource());
    };
    if namespace.is_some() && !kind.info.namespaced {
        return Err(Failure::no_resource());
    }
    if kind.info.namespaced && namespace.is_none() && !name.is_empty() {
        return Err(Failure::no_resource());
    }
    if !subresource.is_empty() && kind.subresource(subresource).is_none() {
        if kind.is_custom() && matches!(subresource, "status" | "scale") {
            let about = About { group, resource: plural, name };
            return Err(Failure::not_found(about));
        }
        return Err(Failure::no_resource());
    }
    let decode = |text: &str| unescape(text, Plus::Plus).map_err(|_| Failure::no_resource());
    Ok(Call {
        request,
        kind: Arc::clone(kind),
        namespace: decode(namespace.unwrap_or_default())?,
        name: decode(name)?,
        subresource: subresource.to_owned(),
        now,
        user,
        traces: std::cell::RefCell::default(),
    })
}

/// Names what a request does.
fn verb(call: &Call<'_>) -> Result<&'static str> {
    let verb = match call.request.method {
        Method::GET if call.name.is_empty() && call.request.flag("watch") => "watch",
        Method::GET if call.name.is_empty() => "list",
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if call.name.is_empty() => "deletecollection",
        Method::DELETE => "delete",
        _ => return Err(Failure::method_not_allowed()),
    };
    if verb == "create" && !call.name.is_empty() && call.subresource.is_empty() {
        return Err(Failure::method_not_allowed());
    }
    Ok(verb)
}

fn dispatch(world: &mut World, call: &Call<'_>, verb: &str) -> Result<Answer> {
    let verbs = match call.kind.subresource(&call.subresource) {
        Some(subresource) => &subresource.verbs,
        None => &call.kind.info.verbs,
    };
    if !verbs.iter().any(|known| known == verb) {
        return Err(Failure::method_not_allowed());
    }
    if call.kind.info.namespaced && call.namespace.is_empty() && !matches!(verb, "list" | "watch") {
        return Err(Failure::method_not_allowed());
    }
    match verb {
        "create" => params::check(call.request, "CreateOptions")?,
        "update" => params::check(call.request, "UpdateOptions")?,
        // What is no patch at all is refused as such.
        "patch" if patch::is_patch(call) => params::check(call.request, "PatchOptions")?,
        "delete" | "deletecollection" => params::check(call.request, "DeleteOptions")?,
        _ => {}
    }
    crd::convert::check(world, call, verb)?;
    if call.subresource == "scale" {
        return match verb {
            "get" => scale::read(world, call),
            "update" => scale::update(world, call),
            _ => scale::patch(world, call),
        };
    }
    if matches!(call.subresource.as_str(), "log" | "exec" | "attach" | "portforward" | "proxy") {
        return connect(world, call);
    }
    match verb {
        "watch" => watch::open(world, call),
        "list" => list::list(world, call),
        "get" => read::get(world, call),
        "create" => create::create(world, call),
        "update" => update::update(world, call),
        "patch" => patch::patch(world, call),
        "deletecollection" => delete::collection(world, call),
        _ => delete::delete(world, call),
    }
}
