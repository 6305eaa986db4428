//! Variables: `$(NAME)` in some fields becomes the value of a field of an object.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    config::{Create, Spec},
    id::{Id, is_cluster_kind, split_api_version},
    manifest::Var,
    node::Node,
    problem::{Outcome, problem},
    replacement::{look_up, split_field_path},
    scalar::{Scalar, Tag},
    set::Set,
};

/// The variables of a tree of kustomizations, by name.
pub(super) type Variables = BTreeMap<String, Var>;

/// Adds variables and marks the objects that they read.
pub(super) fn collect(known: &mut Variables, set: &mut Set, vars: &[Var]) -> Outcome<()> {
    for var in vars {
        let id = object_id(var);
        let exact = !id.namespace.is_empty() || id.cluster;
        let found = set.by_any_id(|other| {
            if exact {
                return id.same(other);
            }
            let same_kind =
                (&id.group, &id.version, &id.kind) == (&other.group, &other.version, &other.kind);
            same_kind && id.name == other.name
        });
        match found[..] {
            [] => {}
            [at] => set.list[at].variables.push(var.name.clone()),
            _ => {
                let (count, name) = (found.len(), &var.name);
                return Err(problem(format!("found {count} objects that var {name} could read")));
            }
        }
    }
    vars.iter().try_for_each(|var| add(known, var.clone()))
}

/// Adds a variable, whose name must be free.
pub(super) fn add(known: &mut Variables, var: Var) -> Outcome<()> {
    let name = var.name.clone();
    match known.insert(name.clone(), var) {
        None => Ok(()),
        Some(_) => Err(problem(format!("var '{name}' already encountered"))),
    }
}

fn object_id(var: &Var) -> Id {
    let object = &var.object;
    let (mut group, mut version) = (object.group.as_str(), object.version.as_str());
    if !object.api_version.is_empty() {
        let found = split_api_version(&object.api_version);
        version = found.1;
        if !found.0.is_empty() {
            group = found.0;
        }
    }
    Id {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: object.kind.clone(),
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        cluster: is_cluster_kind(group, version, &object.kind),
    }
}

/// Puts the values in. Returns the names that are never used.
pub(super) fn resolve(set: &mut Set, vars: &Variables, fields: &[Spec]) -> Outcome<Vec<String>> {
    if vars.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = BTreeMap::new();
    for var in vars.values() {
        values.insert(var.name.clone(), value_of(set, var)?);
    }
    let mut replacer = Replacer { values, used: BTreeSet::new() };
    for resource in &mut set.list {
        for spec in fields {
            spec.apply(&mut resource.node, Create::Nothing, &mut |node| replacer.set(node))?;
        }
    }
    let unused = vars.keys().filter(|name| !replacer.used.contains(*name));
    Ok(unused.cloned().collect())
}

fn value_of(set: &Set, var: &Var) -> Outcome<Node> {
    let name = &var.name;
    let Some(resource) = set.list.iter().find(|found| found.variables.contains(name)) else {
        let text =
            format!("var '{name}' cannot be mapped to a field in the set of known resources");
        return Err(problem(text));
    };
    let path = if var.field.path.is_empty() { "metadata.name" } else { &var.field.path };
    let steps = split_index(split_field_path(path));
    match look_up(&resource.node, &steps) {
        Ok(Some(node)) => Ok(node.clone()),
        _ => Err(problem(format!(
            "field {path} specified in var '{name}' not found in {}",
            resource.id()
        ))),
    }
}

// `ports[0]` is two steps.
fn split_index(steps: Vec<String>) -> Vec<String> {
    let mut split = Vec::new();
    for step in steps {
        let index = step.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
        match index {
            Some((name, index))
                if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                if !name.is_empty() {
                    split.push(name.to_owned());
                }
                split.push(index.to_owned());
            }
            _ => split.push(step),
        }
    }
    split
}

struct Replacer {
    values: BTreeMap<String, Node>,
    used: BTreeSet<String>,
}

impl Replacer {
    fn set(&mut self, node: &mut Node) -> Outcome<()> {
        match node {
            Node::Scalar(scalar) => {
                if scalar.is_string() {
                    *scalar = self.replaced(&scalar.text);
                }
                Ok(())
            }
            Node::Map(map) => {
                for (_, value) in &mut map.entries {
                    if let Node::Scalar(scalar) = value
                        && scalar.is_string()
                    {
                        *scalar = self.replaced(&scalar.text);
                    }
                }
                Ok(())
            }
            Node::List(items) => items.iter_mut().try_for_each(|item| match item {
                Node::Scalar(scalar) if scalar.is_string() => {
                    *scalar = self.replaced(&scalar.text);
                    Ok(())
                }
                _ => Err(problem("invalid value type, expected a string")),
            }),
        }
    }

    fn replaced(&mut self, input: &str) -> Scalar {
        let mut output = String::with_capacity(input.len());
        let mut rest = input;
        while let Some(at) = rest.find('$') {
            output.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            rest = after;
            if let Some(escaped) = after.strip_prefix('$') {
                output.push('$');
                rest = escaped;
                continue;
            }
            let name = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
            let Some((name, following)) = name else {
                output.push('$');
                continue;
            };
            rest = following;
            match self.value(name) {
                Some(value) if input.len() == name.len() + 3 => return value,
                Some(value) => output.push_str(&value.text),
                None => {
                    let unknown = format!("$({name})");
                    output.push_str(&unknown);
                }
            }
        }
        output.push_str(rest);
        Scalar::string(output)
    }

    fn value(&mut self, name: &str) -> Option<Scalar> {
        let Node::Scalar(scalar) = self.values.get(name)? else { return None };
        let value = match scalar.tag {
            Tag::Int | Tag::Bool | Tag::Float => match scalar.to_value().ok()? {
                serde_json::Value::String(text) => Scalar::string(text),
                other => Scalar::of(scalar.tag, other.to_string()),
            },
            _ => Scalar::string(&*scalar.text),
        };
        self.used.insert(name.to_owned());
        Some(value)
    }
}
