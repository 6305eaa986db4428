//! Namespaces: what every one holds from the start, and how they end.

use serde_json::{Value, json};

use super::{
    super::namespaces::{self, Told},
    desk::{CONFIG_MAPS, Desk, NAMESPACES, SERVICE_ACCOUNTS},
    object::{condition, push_condition},
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

const ROOT: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                           endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                           guaranteed across distributions of Kubernetes clusters.";
/// The server has no certificate, so this one is for show; its name says so.
const CERTIFICATE: &str = include_str!("root.crt");

/// Looks at one namespace.
pub(super) fn sync(desk: &mut Desk<'_>, _: &str, called: &str) -> Outcome {
    let Some(namespace) = desk.get(NAMESPACES, "", called) else { return Ok(Again::Never) };
    if text(&namespace, "/status/phase") == "Terminating" {
        return end(desk, &namespace, called);
    }
    if desk.get(SERVICE_ACCOUNTS, called, "default").is_none() {
        let account = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": called },
        });
        desk.create(SERVICE_ACCOUNTS, &account)?;
    }
    let existing = desk.get(CONFIG_MAPS, called, ROOT);
    let data = json!({ "ca.crt": CERTIFICATE });
    match existing {
        None => {
            let bundle = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": ROOT,
                    "namespace": called,
                    "annotations": { "kubernetes.io/description": DESCRIPTION },
                },
                "data": data,
            });
            desk.create(CONFIG_MAPS, &bundle)?;
        }
        Some(existing) if existing["data"] != data => {
            let mut changed = (*existing).clone();
            changed["data"] = data;
            desk.update(CONFIG_MAPS, &changed)?;
        }
        Some(_) => {}
    }
    Ok(Again::Never)
}

fn end(desk: &mut Desk<'_>, namespace: &Value, called: &str) -> Outcome {
    namespaces::empty(desk.world, called, desk.now);
    let remaining = namespaces::remaining(desk.world, called);
    let mut changed = namespace.clone();
    for told in remaining.conditions() {
        set(desk, &mut changed, told);
    }
    if changed["status"] != namespace["status"] {
        desk.update_status(NAMESPACES, &changed)?;
    }
    if remaining.resources.is_empty() {
        namespaces::finalize(desk.world, called);
    }
    Ok(Again::Never)
}

fn set(desk: &Desk<'_>, namespace: &mut Value, (kind, holds, reason, message): Told) {
    let status = if holds { "True" } else { "False" };
    if let Some(known) = condition(&namespace["status"], kind)
        && text(known, "/status") == status
        && text(known, "/message") == message
    {
        return;
    }
    let made = json!({
        "type": kind,
        "status": status,
        "lastTransitionTime": desk.time(),
        "reason": reason,
        "message": message,
    });
    if let Some(Value::Array(list)) = namespace["status"].get_mut("conditions")
        && let Some(known) = list.iter_mut().find(|known| known["type"] == kind)
    {
        *known = made;
    } else {
        push_condition(&mut namespace["status"], made);
    }
}
