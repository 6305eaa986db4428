//! Writes that are for one object and no other of its name.

use super::{kinds::Kind, status::Failure, world::Call};

/// Refuses a PUT whose uid is not the one of the live object; of none, `live` is empty.
pub(crate) fn uid_differs(call: &Call<'_>, asked: &str, live: &str) -> Failure {
    // A dry run stops before the keys of the database.
    let root = if call.request.dry_run() { "" } else { "/registry" };
    let namespace = match call.namespace.as_str() {
        "" => String::new(),
        namespace => format!("/{namespace}"),
    };
    let key = format!("{root}/{}{namespace}/{}", folder(&call.kind), call.name);
    Failure::conflict(
        call.about(),
        &format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {asked}, UID in object \
             meta: {live}"
        ),
    )
}

/// Names the folder of a resource in the database of a real server.
fn folder(kind: &Kind) -> String {
    let (group, plural) = (kind.group(), kind.info.plural.as_str());
    match (group, plural) {
        ("", "services") => "services/specs".to_owned(),
        ("", "endpoints") => "services/endpoints".to_owned(),
        ("", "nodes") => "minions".to_owned(),
        ("", "replicationcontrollers") => "controllers".to_owned(),
        ("networking.k8s.io", "ingresses") => "ingress".to_owned(),
        ("apiextensions.k8s.io" | "apiregistration.k8s.io", _) => format!("{group}/{plural}"),
        _ if kind.is_custom() => format!("{group}/{plural}"),
        _ => plural.to_owned(),
    }
}
