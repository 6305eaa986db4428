//! What resources are called, now and before.

use std::fmt;

/// What the namespace of a cluster-wide kind counts as.
pub(super) const NO_NAMESPACE: &str = "_non_namespaceable_";
/// What an empty namespace counts as.
pub(super) const DEFAULT_NAMESPACE: &str = "default";

/// Group, version, kind, namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    /// Whether the kind is known to have no namespace.
    pub(super) cluster: bool,
}

impl Id {
    /// Whether both are one object.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.group == other.group
            && self.version == other.version
            && self.effective_namespace() == other.effective_namespace()
    }

    /// Returns the namespace that counts.
    pub(super) fn effective_namespace(&self) -> &str {
        if self.cluster {
            return NO_NAMESPACE;
        }
        if self.namespace.is_empty() { DEFAULT_NAMESPACE } else { &self.namespace }
    }

    /// Whether group, version and kind are the ones asked for, of which empty ones match any.
    pub(super) fn is_of(&self, group: &str, version: &str, kind: &str) -> bool {
        (kind.is_empty() || kind == self.kind)
            && (group.is_empty() || group == self.group)
            && (version.is_empty() || version == self.version)
    }

    /// Returns what two ids of one object have in common.
    pub(super) fn key(&self) -> (String, String, String, String, String) {
        (
            self.group.clone(),
            self.version.clone(),
            self.kind.clone(),
            self.effective_namespace().to_owned(),
            self.name.clone(),
        )
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, empty: &str| if text.is_empty() { empty } else { text }.to_owned();
        write!(
            f,
            "{}.{}.{}/{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]"),
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]"),
        )
    }
}

/// Splits an `apiVersion` into group and version.
pub(super) fn split_api_version(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or(("", text))
}

/// The kinds that are known to have no namespace.
const CLUSTER_KINDS: [(&str, &str, &str); 36] = [
    ("admissionregistration.k8s.io", "v1beta1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "v1beta1", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "v1beta1", "APIService"),
    ("apiregistration.k8s.io", "v1", "APIService"),
    ("certificates.k8s.io", "v1beta1", "CertificateSigningRequest"),
    ("certificates.k8s.io", "v1", "CertificateSigningRequest"),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", "PriorityLevelConfiguration"),
    ("networking.k8s.io", "v1beta1", "IngressClass"),
    ("networking.k8s.io", "v1", "IngressClass"),
    ("node.k8s.io", "v1beta1", "RuntimeClass"),
    ("node.k8s.io", "v1", "RuntimeClass"),
    ("policy", "v1beta1", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", "v1beta1", "ClusterRole"),
    ("rbac.authorization.k8s.io", "v1beta1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "v1beta1", "PriorityClass"),
    ("scheduling.k8s.io", "v1", "PriorityClass"),
    ("storage.k8s.io", "v1beta1", "CSIDriver"),
    ("storage.k8s.io", "v1beta1", "CSINode"),
    ("storage.k8s.io", "v1beta1", "StorageClass"),
    ("storage.k8s.io", "v1beta1", "VolumeAttachment"),
    ("storage.k8s.io", "v1", "CSIDriver"),
    ("storage.k8s.io", "v1", "CSINode"),
    ("storage.k8s.io", "v1", "StorageClass"),
    ("storage.k8s.io", "v1", "VolumeAttachment"),
    ("", "v1", "ComponentStatus"),
    ("", "v1", "Namespace"),
    ("", "v1", "Node"),
    ("", "v1", "NodeProxyOptions"),
    ("", "v1", "PersistentVolume"),
];

/// Whether a kind is known to have no namespace.
pub(super) fn is_cluster_kind(group: &str, version: &str, kind: &str) -> bool {
    CLUSTER_KINDS.contains(&(group, version, kind))
}
