//! What a kustomization says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::decode::record;

record! {
    /// A whole kustomization file.
    struct Kustomization {
        api_version: String = "apiVersion",
        kind: String = "kind",
        metadata: Option<Metadata> = "metadata",
        openapi: BTreeMap<String, String> = "openapi",
        name_prefix: String = "namePrefix",
        name_suffix: String = "nameSuffix",
        namespace: String = "namespace",
        common_labels: Option<BTreeMap<String, String>> = "commonLabels",
        labels: Vec<Label> = "labels",
        common_annotations: BTreeMap<String, String> = "commonAnnotations",
        patches_strategic_merge: Option<Vec<String>> = "patchesStrategicMerge",
        patches_json6902: Option<Vec<Patch>> = "patchesJson6902",
        patches: Vec<Patch> = "patches",
        images: Vec<Image> = "images",
        image_tags: Option<Vec<Image>> = "imageTags",
        replacements: Vec<Replacement> = "replacements",
        replicas: Vec<Replica> = "replicas",
        vars: Option<Vec<Var>> = "vars",
        sort_options: Option<SortOptions> = "sortOptions",
        resources: Option<Vec<String>> = "resources",
        components: Vec<String> = "components",
        crds: Vec<String> = "crds",
        bases: Option<Vec<String>> = "bases",
        config_map_generator: Vec<Generator> = "configMapGenerator",
        secret_generator: Vec<Generator> = "secretGenerator",
        helm_globals: Option<HelmGlobals> = "helmGlobals",
        helm_charts: Vec<HelmChart> = "helmCharts",
        helm_chart_inflation_generator: Vec<HelmChartArgs> = "helmChartInflationGenerator",
        generator_options: Option<GeneratorOptions> = "generatorOptions",
        configurations: Vec<String> = "configurations",
        generators: Vec<String> = "generators",
        transformers: Vec<String> = "transformers",
        validators: Vec<String> = "validators",
        build_metadata: Vec<String> = "buildMetadata",
    }

    /// The names of a configuration.
    struct Metadata {
        name: String = "name",
        namespace: String = "namespace",
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
    }

    /// One entry of `labels`.
    struct Label {
        pairs: BTreeMap<String, String> = "pairs",
        include_selectors: bool = "includeSelectors",
        include_templates: bool = "includeTemplates",
        fields: Vec<FieldSpec> = "fields",
    }

    /// A field of some kinds.
    struct FieldSpec {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        path: String = "path",
        create: bool = "create",
    }

    /// One entry of `patches` and `patchesJson6902`.
    struct Patch {
        path: String = "path",
        patch: String = "patch",
        target: Option<Selector> = "target",
        options: Option<PatchOptions> = "options",
    }

    /// What a patch may change.
    struct PatchOptions {
        allow_name_change: bool = "allowNameChange",
        allow_kind_change: bool = "allowKindChange",
    }

    /// Which resources are meant.
    struct Selector {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        annotation_selector: String = "annotationSelector",
        label_selector: String = "labelSelector",
    }

    /// One entry of `images`.
    struct Image {
        name: String = "name",
        new_name: String = "newName",
        tag_suffix: String = "tagSuffix",
        new_tag: String = "newTag",
        digest: String = "digest",
    }

    /// One entry of `replicas`.
    struct Replica {
        name: String = "name",
        count: i64 = "count",
    }

    /// One entry of `replacements`.
    struct Replacement {
        source: Option<Source> = "source",
        source_value: Option<String> = "sourceValue",
        targets: Option<Vec<Option<Target>>> = "targets",
        path: String = "path",
    }

    /// Where a replacement takes its value from.
    struct Source {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        field_path: String = "fieldPath",
        options: Option<FieldOptions> = "options",
    }

    /// Where a replacement puts its value.
    struct Target {
        select: Option<Selector> = "select",
        reject: Vec<Option<Selector>> = "reject",
        field_paths: Vec<String> = "fieldPaths",
        options: Option<FieldOptions> = "options",
    }

    /// Which part of a field is meant.
    struct FieldOptions {
        delimiter: String = "delimiter",
        index: i64 = "index",
        encoding: String = "encoding",
        create: bool = "create",
    }

    /// One entry of `vars`.
    struct Var {
        name: String = "name",
        object: VarObject = "objref",
        field: VarField = "fieldref",
    }

    /// The object that a variable reads.
    struct VarObject {
        api_version: String = "apiVersion",
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
    }

    /// The field that a variable reads.
    struct VarField {
        path: String = "fieldPath",
    }

    /// The order of the output.
    struct SortOptions {
        order: String = "order",
        legacy: Option<LegacySortOptions> = "legacySortOptions",
    }

    /// Which kinds come first and last.
    struct LegacySortOptions {
        first: Vec<String> = "orderFirst",
        last: Vec<String> = "orderLast",
    }

    /// One entry of `configMapGenerator` or `secretGenerator`.
    struct Generator {
        namespace: String = "namespace",
        name: String = "name",
        behavior: String = "behavior",
        literals: Vec<String> = "literals",
        files: Vec<String> = "files",
        envs: Vec<String> = "envs",
        env: String = "env",
        options: Option<GeneratorOptions> = "options",
        /// Of a Secret.
        secret_type: String = "type",
        /// Of a configuration file.
        metadata: Metadata = "metadata",
    }

    /// What all charts share.
    struct HelmGlobals {
        chart_home: String = "chartHome",
        config_home: String = "configHome",
    }

    /// One entry of `helmCharts`.
    struct HelmChart {
        name: String = "name",
        version: String = "version",
        repo: String = "repo",
        release_name: String = "releaseName",
        namespace: String = "namespace",
        additional_values_files: Vec<String> = "additionalValuesFiles",
        values_file: String = "valuesFile",
        values_inline: Map<String, Value> = "valuesInline",
        values_merge: String = "valuesMerge",
        include_crds: bool = "includeCRDs",
        skip_hooks: bool = "skipHooks",
        api_versions: Vec<String> = "apiVersions",
        kube_version: String = "kubeVersion",
        name_template: String = "nameTemplate",
        skip_tests: bool = "skipTests",
        debug: bool = "debug",
        devel: bool = "devel",
    }

    /// One entry of the older `helmChartInflationGenerator`.
    struct HelmChartArgs {
        chart_name: String = "chartName",
        chart_version: String = "chartVersion",
        chart_repo_url: String = "chartRepoUrl",
        chart_home: String = "chartHome",
        chart_repo_name: String = "chartRepoName",
        helm_bin: String = "helmBin",
        helm_home: String = "helmHome",
        values: String = "values",
        values_local: Map<String, Value> = "valuesLocal",
        values_merge: String = "valuesMerge",
        release_name: String = "releaseName",
        release_namespace: String = "releaseNamespace",
        extra_args: Vec<String> = "extraArgs",
    }

    /// What generated objects get.
    struct GeneratorOptions {
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
        disable_name_suffix_hash: bool = "disableNameSuffixHash",
        immutable: bool = "immutable",
    }
}

const VERSION: &str = "kustomize.config.k8s.io/v1beta1";
/// The kind of a kustomization.
pub(super) const KUSTOMIZATION_KIND: &str = "Kustomization";
/// The kind of a component.
pub(super) const COMPONENT_KIND: &str = "Component";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

impl Kustomization {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        let bare = Self {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            ..Self::default()
        };
        *self == bare
    }

    /// Returns what to say about deprecated fields.
    pub(super) fn warnings(&self) -> Vec<String> {
        const FIX: &str = "Run 'kustomize edit fix' to update your Kustomization automatically.";
        let fields = [
            (self.bases.is_some(), "bases", "resources", ""),
            (self.common_labels.is_some(), "commonLabels", "labels", ""),
            (self.image_tags.is_some(), "imageTags", "images", ""),
            (self.patches_json6902.is_some(), "patchesJson6902", "patches", ""),
            (self.patches_strategic_merge.is_some(), "patchesStrategicMerge", "patches", ""),
            (self.vars.is_some(), "vars", "replacements", "[EXPERIMENTAL] "),
        ];
        let warning = |(_, old, new, note): (bool, &str, &str, &str)| {
            format!("# Warning: '{old}' is deprecated. Please use '{new}' instead. {note}{FIX}")
        };
        fields.into_iter().filter(|field| field.0).map(warning).collect()
    }

    /// Returns what is wrong with the kind or the version.
    pub(super) fn wrong_type(&self) -> Option<(&'static str, String)> {
        let version = match self.kind.as_str() {
            "" | KUSTOMIZATION_KIND => VERSION,
            COMPONENT_KIND => COMPONENT_VERSION,
            other => {
                let text = format!(
                    "kind should be {KUSTOMIZATION_KIND} or {COMPONENT_KIND}, found {other}"
                );
                return Some(("/kind", text));
            }
        };
        if self.api_version.is_empty() || self.api_version == version {
            return None;
        }
        let kind = if self.kind.is_empty() { KUSTOMIZATION_KIND } else { &self.kind };
        let text = format!("apiVersion for {kind} should be {version}, found {}", self.api_version);
        Some(("/apiVersion", text))
    }

    /// Folds deprecated fields into the ones that took their place.
    pub(super) fn fold_deprecated(&mut self) {
        if let Some(bases) = self.bases.take() {
            self.resources.get_or_insert_default().extend(bases);
        }
        self.images.extend(self.image_tags.take().unwrap_or_default());
        for generator in self.config_map_generator.iter_mut().chain(&mut self.secret_generator) {
            if !generator.env.is_empty() {
                generator.envs.push(std::mem::take(&mut generator.env));
            }
        }
    }
}

impl GeneratorOptions {
    /// Adds what `global` says where this says nothing.
    pub(super) fn or(mut self, global: Option<&Self>) -> Self {
        let Some(global) = global else { return self };
        for (key, value) in &global.labels {
            self.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, value) in &global.annotations {
            self.annotations.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        self.immutable |= global.immutable;
        self
    }
}
