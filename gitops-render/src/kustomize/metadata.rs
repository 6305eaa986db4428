//! Where a resource came from and what changed it, for those who ask for it.

use super::{clean_join, node::Node, resource::Resource};

/// The annotation that says where a resource came from.
pub(super) const ORIGIN_ANNOTATION: &str = "config.kubernetes.io/origin";
/// The annotation that says what changed a resource.
pub(super) const TRANSFORMATIONS_ANNOTATION: &str = "alpha.config.kubernetes.io/transformations";
/// The label that says which tool made the output.
pub(super) const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// What that label says.
pub(super) const MANAGED_BY: &str = "kustomize-v5.8.1";

/// The annotations that only have a meaning during a build.
const BUILD_ANNOTATIONS: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "kustomize.config.k8s.io/helm-generated",
];

/// A place that a resource came from, or what changed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: String,
    /// The repository and the reference, where it is not that of the first kustomization.
    pub(super) repository: String,
    pub(super) reference: String,
    pub(super) configured_in: String,
    pub(super) configured_by: Option<Config>,
}

/// The name of a generator or transformer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
}

/// Where a resource came from and what changed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Provenance {
    pub(super) origin: Option<Place>,
    pub(super) transformations: Vec<Place>,
}

impl Place {
    /// Returns the place of a path from here.
    pub(super) fn below(&self, path: &str) -> Self {
        Self { path: clean_join(&self.path, path), ..self.clone() }
    }

    /// Returns the place of a built-in generator or transformer of the kustomization `file` here.
    pub(super) fn builtin(&self, file: &str, kind: &str) -> Self {
        let config = Config {
            api_version: "builtin".to_owned(),
            kind: kind.to_owned(),
            ..Config::default()
        };
        Self { configured_by: Some(config), ..self.configured(file) }
    }

    /// Returns the place of what a file here configures.
    pub(super) fn configured(&self, file: &str) -> Self {
        let configured_in = clean_join(&self.path, file);
        Self { path: String::new(), configured_in, ..self.clone() }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |indent: &str, key: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("{indent}{key}: {value}"));
            }
        };
        line("", "path", &self.path);
        line("", "repo", &self.repository);
        line("", "ref", &self.reference);
        line("", "configuredIn", &self.configured_in);
        if let Some(config) = &self.configured_by {
            lines.push("configuredBy:".to_owned());
            let mut line = |indent: &str, key: &str, value: &str| {
                if !value.is_empty() {
                    lines.push(format!("{indent}{key}: {value}"));
                }
            };
            line("  ", "apiVersion", &config.api_version);
            line("  ", "kind", &config.kind);
            line("  ", "name", &config.name);
            line("  ", "namespace", &config.namespace);
        }
        lines
    }
}

impl Resource {
    /// Takes away what only the build needs and adds what `build_metadata` asks for.
    pub(super) fn finish_annotations(&mut self, build_metadata: &[String]) {
        let asked = |option: &str| build_metadata.iter().any(|found| found == option);
        let (origins, transformers) = (asked("originAnnotations"), asked("transformerAnnotations"));
        let annotations = self.node.find(&["metadata", "annotations"]);
        let empty = annotations.is_none_or(Node::is_empty);
        if empty && annotations.is_none() && !origins && !transformers {
            return;
        }
        let mut pairs: Vec<(String, String)> = self
            .pairs("annotations")
            .into_iter()
            .filter(|(key, _)| !BUILD_ANNOTATIONS.contains(key))
            .filter(|(key, _)| origins || *key != ORIGIN_ANNOTATION)
            .filter(|(key, _)| transformers || *key != TRANSFORMATIONS_ANNOTATION)
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let text = |lines: Vec<String>| lines.into_iter().map(|line| line + "\n").collect();
        if let Some(origin) = self.provenance.origin.as_ref().filter(|_| origins) {
            pairs.retain(|(key, _)| key != ORIGIN_ANNOTATION);
            pairs.push((ORIGIN_ANNOTATION.to_owned(), text(origin.lines())));
        }
        let changes = &self.provenance.transformations;
        if transformers && !changes.is_empty() {
            let mut lines = Vec::new();
            for change in changes {
                for (index, line) in change.lines().into_iter().enumerate() {
                    let lead = if index == 0 { "- " } else { "  " };
                    lines.push(format!("{lead}{line}"));
                }
            }
            pairs.retain(|(key, _)| key != TRANSFORMATIONS_ANNOTATION);
            pairs.push((TRANSFORMATIONS_ANNOTATION.to_owned(), text(lines)));
        }
        self.set_pairs("annotations", pairs);
    }
}
