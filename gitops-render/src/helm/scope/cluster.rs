//! `.Capabilities` as templates see it.

use super::{Capabilities, HelmBuild, KubeVersion};
use crate::helm::value::{CallError, GoObject, Kind, Signature, Type, Value};

const TEXT: Signature = Signature { params: &[], variadic: false, result: Type::Str };

/// `.Capabilities`.
#[derive(Debug)]
pub(super) struct Cluster {
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

impl Cluster {
    pub(super) fn new(capabilities: &Capabilities) -> Self {
        let api_versions = Value::strings(&capabilities.api_versions);
        Self {
            kube_version: Value::object(Kubernetes {
                version: capabilities.kube_version.clone(),
                in_place: true,
            }),
            api_versions: Value::object(ApiVersions { list: api_versions }),
            helm_version: Value::object(Build(capabilities.helm.clone())),
        }
    }
}

impl GoObject for Cluster {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", self.kube_version.clone()),
            ("APIVersions", self.api_versions.clone()),
            ("HelmVersion", self.helm_version.clone()),
        ]
    }

    fn deep_copied(&self) -> Option<Value> {
        let Value::Object(kubernetes) = &self.kube_version else { return None };
        Some(Value::object(Self {
            kube_version: kubernetes.deep_copied()?,
            api_versions: self.api_versions.clone(),
            helm_version: self.helm_version.clone(),
        }))
    }
}

/// `.Capabilities.KubeVersion`.
#[derive(Debug)]
struct Kubernetes {
    version: KubeVersion,
    /// Whether it is the field itself and no copy.
    in_place: bool,
}

impl GoObject for Kubernetes {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::text(&self.version.full)),
            ("normalizedVersion", Value::text(&self.version.plain)),
            ("Major", Value::text(&self.version.major)),
            ("Minor", Value::text(&self.version.minor)),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        matches!(name, "String" | "GitVersion").then_some(TEXT)
    }

    fn call(&self, name: &str, _: &[Value]) -> Result<Value, CallError> {
        match name {
            "String" => Ok(Value::text(&self.version.plain)),
            "GitVersion" => Ok(Value::text(&self.version.full)),
            _ => Err(CallError::new(format!("no method {name}"))),
        }
    }

    fn print_in_place(&self) -> Option<Vec<u8>> {
        self.in_place.then(|| self.version.plain.clone().into_bytes())
    }

    fn copied(&self) -> Option<Value> {
        let version = self.version.clone();
        self.in_place.then(|| Value::object(Self { version, in_place: false }))
    }

    fn deep_copied(&self) -> Option<Value> {
        let version = KubeVersion { plain: String::new(), ..self.version.clone() };
        Some(Value::object(Self { version, in_place: false }))
    }
}

/// `.Capabilities.APIVersions`.
#[derive(Debug)]
struct ApiVersions {
    list: Value,
}

impl GoObject for ApiVersions {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let has = Signature { params: &[Type::Str], variadic: false, result: Type::Bool };
        (name == "Has").then_some(has)
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        match (name, args, &self.list) {
            ("Has", [wanted], Value::List(list)) => {
                let found = list.iter().any(|known| known.as_bytes() == wanted.as_bytes());
                Ok(Value::Bool(found))
            }
            _ => Err(CallError::new(format!("no method {name}"))),
        }
    }

    fn view(&self) -> Option<Value> {
        Some(self.list.clone())
    }
}

/// `.Capabilities.HelmVersion`.
#[derive(Debug)]
struct Build(HelmBuild);

impl GoObject for Build {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.parts().into_iter().map(|(name, _, text)| (name, Value::text(text))).collect()
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let parts = self.parts().into_iter();
        let parts =
            parts.filter(|(name, _, text)| *name == "KubeClientVersion" || !text.is_empty());
        parts.map(|(_, name, text)| (name, Value::text(text))).collect()
    }
}

impl Build {
    // Name in Go, name in JSON, text.
    fn parts(&self) -> [(&'static str, &'static str, &str); 5] {
        [
            ("Version", "version", &self.0.version),
            ("GitCommit", "git_commit", &self.0.git_commit),
            ("GitTreeState", "git_tree_state", &self.0.git_tree_state),
            ("GoVersion", "go_version", &self.0.go_version),
            ("KubeClientVersion", "kube_client_version", &self.0.kube_client_version),
        ]
    }
}
