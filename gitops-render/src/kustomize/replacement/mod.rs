//! Values that are copied from one object to others.

mod path;
mod structured;

use self::path::PathMatcher;
pub(super) use self::path::{look_up, split_field_path};
use super::{
    decode::{Mode, decode_root},
    id::Id,
    load::Loader,
    manifest::{FieldOptions, Replacement, Source, Target},
    node::Node,
    problem::{Outcome, problem},
    scalar::Scalar,
    selector::Matcher,
    set::Set,
};

const DEFAULT_PATH: &str = "metadata.name";

/// Returns the replacements, with those that are in files read.
pub(super) fn load(entries: &[Replacement], loader: &Loader) -> Outcome<Vec<Replacement>> {
    let mut found = Vec::new();
    for entry in entries {
        if entry.path.is_empty() {
            found.push(entry.clone());
            continue;
        }
        if entry.source.is_some() || entry.targets.as_ref().is_some_and(|list| !list.is_empty()) {
            return Err(problem("cannot specify both path and inline replacement"));
        }
        let bytes = loader.read(&entry.path)?;
        let path = loader.display(&entry.path);
        let value = super::read_config(&path, &bytes)?;
        let read = match &value {
            serde_json::Value::Array(_) => decode_root(&value, Mode::Lenient),
            serde_json::Value::Object(_) => {
                decode_root(&value, Mode::Lenient).map(|one: Replacement| vec![one])
            }
            _ => return Err(problem(format!("{path} holds no replacement"))),
        };
        let read: Vec<Replacement> =
            read.map_err(|err| super::field_problem(&path, &bytes, &err))?;
        found.extend(read);
    }
    Ok(found)
}

/// Applies replacements in order.
pub(super) fn apply(set: &mut Set, replacements: &[Replacement]) -> Outcome<()> {
    for replacement in replacements {
        let Some(targets) = &replacement.targets else {
            return Err(problem("replacements must specify a source and at least one target"));
        };
        let value = match (&replacement.source, &replacement.source_value) {
            (None, None) => {
                return Err(problem("replacements must specify a source and at least one target"));
            }
            (Some(_), Some(_)) => {
                return Err(problem("value and resource selectors are mutually exclusive"));
            }
            (None, Some(text)) => Node::Scalar(Scalar::untyped(&**text)),
            (Some(source), None) => source_value(set, source)?,
        };
        for target in targets {
            let target = target.clone().unwrap_or_default();
            put(set, &value, &target)?;
        }
    }
    Ok(())
}

fn source_value(set: &Set, source: &Source) -> Outcome<Node> {
    let wanted = Id {
        group: source.group.clone(),
        version: source.version.clone(),
        kind: source.kind.clone(),
        name: source.name.clone(),
        namespace: source.namespace.clone(),
        cluster: false,
    };
    let selects = |id: &Id| {
        id.is_of(&wanted.group, &wanted.version, &wanted.kind)
            && (wanted.name.is_empty() || wanted.name == id.name)
            && (wanted.namespace.is_empty() || wanted.effective_namespace() == namespace(id))
    };
    let mut matching = set.list.iter().filter(|resource| resource.all_ids().iter().any(selects));
    let Some(resource) = matching.next() else {
        return Err(problem(format!("nothing selected by {wanted}")));
    };
    if let Some(second) = matching.next() {
        let (first, second) = (resource.id(), second.id());
        return Err(problem(format!("multiple matches for selector {wanted}: {first}, {second}")));
    }
    let path = if source.field_path.is_empty() { DEFAULT_PATH } else { &source.field_path };
    let found = look_up(&resource.node, &split_field_path(path))
        .map_err(|err| err.within(|| "error looking up replacement source".to_owned()))?;
    let Some(found) = found.filter(|node| !node.is_empty()) else {
        let text = format!("fieldPath `{path}` is missing for replacement source {wanted}");
        return Err(problem(text));
    };
    part(found, source.options.as_ref())
}

// Ids of replacements do not know which kinds have no namespace.
fn namespace(id: &Id) -> &str {
    match id.namespace.as_str() {
        "" => super::id::DEFAULT_NAMESPACE,
        other => other,
    }
}

fn part(node: &Node, options: Option<&FieldOptions>) -> Outcome<Node> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        return Ok(node.clone());
    };
    let Node::Scalar(scalar) = node else {
        return Err(problem("delimiter option can only be used with scalar nodes"));
    };
    let mut parts = scalar.text.split(&*options.delimiter);
    let picked = usize::try_from(options.index).ok().and_then(|index| parts.nth(index));
    let Some(picked) = picked else {
        let (index, text) = (options.index, &scalar.text);
        return Err(problem(format!("options.index {index} is out of bounds for value {text}")));
    };
    Ok(Node::Scalar(Scalar { text: picked.to_owned(), ..scalar.clone() }))
}

fn put(set: &mut Set, value: &Node, target: &Target) -> Outcome<()> {
    let Some(select) = &target.select else {
        return Err(problem("target must specify resources to select"));
    };
    let select = Matcher::new(select)?;
    let reject: Vec<Matcher> =
        target.reject.iter().flatten().map(Matcher::new).collect::<Outcome<_>>()?;
    for resource in &mut set.list {
        if !select.has_labels(resource)
            || reject.iter().any(|reject| reject.asks_for_labels() && reject.has_labels(resource))
        {
            continue;
        }
        let ids = resource.all_ids();
        let rejected =
            |reject: &Matcher| reject.asks_for_id() && ids.iter().any(|id| reject.is_id(id));
        if reject.iter().any(rejected) || !ids.iter().any(|id| select.is_id(id)) {
            continue;
        }
        let id = resource.id();
        put_into(&mut resource.node, value, target)
            .map_err(|err| err.within(|| format!("replacement in {id}")))?;
    }
    Ok(())
}

fn put_into(node: &mut Node, value: &Node, target: &Target) -> Outcome<()> {
    let default = [DEFAULT_PATH.to_owned()];
    let paths = if target.field_paths.is_empty() { &default[..] } else { &target.field_paths };
    let options = target.options.as_ref();
    let create = options.is_some_and(|options| options.create);
    for path in paths {
        let steps = split_field_path(path);
        if structured::put(node, &steps, value, create) {
            continue;
        }
        let mut found = 0;
        let mut set = |field: &mut Node| {
            found += 1;
            set_field(field, value, options)
        };
        let matcher = PathMatcher { create: create.then_some(value) };
        let missing = || {
            let verb = if create { "find or create" } else { "find" };
            format!("unable to {verb} field {path:?} in replacement target")
        };
        matcher.visit(node, &steps, &mut set).map_err(|err| err.within(missing))?;
        if found == 0 {
            return Err(problem(missing()));
        }
    }
    Ok(())
}

fn set_field(field: &mut Node, value: &Node, options: Option<&FieldOptions>) -> Outcome<()> {
    let delimiter = options.filter(|options| !options.delimiter.is_empty());
    let text = match delimiter {
        None => value.text().to_owned(),
        Some(options) => {
            let Node::Scalar(scalar) = field else {
                return Err(problem("delimiter option can only be used with scalar nodes"));
            };
            let value = value.known_text();
            let mut parts: Vec<&str> = scalar.text.split(&*options.delimiter).collect();
            match usize::try_from(options.index) {
                Err(_) => parts.insert(0, value),
                Ok(index) if parts.len() <= index => parts.push(value),
                Ok(index) => parts[index] = value,
            }
            parts.join(&options.delimiter)
        }
    };
    match field {
        // Type and quotes stay, so that a number becomes a string where one is.
        Node::Scalar(scalar) => scalar.text = text,
        other => *other = value.clone(),
    }
    Ok(())
}
