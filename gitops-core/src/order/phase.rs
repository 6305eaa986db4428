//! What a kind needs to be there before it.

use crate::ObjectId;

/// What a kind needs to be there before it; earlier phases are written first.
///
/// The order follows Helm's and kapp's: definitions before what they define, permissions and
/// configuration before what uses them, and what can refuse or divert other writes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Namespaces and custom resource definitions: nothing in them can be before they are.
    Foundation,
    /// Classes, quotas and policies: they shape what comes later.
    Policy,
    /// Accounts, roles, configuration and volumes: workloads name them.
    Configuration,
    /// Services: workloads find each other through them.
    Service,
    /// Pods and what makes them.
    Workload,
    /// Custom resources: the controllers that serve them are workloads.
    Custom,
    /// Routes, aggregated APIs and admission: they may refuse or divert requests.
    Gate,
}

impl Phase {
    /// Returns the phase of an object.
    pub fn of(id: &ObjectId) -> Self {
        match (id.group.as_str(), id.kind.as_str()) {
            ("", kind) => Self::of_core(kind),
            ("apiextensions.k8s.io", _) => Self::Foundation,
            ("policy" | "scheduling.k8s.io" | "node.k8s.io" | "storage.k8s.io", _)
            | ("networking.k8s.io", "NetworkPolicy" | "IngressClass") => Self::Policy,
            ("rbac.authorization.k8s.io", _) => Self::Configuration,
            ("discovery.k8s.io", _) => Self::Service,
            (
                "apiregistration.k8s.io" | "admissionregistration.k8s.io" | "networking.k8s.io",
                _,
            ) => Self::Gate,
            ("apps" | "batch" | "autoscaling", _) => Self::Workload,
            (group, _) if group.ends_with(".k8s.io") && !group.ends_with("x-k8s.io") => {
                Self::Policy
            }
            _ => Self::Custom,
        }
    }

    fn of_core(kind: &str) -> Self {
        match kind {
            "Namespace" => Self::Foundation,
            "ResourceQuota" | "LimitRange" => Self::Policy,
            "ServiceAccount"
            | "Secret"
            | "ConfigMap"
            | "PersistentVolume"
            | "PersistentVolumeClaim" => Self::Configuration,
            "Service" | "Endpoints" => Self::Service,
            _ => Self::Workload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first() {
        let phase = |group: &str, kind: &str| {
            let (group, kind) = (group.to_owned(), kind.to_owned());
            Phase::of(&ObjectId { group, kind, namespace: None, name: "x".to_owned() })
        };
        let order = [
            phase("", "Namespace"),
            phase("storage.k8s.io", "StorageClass"),
            phase("", "ConfigMap"),
            phase("", "Service"),
            phase("apps", "Deployment"),
            phase("example.org", "Widget"),
            phase("networking.k8s.io", "Ingress"),
        ];
        assert!(order.is_sorted() && order.windows(2).all(|pair| pair[0] != pair[1]), "{order:?}");
    }
}
