//! What other objects need to be there at all.

use super::{
    Health, Status,
    read::{Reading, Seen},
};

pub(super) fn namespace(seen: Seen<'_>) -> Health {
    match seen.text("status.phase", "") {
        "Active" => Health::current("Namespace is active"),
        "Terminating" => {
            Health { status: Status::Terminating, message: "Namespace is being deleted".to_owned() }
        }
        _ => Health::in_progress("Namespace is not active yet"),
    }
}

pub(super) fn definition(seen: Seen<'_>) -> Reading<Health> {
    for condition in seen.conditions()? {
        if condition.is("NamesAccepted", "False") {
            return Ok(Health::failed(condition.message));
        }
        if condition.is("Established", "False") && condition.reason != "Installing" {
            return Ok(Health::failed(condition.message));
        }
        if condition.is("Established", "True") {
            return Ok(Health::current("CRD is established"));
        }
    }
    Ok(Health::in_progress("Install in progress"))
}

pub(super) fn service(seen: Seen<'_>) -> Reading<Health> {
    Ok(match seen.condition("Available")? {
        Some(it) if it.status == "True" => Health::current("APIService is available"),
        Some(it) => Health::in_progress(format!("APIService is not available: {}", it.why())),
        None => Health::in_progress("APIService is not available yet"),
    })
}
