//! `ValueAddTransformer`: one value into fields of many objects.

use super::{
    super::{
        config::{set_scalar, split_path},
        decode::record,
        manifest::Selector,
        node::Node,
        problem::{Outcome, problem},
        scalar::Tag,
        set::Set,
    },
    namespace::Namespacer,
};

record! {
    /// A configuration.
    struct ValueAdd {
        value: String = "value",
        targets: Vec<AddTarget> = "targets",
        target_file: String = "targetFilePath",
    }

    /// Where the value goes.
    struct AddTarget {
        selector: Option<Selector> = "selector",
        field_path: String = "fieldPath",
        position: i64 = "filePathPosition",
    }
}

impl ValueAdd {
    /// Checks what is asked for.
    pub(in crate::kustomize) fn check(&self) -> Outcome<()> {
        if self.targets.is_empty() {
            return Err(problem("must specify at least one target"));
        }
        for target in &self.targets {
            if target.field_path.is_empty() {
                return Err(problem("fieldPath cannot be empty"));
            }
            if target.position < 0 {
                let text = format!("filePathPosition cannot be negative: {}", target.position);
                return Err(problem(text));
            }
        }
        Ok(())
    }

    /// Sets the value.
    pub(in crate::kustomize) fn apply(&self, set: &mut Set) -> Outcome<()> {
        for target in &self.targets {
            let selected = match &target.selector {
                None => (0..set.list.len()).collect(),
                Some(selector) => set.select(selector)?,
            };
            for at in selected {
                let node = &mut set.list[at].node;
                if target.field_path == "metadata/namespace" {
                    let namespacer =
                        Namespacer { namespace: self.value.clone(), ..Namespacer::default() };
                    namespacer.set(node)?;
                    continue;
                }
                self.add(node, target)?;
            }
        }
        Ok(())
    }

    fn add(&self, node: &mut Node, target: &AddTarget) -> Outcome<()> {
        let mut steps = split_path(&target.field_path, '/');
        let missing = || problem(format!("no field {} can be made", target.field_path));
        let last = steps.pop().ok_or_else(missing)?;
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let map = node.make_map(&steps).ok_or_else(missing)?;
        if map.get(&last).is_none() {
            map.entries.push((last.clone(), Node::untyped("")));
        }
        let field = map.get_mut(&last).ok_or_else(missing)?;
        let text = match usize::try_from(target.position) {
            Ok(position) if 0 < position => insert_part(field.text(), position - 1, &self.value),
            _ => self.value.clone(),
        };
        set_scalar(field, &text, Tag::None)
    }
}

// Puts a part into a path of files.
fn insert_part(path: &str, at: usize, part: &str) -> String {
    let (lead, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(at.min(parts.len()), part);
    format!("{lead}{}", parts.join("/"))
}
