//! Whose objects these are.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Object};

/// The label that says to which delivery a live object belongs, as kubectl's `ApplySet` writes it.
pub const OWNER_LABEL: &str = "applyset.kubernetes.io/part-of";

/// The identity of a delivery, written on every object that belongs to it.
///
/// The value is what kubectl computes for an `ApplySet`, so that its tools recognise the objects.
/// See <https://git.k8s.io/enhancements/keps/sig-cli/3659-kubectl-apply-prune>.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// Returns the owner whose inventory is the object of this name, namespace (empty for a
    /// cluster-wide object), kind and group.
    pub fn new(name: &str, namespace: &str, kind: &str, group: &str) -> Self {
        let digest = Digest::of(format!("{name}.{namespace}.{kind}.{group}"));
        Self(format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(digest.as_bytes())))
    }

    /// Returns the owner that is written on `object`, if one is.
    pub fn of(object: &Object) -> Option<Self> {
        object.label(OWNER_LABEL).map(Self::from_label)
    }

    /// Returns the owner that the value of the label names.
    pub fn from_label(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the value of the label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_kubectl() {
        let secret = Owner::new("my-set", "prod", "Secret", "");
        assert_eq!(secret.as_str(), "applyset-33jb7s1fLYA5Aiyr0Q3erXIf_pqlOUTv9GxRUYFRzNA-v1");
        let custom = Owner::new("platform", "", "GitOpsApp", "gitops.example.io");
        assert_eq!(custom.as_str(), "applyset-M3r2ykOCzB00aLh29kpoD_ZHlTHdw7kwS_le0t8PhNA-v1");
    }
}
