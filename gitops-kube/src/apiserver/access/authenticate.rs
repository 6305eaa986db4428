//! From the headers of a request to who sends it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use http::HeaderMap;

use super::super::{
    request::{Plus, Request, unescape},
    status::{Failure, Result},
    world::World,
};
use super::{
    attributes::Attributes,
    authorize::decide,
    user::{
        ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User, service_account_groups,
        split_service_account,
    },
};

/// How many headers of impersonation a request may have.
pub(crate) const IMPERSONATION_HEADERS_MAX: usize = 256;

static ADMIN: LazyLock<Arc<User>> = LazyLock::new(|| Arc::new(User::admin()));

/// Returns the user that stands for everybody by default.
pub(crate) fn admin() -> Arc<User> {
    Arc::clone(&ADMIN)
}

/// Who is known to the server.
#[derive(Debug)]
pub(crate) struct Known {
    tokens: HashMap<String, Arc<User>>,
    /// Who sends requests without a token.
    nobody: Arc<User>,
}

impl Default for Known {
    fn default() -> Self {
        Self { tokens: HashMap::new(), nobody: admin() }
    }
}

impl Known {
    /// Knows whose each token is, and who sends requests without one.
    pub(crate) fn new(tokens: HashMap<String, Arc<User>>, nobody: Arc<User>) -> Self {
        Self { tokens, nobody }
    }

    /// Returns whose a token is.
    pub(crate) fn user(&self, token: &str) -> Option<&Arc<User>> {
        self.tokens.get(token)
    }

    /// Learns whose a token is.
    pub(crate) fn issue(&mut self, token: String, user: User) {
        self.tokens.insert(token, Arc::new(user));
    }
}

/// Says who sends a request.
///
/// # Errors
///
/// 401 for a token that nobody has, 400 and 403 for impersonation that cannot be.
pub(crate) fn identify(world: &World, request: &Request) -> Result<Arc<User>> {
    let sender = match &request.user {
        Some(user) => Arc::clone(user),
        None => by_token(&world.known, request)?,
    };
    let Some(wanted) = impersonated(&request.headers)? else { return Ok(sender) };
    if !sender.is_master() {
        allowed(world, request, &sender, &wanted)?;
    }
    Ok(Arc::new(completed(wanted)))
}

fn by_token(known: &Known, request: &Request) -> Result<Arc<User>> {
    // Where no tokens are known, whatever a client sends means nothing.
    if known.tokens.is_empty() {
        return Ok(Arc::clone(&known.nobody));
    }
    let (scheme, token) = request.header("authorization").split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Ok(Arc::clone(&known.nobody));
    }
    let user = known.user(token.trim()).map(Arc::clone);
    user.ok_or_else(|| Failure::new(401, "Unauthorized", "Unauthorized"))
}

/// Reads whom a request wants to be, if it does.
fn impersonated(headers: &HeaderMap) -> Result<Option<User>> {
    let list = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
    };
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for (name, value) in headers {
        if !name.as_str().starts_with("impersonate-") {
            continue;
        }
        count += 1;
        if IMPERSONATION_HEADERS_MAX < count {
            let max = IMPERSONATION_HEADERS_MAX;
            let message = format!("at most {max} headers of impersonation are read");
            return Err(Failure::bad_request(message));
        }
        let Some(key) = name.as_str().strip_prefix("impersonate-extra-") else { continue };
        let key = unescape(key, Plus::Plus).unwrap_or_else(|_| key.to_owned());
        if let Ok(value) = value.to_str() {
            extra.entry(key).or_default().push(value.to_owned());
        }
    }
    let first = |name: &str| list(name).into_iter().next().unwrap_or_default();
    let name = first("impersonate-user");
    let uid = first("impersonate-uid");
    let groups = list("impersonate-group");
    let user = User { name, uid, groups, extra };
    if !user.name.is_empty() {
        return Ok(Some(user));
    }
    if user == User::default() {
        return Ok(None);
    }
    Err(Failure::bad_request(format!(
        "requested {} without impersonating a user name",
        go_syntax(&user)
    )))
}

/// Writes a user as Go prints its struct.
fn go_syntax(user: &User) -> String {
    let list = |list: &[String]| {
        let texts: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
        format!("[]string{{{}}}", texts.join(", "))
    };
    let groups = match user.groups.as_slice() {
        [] => "[]string(nil)".to_owned(),
        groups => list(groups),
    };
    let extra = if user.extra.is_empty() {
        "map[string][]string(nil)".to_owned()
    } else {
        let pairs: Vec<String> =
            user.extra.iter().map(|(key, values)| format!("{key:?}:{}", list(values))).collect();
        format!("map[string][]string{{{}}}", pairs.join(", "))
    };
    format!(
        "&user.DefaultInfo{{Name:{:?}, UID:{:?}, Groups:{groups}, Extra:{extra}}}",
        user.name, user.uid
    )
}

/// Adds the groups that come by themselves.
fn completed(mut user: User) -> User {
    if let (Some((namespace, _)), true) =
        (split_service_account(&user.name), user.groups.is_empty())
    {
        user.groups = service_account_groups(namespace);
    }
    let group = if user.name == ANONYMOUS {
        UNAUTHENTICATED
    } else if user.is_in(UNAUTHENTICATED) {
        return user;
    } else {
        AUTHENTICATED
    };
    if user.is_in(group) { user } else { user.group(group) }
}

/// Ways to impersonate, the first that allows it counts: the verbs end in these words.
const MODES: [&str; 3] = ["serviceaccount", "user-info", ""];

/// Checks that a user may be another one in a request.
fn allowed(world: &World, request: &Request, sender: &User, wanted: &User) -> Result<()> {
    let mut first = None;
    for mode in MODES {
        let account = split_service_account(&wanted.name).is_some();
        let bare = wanted.groups.is_empty() && wanted.uid.is_empty() && wanted.extra.is_empty();
        let fits = match mode {
            "serviceaccount" => account && bare,
            "user-info" => !account && !wanted.name.starts_with("system:node:"),
            _ => true,
        };
        if !fits {
            continue;
        }
        match allowed_by(world, request, sender, wanted, mode) {
            Ok(()) => return Ok(()),
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    first.map_or(Ok(()), Err)
}

fn allowed_by(
    world: &World,
    request: &Request,
    sender: &User,
    wanted: &User,
    mode: &str,
) -> Result<()> {
    let check = |action: &Attributes| {
        let decision = decide(world, sender, action);
        if decision.allowed { Ok(()) } else { Err(action.refuse(sender, &decision.reason)) }
    };
    let (verb, group) = if mode.is_empty() {
        ("impersonate".to_owned(), "")
    } else {
        let mut action = Attributes::of(request);
        action.verb = format!("impersonate-on:{mode}:{}", action.verb);
        check(&action)?;
        (format!("impersonate:{mode}"), "authentication.k8s.io")
    };
    let action = |group: &str, resource: &str, name: &str| Attributes {
        verb: verb.clone(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        name: name.to_owned(),
        ..Attributes::default()
    };
    let mut who = action(group, "users", &wanted.name);
    if let Some((namespace, name)) = split_service_account(&wanted.name) {
        who = action(group, "serviceaccounts", name);
        namespace.clone_into(&mut who.namespace);
    }
    check(&who)?;
    if !wanted.uid.is_empty() {
        check(&action("authentication.k8s.io", "uids", &wanted.uid))?;
    }
    for name in &wanted.groups {
        if !mode.is_empty() && name == super::user::MASTERS {
            let why = "impersonating the system:masters group is not allowed";
            return Err(action(group, "groups", name).refuse(sender, why));
        }
        check(&action(group, "groups", name))?;
    }
    for (key, values) in &wanted.extra {
        for value in values {
            let mut extra = action("authentication.k8s.io", "userextras", value);
            extra.subresource.clone_from(key);
            check(&extra)?;
        }
    }
    Ok(())
}
