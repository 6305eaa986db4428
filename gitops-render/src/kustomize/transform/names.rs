//! `namePrefix` and `nameSuffix`.

use super::super::{
    config::{Create, Spec, set_scalar},
    id::Id,
    node::Node,
    problem::Outcome,
    scalar::Tag,
    set::Set,
};

/// Which end of a name gets the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kustomize) enum End {
    Prefix,
    Suffix,
}

/// Adds `text` to the names.
pub(in crate::kustomize) fn rename(
    set: &mut Set,
    text: &str,
    end: End,
    fields: &[Spec],
) -> Outcome<()> {
    for resource in &mut set.list {
        let id = resource.original_id();
        if is_skipped(&id) {
            continue;
        }
        for spec in fields {
            if !id.is_of(&spec.group, &spec.version, &spec.kind) {
                continue;
            }
            if spec.path == ["metadata", "name"][..] && !text.is_empty() {
                match end {
                    End::Prefix => resource.prefixes.push(text.to_owned()),
                    End::Suffix => resource.suffixes.push(text.to_owned()),
                }
                resource.remember_id();
            }
            let mut set = |node: &mut Node| {
                let name = match end {
                    End::Prefix => format!("{text}{}", node.text()),
                    End::Suffix => format!("{}{text}", node.text()),
                };
                set_scalar(node, &name, Tag::None)
            };
            spec.apply(&mut resource.node, Create::Scalar(Tag::Str), &mut set)?;
        }
    }
    Ok(())
}

// The names of these mean something elsewhere.
fn is_skipped(id: &Id) -> bool {
    id.kind == "CustomResourceDefinition"
        || id.kind == "Namespace"
        || (id.kind == "APIService" && id.group == "apiregistration.k8s.io")
}
