//! Generators and transformers that are configured in files of their own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    accumulate::{Accumulated, Target, resources_of},
    config::Spec,
    decode::{Decode, Mode, decode_root, record},
    field_problem,
    generate::{chart, config_map, secret},
    manifest::{FieldSpec, Generator, Image, Metadata, Patch, Replacement, Replica, Selector},
    metadata::{Config, Place},
    node::{Mapping, Node},
    patch::Patcher,
    problem::{Outcome, problem},
    read_config, replacement,
    resource::Resource,
    steps::{Step, Transformer},
    transform::{End, Namespacer, Subjects, ValueAdd},
};

/// The configurations of `generators`, `transformers` or `validators`.
#[derive(Debug)]
pub(super) struct Plugins {
    configs: Vec<Resource>,
}

record! {
    /// A transformer that sets things at fields.
    struct FieldConfig {
        metadata: Metadata = "metadata",
        prefix: String = "prefix",
        suffix: String = "suffix",
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
        unset_only: bool = "unsetOnly",
        subjects: String = "setRoleBindingSubjects",
        replica: Replica = "replica",
        image: Image = "imageTag",
        fields: Option<Vec<FieldSpec>> = "fieldSpecs",
    }

    /// A transformer that patches.
    struct PatchConfig {
        path: String = "path",
        json: String = "jsonOp",
        target: Option<Selector> = "target",
        paths: Vec<String> = "paths",
        patches: String = "patches",
    }

    /// A transformer that copies values.
    struct ReplacementConfig {
        replacements: Vec<Replacement> = "replacements",
    }

    /// A generator of accounts of a cloud.
    struct IamPolicy {
        cloud: String = "cloud",
        kubernetes: IamName = "kubernetesService",
        account: IamName = "serviceAccount",
    }

    /// A name in a cloud.
    struct IamName {
        name: String = "name",
        namespace: String = "namespace",
        project: String = "projectId",
    }
}

impl Plugins {
    /// Reads the configurations: inline, in files, or made by kustomizations.
    pub(super) fn load(target: &Target<'_>, field: &str, entries: &[String]) -> Outcome<Self> {
        let mut sum = Accumulated::default();
        let mut files = Vec::new();
        let here = target.loader.display(&target.file);
        for (index, entry) in entries.iter().enumerate() {
            let pointer = format!("/{field}/{index}");
            let Ok(mut inline) = resources_of(&here, entry.as_bytes()) else {
                files.push((pointer, entry));
                continue;
            };
            for resource in &mut inline {
                resource.at = target.place(&pointer);
                let origin = target.origin.as_ref();
                resource.provenance.origin = origin.map(|origin| origin.below(&target.file));
            }
            sum.set.append(inline).map_err(|err| target.at(&pointer, err))?;
        }
        for (pointer, entry) in files {
            target.resource(&mut sum, entry).map_err(|err| target.at(&pointer, err))?;
        }
        Ok(Self { configs: sum.set.list })
    }

    /// Makes what the generators describe.
    pub(super) fn generate(&self, target: &Target<'_>) -> Outcome<Vec<Resource>> {
        let mut made = Vec::new();
        for config in &self.configs {
            let found = generate(config, target)
                .map_err(|err| err.within(|| config.id().to_string()).at(|| config.at.clone()))?;
            for mut resource in found {
                resource.at = config.at.clone();
                resource.provenance.origin = place(config);
                made.push(resource);
            }
        }
        Ok(made)
    }

    /// Returns the transformers that are described.
    pub(super) fn transformers(&self, target: &Target<'_>) -> Outcome<Vec<Step>> {
        let mut steps = Vec::new();
        for config in &self.configs {
            let found = transformer(config, target)
                .map_err(|err| err.within(|| config.id().to_string()).at(|| config.at.clone()))?;
            for transformer in found {
                let (place, at) = (place(config), config.at.clone());
                steps.push(Step { transformer, place, at });
            }
        }
        Ok(steps)
    }
}

fn place(config: &Resource) -> Option<Place> {
    let origin = config.provenance.origin.as_ref()?;
    let by = Config {
        api_version: config.api_version().to_owned(),
        kind: config.kind().to_owned(),
        name: config.name().to_owned(),
        namespace: config.namespace().to_owned(),
    };
    Some(Place { configured_by: Some(by), ..origin.configured("") })
}

fn builtin_kind(config: &Resource) -> Outcome<&str> {
    if config.api_version() == "builtin" {
        return Ok(config.kind());
    }
    let kind = config.kind();
    Err(problem(format!("only built-in plugins run here: unable to load external plugin {kind:?}")))
}

fn read<T: Decode>(value: &Value) -> Outcome<T> {
    decode_root(value, Mode::Lenient).map_err(|err| problem(err.text))
}

fn generate(config: &Resource, target: &Target<'_>) -> Outcome<Vec<Resource>> {
    let value = config.node.to_value()?;
    let kind = builtin_kind(config)?;
    let make = match kind {
        "ConfigMapGenerator" => config_map,
        "SecretGenerator" => secret,
        "IAMPolicyGenerator" => return iam_policy(&read(&value)?, config).map(|made| vec![made]),
        "HelmChartInflationGenerator" => {
            return chart(target, &read(&value)?, &read(&value)?);
        }
        _ => return Err(problem(format!("unable to load builtin generator {kind}"))),
    };
    let mut generator: Generator = read(&value)?;
    if generator.name.is_empty() {
        generator.name.clone_from(&generator.metadata.name);
    }
    if generator.namespace.is_empty() {
        generator.namespace.clone_from(&generator.metadata.namespace);
    }
    let options = generator.options.clone().unwrap_or_default();
    make(&generator, &options, &target.loader, &target.file).map(|made| vec![made])
}

fn iam_policy(policy: &IamPolicy, config: &Resource) -> Outcome<Resource> {
    if policy.cloud != "gke" {
        return Err(problem(format!("cloud provider {} not supported yet", policy.cloud)));
    }
    let account =
        format!("{}@{}.iam.gserviceaccount.com", policy.account.name, policy.account.project);
    let annotation = ("iam.gke.io/gcp-service-account".to_owned(), Node::string(account));
    let annotations = Node::Map(Mapping::of(vec![annotation]));
    let mut meta = vec![
        ("annotations".to_owned(), annotations),
        ("name".to_owned(), Node::untyped(&*policy.kubernetes.name)),
    ];
    if !policy.kubernetes.namespace.is_empty() {
        meta.push(("namespace".to_owned(), Node::untyped(&*policy.kubernetes.namespace)));
    }
    let entries = vec![
        ("apiVersion".to_owned(), Node::string("v1")),
        ("kind".to_owned(), Node::string("ServiceAccount")),
        ("metadata".to_owned(), Node::Map(Mapping::of(meta))),
    ];
    Ok(Resource::new(Node::Map(Mapping::of(entries)), config.at.clone()))
}

fn transformer(config: &Resource, target: &Target<'_>) -> Outcome<Vec<Transformer>> {
    let value = config.node.to_value()?;
    let kind = builtin_kind(config)?;
    let (loader, file) = (&target.loader, &target.file);
    let one = match kind {
        "PatchTransformer" => {
            let patch: Patch = read(&value)?;
            Transformer::Patch(Patcher::new(&patch, loader, file)?)
        }
        "PatchJson6902Transformer" => {
            let PatchConfig { path, json, target, .. } = read(&value)?;
            let patch = Patch { path, patch: json, target, options: None };
            Transformer::Patch(Patcher::json(&patch, loader)?)
        }
        "PatchStrategicMergeTransformer" => {
            let PatchConfig { paths, patches, .. } = read(&value)?;
            if paths.is_empty() && patches.is_empty() {
                return Err(problem("empty file path and empty patch content"));
            }
            Transformer::Patch(Patcher::legacy(&paths, &patches, loader, file)?)
        }
        "ReplacementTransformer" => {
            let ReplacementConfig { replacements } = read(&value)?;
            Transformer::Replacements(replacement::load(&replacements, loader)?)
        }
        "ValueAddTransformer" => Transformer::ValueAdd(value_add(&value, target)?),
        "HashTransformer" => Transformer::Hash,
        _ => return field_transformer(kind, read(&value)?),
    };
    Ok(vec![one])
}

fn value_add(value: &Value, target: &Target<'_>) -> Outcome<ValueAdd> {
    let loader = &target.loader;
    let mut add: ValueAdd = read(value)?;
    add.value = add.value.trim().to_owned();
    if add.value.is_empty() {
        loader.name().clone_into(&mut add.value);
    }
    if !add.target_file.is_empty() {
        let bytes = loader.read(&add.target_file)?;
        let path = loader.display(&add.target_file);
        let value = read_config(&path, &bytes)?;
        let more: ValueAdd =
            decode_root(&value, Mode::Lenient).map_err(|err| field_problem(&path, &bytes, &err))?;
        add.targets.extend(more.targets);
    }
    add.check()?;
    Ok(add)
}

fn field_transformer(kind: &str, config: FieldConfig) -> Outcome<Vec<Transformer>> {
    let given = config.fields.is_some();
    let fields: Vec<Spec> = config.fields.iter().flatten().map(Spec::from).collect();
    let needed = || match given {
        true => Ok(()),
        false => Err(problem("fieldSpecs is missing")),
    };
    Ok(vec![match kind {
        "PrefixTransformer" => {
            needed()?;
            Transformer::Rename { text: config.prefix, end: End::Prefix, fields }
        }
        "SuffixTransformer" => {
            needed()?;
            Transformer::Rename { text: config.suffix, end: End::Suffix, fields }
        }
        "PrefixSuffixTransformer" => {
            let end = End::Prefix;
            let first = Transformer::Rename { text: config.prefix, end, fields: fields.clone() };
            let second = Transformer::Rename { text: config.suffix, end: End::Suffix, fields };
            return Ok(vec![first, second]);
        }
        "LabelTransformer" => Transformer::Pairs { pairs: config.labels, fields },
        "AnnotationsTransformer" => Transformer::Pairs { pairs: config.annotations, fields },
        "NamespaceTransformer" => Transformer::Namespace(Namespacer {
            namespace: config.metadata.namespace,
            fields,
            subjects: Subjects::read(&config.subjects)?,
            unset_only: config.unset_only,
        }),
        "ReplicaCountTransformer" => Transformer::Replicas { replica: config.replica, fields },
        "ImageTagTransformer" => Transformer::Images { image: config.image, fields },
        other => return Err(problem(format!("unable to load builtin transformer {other}"))),
    }])
}
