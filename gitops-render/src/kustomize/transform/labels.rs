//! `labels`, `commonLabels` and `commonAnnotations`.

use std::collections::BTreeMap;

use super::super::{
    config::{Create, Fields, Spec, merge_specs, set_entry},
    manifest::Label,
    problem::Outcome,
    set::Set,
};

/// Sets every pair at every field.
pub(in crate::kustomize) fn set_pairs(
    set: &mut Set,
    pairs: &BTreeMap<String, String>,
    fields: &[Spec],
) -> Outcome<()> {
    for resource in &mut set.list {
        for (key, value) in pairs {
            for spec in fields {
                spec.apply(&mut resource.node, Create::Map, &mut |node| {
                    set_entry(node, key, value)
                })?;
            }
        }
    }
    Ok(())
}

/// Returns the fields that an entry of `labels` sets.
pub(in crate::kustomize) fn label_fields(label: &Label, fields: &Fields) -> Outcome<Vec<Spec>> {
    let mut specs: Vec<Spec> = label.fields.iter().map(Spec::from).collect();
    merge_specs(&mut specs, &fields.labels)?;
    if label.include_selectors {
        merge_specs(&mut specs, &fields.common_labels)?;
        return Ok(specs);
    }
    if label.include_templates {
        merge_specs(&mut specs, &fields.template_labels)?;
    }
    merge_specs(&mut specs, &[Spec::everywhere("metadata/labels", true)])?;
    Ok(specs)
}
