//! Nobody grants what they may not do themselves.

use serde_json::Value;

use super::super::{
    status::{About, Failure, Result},
    world::{At, Call, World, text},
};
use super::{
    attributes::Attributes,
    authorize::{RBAC, aggregate, decide, referred, rules_for},
    rules::{Rule, missing, quoted},
};

/// Checks a role or binding before it is written; other objects pass.
///
/// # Errors
///
/// 403 that names the permissions the user lacks.
pub(crate) fn check(
    world: &World,
    call: &Call<'_>,
    live: Option<&Value>,
    object: &Value,
) -> Result<()> {
    let user = &call.user;
    if user.is_master() || call.kind.group() != RBAC || call.kind.is_custom() {
        return Ok(());
    }
    if live.is_some_and(|live| is_collectors(live, object)) {
        return Ok(());
    }
    if matches!(call.kind.info.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
        return binding(world, call, object);
    }
    if may(world, call, "escalate", &call.kind.info.plural, &call.name) {
        return Ok(());
    }
    let name = text(object, "/metadata/name");
    confirm(world, call, name, &Rule::all_of(object))?;
    if aggregates(object) || live.is_some_and(aggregates) {
        confirm(world, call, name, &everything()).map_err(|_| {
            let why = "must have cluster-admin privileges to use the aggregationRule";
            Failure::forbidden(call.about_named(name), why)
        })?;
    }
    Ok(())
}

fn binding(world: &World, call: &Call<'_>, object: &Value) -> Result<()> {
    let role = object.get("roleRef").unwrap_or(&Value::Null);
    let (kind, name) = (text(role, "/kind").to_lowercase(), text(role, "/name"));
    if may(world, call, "bind", &format!("{kind}s"), name) {
        return Ok(());
    }
    let wanted = referred(world, role, &call.namespace)
        .map_err(|_| Failure::not_found(About { group: RBAC, resource: &kind, name }))?;
    confirm(world, call, text(object, "/metadata/name"), &wanted)
}

fn aggregates(role: &Value) -> bool {
    let selectors = role.at("/aggregationRule/clusterRoleSelectors").and_then(Value::as_array);
    selectors.is_some_and(|selectors| !selectors.is_empty())
}

fn everything() -> [Rule; 2] {
    let any = || vec!["*".to_owned()];
    [
        Rule { verbs: any(), groups: any(), resources: any(), ..Rule::default() },
        Rule { verbs: any(), urls: any(), ..Rule::default() },
    ]
}

fn may(world: &World, call: &Call<'_>, verb: &str, resource: &str, name: &str) -> bool {
    let action = Attributes {
        verb: verb.to_owned(),
        group: RBAC.to_owned(),
        resource: resource.to_owned(),
        namespace: call.namespace.clone(),
        name: name.to_owned(),
        ..Attributes::default()
    };
    decide(world, &call.user, &action).allowed
}

fn confirm(world: &World, call: &Call<'_>, name: &str, wanted: &[Rule]) -> Result<()> {
    let (held, errors) = rules_for(world, &call.user, &call.namespace);
    let lacking = missing(&held, wanted);
    if lacking.is_empty() {
        return Ok(());
    }
    let lacking: Vec<String> = lacking.into_iter().collect();
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        call.user.name,
        quoted(&call.user.groups),
        lacking.join("\n")
    );
    if let Some(errors) = aggregate(&errors) {
        why = format!("{why}; resolution errors: [{errors}]");
    }
    Err(Failure::forbidden(call.about_named(name), &why))
}

/// Whether a write changes only what the garbage collector does.
fn is_collectors(live: &Value, object: &Value) -> bool {
    let rest = |value: &Value| {
        let mut value = value.clone();
        if let Some(Value::Object(meta)) = value.get_mut("metadata") {
            for name in ["ownerReferences", "finalizers", "managedFields", "resourceVersion"] {
                meta.remove(name);
            }
        }
        value
    };
    rest(live) == rest(object)
}
