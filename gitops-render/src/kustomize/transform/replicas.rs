//! `replicas`.

use super::super::{
    config::{Create, Spec, set_scalar},
    manifest::Replica,
    problem::{Outcome, problem},
    scalar::Tag,
    set::Set,
};

/// Sets the number of replicas of the object that `replica` names.
pub(in crate::kustomize) fn set_replicas(
    set: &mut Set,
    replica: &Replica,
    fields: &[Spec],
) -> Outcome<()> {
    let count = replica.count.to_string();
    let mut any = false;
    for spec in fields {
        let matching = set.by_any_id(|id| {
            id.name == replica.name && id.is_of(&spec.group, &spec.version, &spec.kind)
        });
        for at in matching {
            any = true;
            let node = &mut set.list[at].node;
            spec.apply(node, Create::Scalar(Tag::Int), &mut |field| {
                set_scalar(field, &count, Tag::Int)
            })?;
        }
    }
    if any {
        return Ok(());
    }
    let kinds: Vec<&str> = fields.iter().map(|spec| &*spec.kind).collect();
    let (name, kinds) = (&replica.name, kinds.join(", "));
    Err(problem(format!("no resource with name {name} has replicas: none of the kinds {kinds}")))
}
