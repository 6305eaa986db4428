//! What the cluster can do, as given or as Helm assumes it.

use crate::helm::text::go_quote;

/// The Helm version whose output is reproduced.
pub const HELM_VERSION: &str = "v4.3.1";

/// What the cluster can do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// The API versions that are served: `group/version`, or `group/version/Kind`.
    pub api_versions: Vec<String>,
    /// The Helm that templates believe to be rendered by.
    pub helm: HelmBuild,
}

/// What `.Capabilities.HelmVersion` says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HelmBuild {
    /// The version.
    pub version: String,
    /// The commit it was built from.
    pub git_commit: String,
    /// Whether there was more than that commit.
    pub git_tree_state: String,
    /// The version of Go that it was built with.
    pub go_version: String,
    /// The version of its client for Kubernetes.
    pub kube_client_version: String,
}

impl Default for HelmBuild {
    /// The program whose output is reproduced.
    fn default() -> Self {
        Self {
            version: HELM_VERSION.to_owned(),
            git_commit: "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff".to_owned(),
            git_tree_state: "clean".to_owned(),
            go_version: "go1.27.2".to_owned(),
            kube_client_version: "v1.37".to_owned(),
        }
    }
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubeVersion {
    pub(in crate::helm) full: String,
    pub(in crate::helm) plain: String,
    pub(in crate::helm) major: String,
    pub(in crate::helm) minor: String,
}

impl KubeVersion {
    /// Reads a version such as `1.31`, `v1.31.0` or `v1.30.4-gke.100`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in Helm's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = text.trim_start();
        let digits = digits.strip_prefix('v').unwrap_or(digits);
        let end = digits.find(|char: char| !char.is_ascii_digit() && char != '.');
        let numbers = digits[..end.unwrap_or(digits.len())].trim_end_matches('.');
        // Two dots in a row end the numbers.
        let numbers = numbers.split("..").next().unwrap_or_default();
        if numbers.is_empty() || numbers.starts_with('.') {
            return Err(format!("could not parse {} as version", go_quote(text)));
        }
        let parts: Vec<&str> = numbers.split('.').collect();
        let [first, second, ..] = parts[..] else {
            return Err(format!("illegal version string {}", go_quote(text)));
        };
        if first.starts_with('0') && first != "0" {
            let (first, text) = (go_quote(first), go_quote(text));
            return Err(format!("illegal zero-prefixed version component {first} in {text}"));
        }
        let mut plain = String::from("v");
        for (index, part) in parts.iter().enumerate() {
            let number: u64 = part.parse().map_err(|_| {
                let (part, text) = (go_quote(part), go_quote(text));
                format!(
                    "illegal non-numeric version component {part} in {text}: strconv.ParseUint: \
                     parsing {part}: value out of range"
                )
            })?;
            if 0 < index {
                plain.push('.');
            }
            plain.push_str(&number.to_string());
        }
        let trimmed = |part: &str| {
            let digits = part.trim_start_matches('0');
            if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
        };
        let full = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Ok(Self { full, plain, major: trimmed(first), minor: trimmed(second) })
    }

    /// Returns the version as it was given, with a `v` before it.
    pub fn as_str(&self) -> &str {
        &self.full
    }
}

impl Default for KubeVersion {
    fn default() -> Self {
        let version = || "v1.37.0".to_owned();
        Self { full: version(), plain: version(), major: "1".to_owned(), minor: "37".to_owned() }
    }
}

impl Default for Capabilities {
    /// What Helm assumes where there is no cluster.
    fn default() -> Self {
        let api_versions = API_VERSIONS.iter().map(|version| (*version).to_owned()).collect();
        Self { kube_version: KubeVersion::default(), api_versions, helm: HelmBuild::default() }
    }
}

/// The API versions that Helm assumes, in its order.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];
