//! The fields that cannot change once an object is there.

use serde_json::Value;

use crate::ObjectId;

/// The annotation that lets an object be deleted and made anew where it cannot be changed.
const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

/// Returns why `path` of the object cannot be changed, if it cannot.
pub(super) fn reason(id: &ObjectId, live: &Value, path: &str) -> Option<String> {
    let sealed = live["immutable"] == Value::Bool(true);
    let fields: &[&str] = match (id.group.as_str(), id.kind.as_str()) {
        ("", "Secret") if sealed => &["data", "immutable", "type"],
        ("", "Secret") => &["type"],
        ("", "ConfigMap") if sealed => &["data", "binaryData", "immutable"],
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet") => &["spec.selector"],
        ("apps", "StatefulSet") => {
            &["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"]
        }
        ("batch", "Job") => &["spec.selector", "spec.template", "spec.completionMode"],
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => &["roleRef"],
        ("storage.k8s.io", "StorageClass") => &["provisioner", "parameters", "reclaimPolicy"],
        _ => &[],
    };
    let within = |field: &&&str| {
        path.strip_prefix(**field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    fields.iter().find(within).map(|field| format!("{field} is immutable"))
}

/// Whether the desired object asks to be replaced where it cannot be changed.
pub(super) fn may_replace(desired: &crate::Object) -> bool {
    desired.annotation(FORCE).is_some_and(|value| value.eq_ignore_ascii_case("enabled"))
}
