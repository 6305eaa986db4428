//! Which fields the transformers change.

mod crds;
mod defaults;
mod spec;

use std::sync::Arc;

use serde_json::Value;

pub(super) use self::{
    crds::fields_of_crds,
    defaults::default_fields,
    spec::{Create, FieldPath, Spec, Text, set_entry, set_scalar, split_path},
};
use super::{
    decode::{FieldError, Mode, decode_root, record},
    manifest::FieldSpec,
    order::kind_rank,
    problem::{Outcome, problem},
};

/// Fields that name objects of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct References {
    pub(super) group: Text,
    pub(super) version: Text,
    pub(super) kind: Text,
    pub(super) fields: Vec<Spec>,
}

/// The fields that each transformer changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields {
    pub(super) name_prefix: Vec<Spec>,
    pub(super) name_suffix: Vec<Spec>,
    pub(super) namespace: Vec<Spec>,
    pub(super) common_labels: Vec<Spec>,
    pub(super) labels: Vec<Spec>,
    pub(super) template_labels: Vec<Spec>,
    pub(super) common_annotations: Vec<Spec>,
    pub(super) name_reference: Vec<References>,
    pub(super) var_reference: Vec<Spec>,
    pub(super) images: Vec<Spec>,
    pub(super) replicas: Vec<Spec>,
}

record! {
    /// A file of `configurations`.
    struct Configuration {
        name_prefix: Vec<FieldSpec> = "namePrefix",
        name_suffix: Vec<FieldSpec> = "nameSuffix",
        namespace: Vec<FieldSpec> = "namespace",
        common_labels: Vec<FieldSpec> = "commonLabels",
        labels: Vec<FieldSpec> = "labels",
        template_labels: Vec<FieldSpec> = "templateLabels",
        common_annotations: Vec<FieldSpec> = "commonAnnotations",
        name_reference: Vec<ReferenceFields> = "nameReference",
        var_reference: Vec<FieldSpec> = "varReference",
        images: Vec<FieldSpec> = "images",
        replicas: Vec<FieldSpec> = "replicas",
    }

    /// An entry of `nameReference`.
    struct ReferenceFields {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        fields: Vec<FieldSpec> = "fieldSpecs",
    }
}

impl Fields {
    /// Reads a file of `configurations`.
    pub(super) fn read(value: &Value) -> Result<Self, FieldError> {
        let file: Configuration = decode_root(value, Mode::Config)?;
        let specs = |list: &[FieldSpec]| list.iter().map(Spec::from).collect::<Vec<_>>();
        let references = |found: &ReferenceFields| References {
            group: found.group.clone().into(),
            version: found.version.clone().into(),
            kind: found.kind.clone().into(),
            fields: specs(&found.fields),
        };
        let mut fields = Self {
            name_prefix: specs(&file.name_prefix),
            name_suffix: specs(&file.name_suffix),
            namespace: specs(&file.namespace),
            common_labels: specs(&file.common_labels),
            labels: specs(&file.labels),
            template_labels: specs(&file.template_labels),
            common_annotations: specs(&file.common_annotations),
            name_reference: file.name_reference.iter().map(references).collect(),
            var_reference: specs(&file.var_reference),
            images: specs(&file.images),
            replicas: specs(&file.replicas),
        };
        fields.sort();
        Ok(fields)
    }

    /// Adds the fields of `other`.
    pub(super) fn merge(&mut self, other: &Self) -> Outcome<()> {
        merge_specs(&mut self.name_prefix, &other.name_prefix)?;
        merge_specs(&mut self.name_suffix, &other.name_suffix)?;
        merge_specs(&mut self.namespace, &other.namespace)?;
        merge_specs(&mut self.common_labels, &other.common_labels)?;
        merge_specs(&mut self.labels, &other.labels)?;
        merge_specs(&mut self.template_labels, &other.template_labels)?;
        merge_specs(&mut self.common_annotations, &other.common_annotations)?;
        merge_specs(&mut self.var_reference, &other.var_reference)?;
        merge_specs(&mut self.images, &other.images)?;
        merge_specs(&mut self.replicas, &other.replicas)?;
        for references in &other.name_reference {
            let same = |known: &&mut References| {
                known.group == references.group
                    && known.version == references.version
                    && known.kind == references.kind
            };
            match self.name_reference.iter_mut().find(same) {
                Some(known) => merge_specs(&mut known.fields, &references.fields)?,
                None => self.name_reference.push(references.clone()),
            }
        }
        self.sort();
        Ok(())
    }

    pub(in crate::kustomize) fn sort(&mut self) {
        for list in [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ] {
            list.sort_by_cached_key(|spec| kind_rank(&spec.group, &spec.version, &spec.kind));
        }
        self.name_reference
            .sort_by_cached_key(|found| kind_rank(&found.group, &found.version, &found.kind));
    }
}

/// Returns the fields of both.
pub(super) fn merged(left: Option<Arc<Fields>>, right: &Arc<Fields>) -> Outcome<Arc<Fields>> {
    // Most kustomizations have the built-in fields and nothing else.
    if Arc::ptr_eq(right, &default_fields()) && left.as_ref().is_none_or(|l| Arc::ptr_eq(l, right))
    {
        return Ok(Arc::clone(right));
    }
    match left {
        Some(left) if Arc::ptr_eq(&left, right) => Ok(left),
        left => {
            // A field of every kind goes where the same field of one kind comes before it.
            let mut fields = left.map(|left| Fields::clone(&left)).unwrap_or_default();
            fields.merge(right)?;
            Ok(Arc::new(fields))
        }
    }
}

/// Adds `incoming` to a list. A field that is known must be made, or not, in both.
pub(super) fn merge_specs(list: &mut Vec<Spec>, incoming: &[Spec]) -> Outcome<()> {
    for spec in incoming {
        let same = |known: &&Spec| {
            known.path == spec.path
                && (spec.kind.is_empty() || spec.kind == known.kind)
                && (spec.group.is_empty() || spec.group == known.group)
                && (spec.version.is_empty() || spec.version == known.version)
        };
        match list.iter().find(same) {
            Some(known) if known.create != spec.create => {
                let path = &spec.path;
                let text = format!("conflicting fieldspecs: {path} is both created and not");
                return Err(problem(text));
            }
            Some(_) => {}
            None => list.push(spec.clone()),
        }
    }
    Ok(())
}
