//! Who may do what: the roles and bindings that the server stores, asked.

use std::sync::Arc;

use serde_json::Value;

use super::super::{
    store::ResourceName,
    world::{World, text},
};
use super::{attributes::Attributes, rules::Rule, user::User};

/// The API group of roles and bindings.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether an action is allowed, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    pub(crate) reason: String,
}

/// Decides about one action of one user.
pub(crate) fn decide(world: &World, user: &User, action: &Attributes) -> Decision {
    if user.is_master() {
        return Decision { allowed: true, reason: String::new() };
    }
    let mut errors = Vec::new();
    for granted in grants(world, user, &action.namespace) {
        match granted.rules {
            Ok(rules) if rules.iter().any(|rule| rule.allows(action)) => {
                let reason = format!("RBAC: allowed by {}", granted.source);
                return Decision { allowed: true, reason };
            }
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    let reason = aggregate(&errors).map(|text| format!("RBAC: {text}")).unwrap_or_default();
    Decision { allowed: false, reason }
}

/// Returns every rule that holds for a user in a namespace, and what could not be resolved.
pub(crate) fn rules_for(world: &World, user: &User, namespace: &str) -> (Vec<Rule>, Vec<String>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for granted in grants(world, user, namespace) {
        match granted.rules {
            Ok(more) => rules.extend(more),
            Err(error) => errors.push(error),
        }
    }
    (rules, errors)
}

/// Joins errors as the server does: each once.
pub(crate) fn aggregate(errors: &[String]) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for error in errors {
        if !once.contains(&error.as_str()) {
            once.push(error);
        }
    }
    match once.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => Some(format!("[{}]", many.join(", "))),
    }
}

/// What one binding grants to a user.
struct Grant {
    source: String,
    rules: Result<Vec<Rule>, String>,
}

fn grants(world: &World, user: &User, namespace: &str) -> impl Iterator<Item = Grant> {
    let cluster = bindings(world, "clusterrolebindings", None);
    let local = if namespace.is_empty() {
        Vec::new()
    } else {
        bindings(world, "rolebindings", Some(namespace))
    };
    cluster.into_iter().chain(local).filter_map(move |binding| grant(world, user, &binding))
}

fn grant(world: &World, user: &User, binding: &Value) -> Option<Grant> {
    let namespace = text(binding, "/metadata/namespace");
    let subjects = binding.get("subjects").and_then(Value::as_array)?;
    let subject = subjects.iter().find(|subject| applies(user, subject, namespace))?;
    let rules = referred(world, binding.get("roleRef").unwrap_or(&Value::Null), namespace);
    Some(Grant { source: source(binding, subject), rules })
}

fn applies(user: &User, subject: &Value, namespace: &str) -> bool {
    let name = text(subject, "/name");
    match text(subject, "/kind") {
        "User" => user.name == name,
        "Group" => user.is_in(name),
        "ServiceAccount" => {
            let own = text(subject, "/namespace");
            let namespace = if own.is_empty() { namespace } else { own };
            super::user::split_service_account(&user.name) == Some((namespace, name))
        }
        _ => false,
    }
}

fn source(binding: &Value, subject: &Value) -> String {
    let (name, namespace) = (text(binding, "/metadata/name"), text(binding, "/metadata/namespace"));
    let kind = text(subject, "/kind");
    let mut who = text(subject, "/name").to_owned();
    if kind == "ServiceAccount" {
        let own = text(subject, "/namespace");
        who = format!("{who}/{}", if own.is_empty() { namespace } else { own });
    }
    let what = match namespace {
        "" => format!("ClusterRoleBinding {name:?}"),
        namespace => format!("RoleBinding {:?}", format!("{name}/{namespace}")),
    };
    let (role, named) = (text(binding, "/roleRef/kind"), text(binding, "/roleRef/name"));
    format!("{what} of {role} {named:?} to {kind} {who:?}")
}

/// Returns the rules of the role that a binding refers to.
///
/// # Errors
///
/// What the server says when there is no such role.
pub(crate) fn referred(world: &World, role: &Value, namespace: &str) -> Result<Vec<Rule>, String> {
    let (kind, name) = (text(role, "/kind"), text(role, "/name"));
    let (plural, namespace) = match kind {
        "ClusterRole" => ("clusterroles", ""),
        "Role" => ("roles", namespace),
        kind => return Err(format!("unsupported role reference kind: {kind:?}")),
    };
    let key = (namespace.to_owned(), name.to_owned());
    match world.store.get(&resource(plural), &key) {
        Some(role) => Ok(Rule::all_of(&role)),
        None => Err(format!("{}.{RBAC} {name:?} not found", kind.to_lowercase())),
    }
}

fn bindings(world: &World, plural: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
    let resource = resource(plural);
    let found = world.store.list(&resource, namespace);
    found.map(|(_, binding)| binding).collect()
}

/// Names a resource of the group of roles and bindings.
pub(crate) fn resource(plural: &str) -> ResourceName {
    ResourceName { group: RBAC.to_owned(), plural: plural.to_owned() }
}
