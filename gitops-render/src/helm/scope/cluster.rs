//! `.Capabilities` as templates see it.

use super::{Capabilities, HELM_VERSION, KubeVersion};
use crate::helm::value::{CallError, GoObject, Kind, Signature, Type, Value};

/// What `.Capabilities.HelmVersion` says beside the version: name in Go, name in JSON, text.
const BUILD: &[(&str, &str, &str)] = &[
    ("Version", "version", HELM_VERSION),
    ("GitCommit", "git_commit", "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff"),
    ("GitTreeState", "git_tree_state", "clean"),
    ("GoVersion", "go_version", "go1.27.2"),
    ("KubeClientVersion", "kube_client_version", "v1.37"),
];

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
            kube_version: Value::object(Kubernetes { version: capabilities.kube_version.clone() }),
            api_versions: Value::object(ApiVersions { list: api_versions }),
            helm_version: Value::object(Build),
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
}

/// `.Capabilities.KubeVersion`.
#[derive(Debug)]
struct Kubernetes {
    version: KubeVersion,
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
        Some(self.version.plain.clone().into_bytes())
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
struct Build;

impl GoObject for Build {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        BUILD.iter().map(|(name, _, text)| (*name, Value::text(*text))).collect()
    }

    fn to_json(&self) -> Option<Value> {
        Some(Value::map(BUILD.iter().map(|(_, name, text)| (*name, Value::text(*text)))))
    }
}
