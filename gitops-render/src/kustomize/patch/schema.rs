//! Which lists merge, and by which keys.
//!
//! The facts are those of the API server's types. Kustomize knows them as they were in Kubernetes
//! 1.21: kinds and lists that are younger are unknown to it.

use std::collections::HashMap;

use gitops_core::schema::{Field, Merge, TypeId, TypeRef, Types, builtin};

use super::super::id::split_api_version;

/// The types that merge by key.
#[derive(Debug, Default)]
pub(in crate::kustomize) enum Schema {
    /// The built-in ones.
    #[default]
    Builtin,
    /// Those of an `OpenAPI` document, and no others.
    Custom { types: Types, kinds: HashMap<(String, String), TypeId> },
}

/// A place in the types: what may stand there, and how it merges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'s> {
    of: TypeRef<'s>,
    field: Option<&'s Field>,
    builtin: bool,
}

impl Schema {
    /// Returns the type of a kind.
    pub(super) fn of(&self, api_version: &str, kind: &str) -> Option<Spot<'_>> {
        match self {
            Self::Builtin => {
                let of = builtin_type(api_version, kind)?;
                Some(Spot { of, field: None, builtin: true })
            }
            Self::Custom { types, kinds } => {
                let id = kinds.get(&(api_version.to_owned(), kind.to_owned()))?;
                Some(Spot { of: types.at(*id), field: None, builtin: false })
            }
        }
    }
}

impl Spot<'_> {
    /// Returns the type at a field.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        let field = self.of.field(name);
        if self.builtin && self.is_younger(name) {
            return None;
        }
        Some(Spot { of: self.of.at_key(name)?, field, builtin: self.builtin })
    }

    /// Returns the type of the items of a list.
    pub(super) fn items(self) -> Option<Self> {
        Some(Spot { of: self.of.items()?, field: None, builtin: self.builtin })
    }

    /// Returns the keys by which a list merges: none when its items are scalars, `None` when it
    /// does not merge.
    pub(super) fn merge_keys(self) -> Option<Vec<String>> {
        let patch = &self.field?.patch;
        if !patch.merge {
            return None;
        }
        match self.of.atom().list.as_ref().map(|list| &list.merge) {
            Some(Merge::Map(keys)) => Some(keys.iter().map(|key| key.name.clone()).collect()),
            _ => Some(patch.key.iter().cloned().collect()),
        }
    }

    fn is_younger(self, name: &str) -> bool {
        YOUNGER_FIELDS.contains(&name)
            || (name == "ports" && self.of.field("targetContainerName").is_some())
            || (name == "volumeMounts" && self.of.field("restartCount").is_some())
    }
}

/// Lists that merge, but were not there, or did not merge, in Kubernetes 1.21.
const YOUNGER_FIELDS: [&str; 7] = [
    "allocatedResourcesStatus",
    "hostIPs",
    "matchConditions",
    "resourceClaimStatuses",
    "resourceClaims",
    "schedulingGates",
    "x-kubernetes-validations",
];

fn builtin_type(api_version: &str, kind: &str) -> Option<TypeRef<'static>> {
    let (_, kinds) = KINDS.iter().find(|(known, _)| *known == api_version)?;
    kinds.split(' ').find(|known| *known == kind)?;
    let (group, version) = split_api_version(api_version);
    let same = || builtin(group, version, kind);
    // A version that is gone merges like the one that took its place.
    let group = if group == "extensions" { "networking.k8s.io" } else { group };
    let successor = || ["v1", "v2"].iter().find_map(|version| builtin(group, version, kind));
    // What is left are kinds of which only the metadata merges.
    same().or_else(successor).or_else(|| builtin("", "v1", "ConfigMap"))
}

/// The kinds that Kustomize knows.
const KINDS: [(&str, &str); 39] = [
    (
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiregistration.k8s.io/v1beta1", "APIService"),
    ("apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"),
    ("authentication.k8s.io/v1", "TokenRequest TokenReview"),
    ("authentication.k8s.io/v1beta1", "TokenReview"),
    (
        "authorization.k8s.io/v1",
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview \
         SubjectAccessReview",
    ),
    (
        "authorization.k8s.io/v1beta1",
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview \
         SubjectAccessReview",
    ),
    ("autoscaling/v1", "HorizontalPodAutoscaler Scale"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob Job"),
    ("batch/v1beta1", "CronJob"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest"),
    ("coordination.k8s.io/v1", "Lease"),
    ("coordination.k8s.io/v1beta1", "Lease"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice"),
    ("events.k8s.io/v1", "Event"),
    ("events.k8s.io/v1beta1", "Event"),
    ("extensions/v1beta1", "Ingress"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "Ingress IngressClass NetworkPolicy"),
    ("networking.k8s.io/v1beta1", "Ingress IngressClass"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("node.k8s.io/v1beta1", "RuntimeClass"),
    ("policy/v1", "PodDisruptionBudget"),
    ("policy/v1beta1", "Eviction PodDisruptionBudget PodSecurityPolicy"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass"),
    ("storage.k8s.io/v1", "CSIDriver CSINode StorageClass VolumeAttachment"),
    (
        "storage.k8s.io/v1beta1",
        "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment",
    ),
    (
        "v1",
        "Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node \
         PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController \
         ResourceQuota Secret Service ServiceAccount",
    ),
];
