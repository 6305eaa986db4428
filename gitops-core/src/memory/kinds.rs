//! The kinds that the cluster in memory serves.

use serde_json::Value;

use crate::{
    Kind,
    Scope::{self, Cluster, Namespaced},
};

const BUILT_IN: &[(&str, &str, &str, Scope)] = &[
    ("", "v1", "ConfigMap", Namespaced),
    ("", "v1", "Endpoints", Namespaced),
    ("", "v1", "LimitRange", Namespaced),
    ("", "v1", "Namespace", Cluster),
    ("", "v1", "PersistentVolume", Cluster),
    ("", "v1", "PersistentVolumeClaim", Namespaced),
    ("", "v1", "Pod", Namespaced),
    ("", "v1", "ResourceQuota", Namespaced),
    ("", "v1", "Secret", Namespaced),
    ("", "v1", "Service", Namespaced),
    ("", "v1", "ServiceAccount", Namespaced),
    ("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", Cluster),
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", Cluster),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", Cluster),
    ("apiregistration.k8s.io", "v1", "APIService", Cluster),
    ("apps", "v1", "DaemonSet", Namespaced),
    ("apps", "v1", "Deployment", Namespaced),
    ("apps", "v1", "ReplicaSet", Namespaced),
    ("apps", "v1", "StatefulSet", Namespaced),
    ("autoscaling", "v2", "HorizontalPodAutoscaler", Namespaced),
    ("batch", "v1", "CronJob", Namespaced),
    ("batch", "v1", "Job", Namespaced),
    ("networking.k8s.io", "v1", "Ingress", Namespaced),
    ("networking.k8s.io", "v1", "IngressClass", Cluster),
    ("networking.k8s.io", "v1", "NetworkPolicy", Namespaced),
    ("policy", "v1", "PodDisruptionBudget", Namespaced),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole", Cluster),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", Cluster),
    ("rbac.authorization.k8s.io", "v1", "Role", Namespaced),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding", Namespaced),
    ("scheduling.k8s.io", "v1", "PriorityClass", Cluster),
    ("storage.k8s.io", "v1", "StorageClass", Cluster),
];

/// Where objects of a built-in kind live.
pub(super) fn built_in(kind: &Kind) -> Scope {
    let found = BUILT_IN.iter().find(|(group, version, name, _)| {
        (*group, *version, *name) == (&*kind.group, &*kind.version, &*kind.kind)
    });
    found.map_or(Scope::Unknown, |(_, _, _, scope)| *scope)
}

/// Where objects of `kind` live by the content of a `CustomResourceDefinition`; unknown when it
/// defines something else.
pub(super) fn defined(definition: &Value, kind: &Kind) -> Scope {
    let spec = &definition["spec"];
    let served = |version: &Value| {
        version["name"] == *kind.version && version["served"] != Value::Bool(false)
    };
    let versions = spec["versions"].as_array();
    if !defines(definition, &kind.group, &kind.kind)
        || !versions.is_some_and(|versions| versions.iter().any(served))
    {
        return Scope::Unknown;
    }
    match spec["scope"].as_str() {
        Some("Cluster") => Cluster,
        _ => Namespaced,
    }
}

/// Whether a `CustomResourceDefinition` defines this kind, in whatever version.
pub(super) fn defines(definition: &Value, group: &str, kind: &str) -> bool {
    let spec = &definition["spec"];
    spec["group"] == *group && spec["names"]["kind"] == *kind
}
