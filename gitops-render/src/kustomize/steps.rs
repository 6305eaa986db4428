//! The transformers of a kustomization, in the order in which they work.

use std::collections::BTreeMap;

use gitops_core::Origin;

use super::{
    accumulate::Target,
    config::{Fields, Spec},
    hash,
    manifest::{Image, Replacement, Replica},
    metadata::Place,
    patch::{Patcher, Schema},
    plugin::Plugins,
    problem::Outcome,
    replacement,
    set::Set,
    transform::{
        End, Namespacer, ValueAdd, label_fields, rename, set_images, set_pairs, set_replicas,
    },
};

/// One transformer, ready to work.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) transformer: Transformer,
    /// What it is called where provenance is asked for.
    pub(super) place: Option<Place>,
    /// Where it was written.
    pub(super) at: Origin,
}

/// What changes resources.
#[derive(Debug)]
pub(super) enum Transformer {
    Patch(Patcher),
    Namespace(Namespacer),
    Rename { text: String, end: End, fields: Vec<Spec> },
    Pairs { pairs: BTreeMap<String, String>, fields: Vec<Spec> },
    Replicas { replica: Replica, fields: Vec<Spec> },
    Images { image: Image, fields: Vec<Spec> },
    Replacements(Vec<Replacement>),
    ValueAdd(ValueAdd),
    Hash,
}

impl Transformer {
    /// Changes the resources.
    pub(super) fn apply(&self, set: &mut Set, schema: &Schema) -> Outcome<()> {
        match self {
            Self::Patch(patcher) => patcher.apply(set, schema),
            Self::Namespace(namespacer) => namespacer.apply(set),
            Self::Rename { text, end, fields } => rename(set, text, *end, fields),
            Self::Pairs { pairs, fields } => set_pairs(set, pairs, fields),
            Self::Replicas { replica, fields } => set_replicas(set, replica, fields),
            Self::Images { image, fields } => set_images(set, image, fields),
            Self::Replacements(replacements) => replacement::apply(set, replacements),
            Self::ValueAdd(value) => value.apply(set),
            Self::Hash => add_hashes(set),
        }
    }
}

/// Adds the hash to the names of generated objects.
pub(super) fn add_hashes(set: &mut Set) -> Outcome<()> {
    for resource in &mut set.list {
        if resource.needs_hash {
            let name = format!("{}-{}", resource.name(), hash::suffix(resource)?);
            resource.remember_id();
            resource.set_name(&name);
        }
    }
    Ok(())
}

/// Returns the steps of a kustomization.
pub(super) fn steps(target: &Target<'_>, fields: &Fields) -> Outcome<Vec<Step>> {
    let mut list = List { target, steps: Vec::new() };
    list.patches()?;
    list.names(fields);
    list.pairs(fields)?;
    list.others(fields)?;
    let mut steps = list.steps;
    let files = &target.manifest.transformers;
    steps.extend(Plugins::load(target, "transformers", files)?.transformers(target)?);
    Ok(steps)
}

struct List<'a, 'b> {
    target: &'a Target<'b>,
    steps: Vec<Step>,
}

impl List<'_, '_> {
    fn add(&mut self, kind: &str, pointer: &str, transformer: Transformer) {
        let place = self.target.builtin(kind);
        self.steps.push(Step { transformer, place, at: self.target.place(pointer) });
    }

    fn patches(&mut self) -> Outcome<()> {
        let target = self.target;
        let (loader, file) = (&target.loader, &target.file);
        if let Some(entries) = target.manifest.patches_strategic_merge.as_ref()
            && !entries.is_empty()
        {
            let pointer = "/patchesStrategicMerge";
            let patcher = Patcher::legacy(entries, "", loader, file)
                .map_err(|err| target.at(pointer, err))?;
            let transformer = Transformer::Patch(patcher);
            self.add("PatchStrategicMergeTransformer", pointer, transformer);
        }
        for (index, patch) in target.manifest.patches.iter().enumerate() {
            let pointer = format!("/patches/{index}");
            let patcher =
                Patcher::new(patch, loader, file).map_err(|err| target.at(&pointer, err))?;
            self.add("PatchTransformer", &pointer, Transformer::Patch(patcher));
        }
        Ok(())
    }

    fn names(&mut self, fields: &Fields) {
        let manifest = &self.target.manifest;
        if !manifest.namespace.is_empty() {
            let namespacer = Namespacer {
                namespace: manifest.namespace.clone(),
                fields: fields.namespace.clone(),
                ..Namespacer::default()
            };
            self.add("NamespaceTransformer", "/namespace", Transformer::Namespace(namespacer));
        }
        for (kind, pointer, text, end, fields) in [
            (
                "PrefixTransformer",
                "/namePrefix",
                &manifest.name_prefix,
                End::Prefix,
                &fields.name_prefix,
            ),
            (
                "SuffixTransformer",
                "/nameSuffix",
                &manifest.name_suffix,
                End::Suffix,
                &fields.name_suffix,
            ),
        ] {
            if !text.is_empty() {
                let transformer =
                    Transformer::Rename { text: text.clone(), end, fields: fields.clone() };
                self.add(kind, pointer, transformer);
            }
        }
    }

    fn pairs(&mut self, fields: &Fields) -> Outcome<()> {
        let target = self.target;
        let manifest = &target.manifest;
        for (index, label) in manifest.labels.iter().enumerate() {
            let pointer = format!("/labels/{index}");
            let fields = label_fields(label, fields).map_err(|err| target.at(&pointer, err))?;
            let transformer = Transformer::Pairs { pairs: label.pairs.clone(), fields };
            self.add("LabelTransformer", &pointer, transformer);
        }
        let common = manifest.common_labels.clone().unwrap_or_default();
        if !manifest.labels.is_empty() || !common.is_empty() {
            let fields = fields.common_labels.clone();
            let transformer = Transformer::Pairs { pairs: common, fields };
            self.add("LabelTransformer", "/commonLabels", transformer);
        }
        if !manifest.common_annotations.is_empty() {
            let pairs = manifest.common_annotations.clone();
            let fields = fields.common_annotations.clone();
            let transformer = Transformer::Pairs { pairs, fields };
            self.add("AnnotationsTransformer", "/commonAnnotations", transformer);
        }
        Ok(())
    }

    fn others(&mut self, fields: &Fields) -> Outcome<()> {
        let target = self.target;
        let manifest = &target.manifest;
        for (index, patch) in manifest.patches_json6902.iter().flatten().enumerate() {
            let pointer = format!("/patchesJson6902/{index}");
            let patcher =
                Patcher::json(patch, &target.loader).map_err(|err| target.at(&pointer, err))?;
            self.add("PatchJson6902Transformer", &pointer, Transformer::Patch(patcher));
        }
        for (index, replica) in manifest.replicas.iter().enumerate() {
            let fields = fields.replicas.clone();
            let transformer = Transformer::Replicas { replica: replica.clone(), fields };
            self.add("ReplicaCountTransformer", &format!("/replicas/{index}"), transformer);
        }
        for (index, image) in manifest.images.iter().enumerate() {
            let fields = fields.images.clone();
            let transformer = Transformer::Images { image: image.clone(), fields };
            self.add("ImageTagTransformer", &format!("/images/{index}"), transformer);
        }
        if !manifest.replacements.is_empty() {
            let pointer = "/replacements";
            let replacements = replacement::load(&manifest.replacements, &target.loader)
                .map_err(|err| target.at(pointer, err))?;
            let transformer = Transformer::Replacements(replacements);
            self.add("ReplacementTransformer", pointer, transformer);
        }
        Ok(())
    }
}
