//! Patches: `patches`, `patchesStrategicMerge` and `patchesJson6902`.

mod directive;
mod json;
mod list;
mod schema;
mod strategic;

use gitops_core::Origin;

use self::{json::Operation, strategic::Merged};
pub(super) use self::{schema::Schema, strategic::merge_values};
use super::{
    load::Loader,
    manifest::{Patch, Selector},
    problem::{Outcome, problem},
    read::{Read, read_documents},
    resource::Resource,
    resources::{expand_lists, validated},
    set::Set,
};

/// A patch that is ready to be applied.
#[derive(Debug)]
pub(super) enum Patcher {
    /// Strategic merge patches of `patchesStrategicMerge`.
    Legacy(Vec<Resource>),
    /// An entry of `patches` with strategic merge patches.
    Strategic { patches: Vec<Resource>, target: Option<Selector>, source: String },
    /// A JSON patch.
    Json { operations: Vec<Operation>, target: Option<Selector>, source: String, legacy: bool },
}

/// Reads the documents of a patch.
fn documents(path: &str, bytes: &[u8]) -> Outcome<Vec<Resource>> {
    let documents = expand_lists(validated(read_documents(path, bytes)?)?)?;
    let resource =
        |Read { node, line }: Read| Resource::new(node, Origin { path: path.to_owned(), line });
    Ok(documents.into_iter().map(resource).collect())
}

impl Patcher {
    /// Prepares entries of `patchesStrategicMerge`: patches, or paths of files.
    pub(super) fn legacy(
        entries: &[String],
        text: &str,
        loader: &Loader,
        file: &str,
    ) -> Outcome<Self> {
        let here = loader.display(file);
        let mut patches = Vec::new();
        for entry in entries {
            match documents(&here, entry.as_bytes()) {
                Ok(found) => patches.extend(found),
                Err(_) => patches.extend(documents(&loader.display(entry), &loader.read(entry)?)?),
            }
        }
        if !text.is_empty() {
            patches.extend(documents(&here, text.as_bytes())?);
        }
        if patches.is_empty() {
            return Err(problem("the patch appears to be empty"));
        }
        Ok(Self::Legacy(patches))
    }

    /// Prepares an entry of `patches`.
    pub(super) fn new(entry: &Patch, loader: &Loader, file: &str) -> Outcome<Self> {
        let inline = entry.patch.trim();
        let (text, path, source) = match (inline.is_empty(), entry.path.as_str()) {
            (true, "") => return Err(problem("must specify one of patch and path")),
            (false, "") => (inline.to_owned(), loader.display(file), "the inline patch".to_owned()),
            (false, _) => return Err(problem("patch and path can't be set at the same time")),
            (true, path) => {
                let bytes = loader.read(path)?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                (text, loader.display(path), path.to_owned())
            }
        };
        let target = entry.target.clone();
        let operations = if text.is_empty() { Err(problem("empty")) } else { json::read(&text) };
        match (documents(&path, text.as_bytes()), operations) {
            (Ok(patches), Ok(operations)) if !patches.is_empty() && !operations.is_empty() => {
                Err(problem(format!("{source} is both a strategic merge and a JSON patch")))
            }
            (Err(strategic), Err(_)) => Err(strategic.within(|| {
                format!("unable to parse a strategic merge or JSON patch from {source}")
            })),
            (Ok(mut patches), _) => {
                if let Some(options) = &entry.options {
                    for patch in &mut patches {
                        patch.allow_name_change = options.allow_name_change;
                        patch.allow_kind_change = options.allow_kind_change;
                    }
                }
                Ok(Self::Strategic { patches, target, source })
            }
            (Err(_), Ok(operations)) => {
                Ok(Self::Json { operations, target, source, legacy: false })
            }
        }
    }

    /// Prepares an entry of `patchesJson6902`.
    pub(super) fn json(entry: &Patch, loader: &Loader) -> Outcome<Self> {
        let Some(target) = &entry.target else {
            return Err(problem("must specify a target for a JSON patch"));
        };
        if target.name.is_empty() {
            return Err(problem("must specify the target name"));
        }
        let (text, source) = match (entry.path.as_str(), entry.patch.as_str()) {
            ("", "") => return Err(problem("must specify a file path or a patch")),
            ("", text) => (text.to_owned(), "the inline patch".to_owned()),
            (path, "") => {
                (String::from_utf8_lossy(&loader.read(path)?).into_owned(), path.to_owned())
            }
            (_, _) => return Err(problem("must specify a file path or a patch, not both")),
        };
        let operations = json::read(&text).map_err(|err| err.within(|| source.clone()))?;
        if operations.is_empty() {
            return Err(problem(format!("{source} appears to be empty")));
        }
        let target = Some(target.clone());
        Ok(Self::Json { operations, target, source, legacy: true })
    }

    /// Applies the patch.
    pub(super) fn apply(&self, set: &mut Set, schema: &Schema) -> Outcome<()> {
        match self {
            Self::Legacy(patches) => {
                for patch in patches {
                    let at = set.one_by_id(&patch.original_id())?;
                    apply_to(set, &[at], patch, schema)?;
                }
                Ok(())
            }
            Self::Strategic { patches, target: Some(target), source } => {
                let [patch] = &patches[..] else {
                    if patches.is_empty() {
                        return Ok(());
                    }
                    return Err(problem(format!(
                        "multiple strategic merge patches in one `patches` entry \
                         cannot have a target: {source}"
                    )));
                };
                let selected = set.select(target)?;
                apply_to(set, &selected, patch, schema)
            }
            Self::Strategic { patches, target: None, .. } => {
                for patch in patches {
                    let id = patch.original_id();
                    let at = set.one_by_id(&id).map_err(|err| {
                        err.within(|| format!("no resource matches strategic merge patch {id}"))
                    })?;
                    apply_one(&mut set.list[at], patch.clone(), schema)?;
                }
                Ok(())
            }
            Self::Json { operations, target, source, legacy } => {
                let Some(target) = target else {
                    return Err(problem(format!("must specify a target for JSON patch {source}")));
                };
                for at in set.select(target)? {
                    let resource = &mut set.list[at];
                    if !legacy {
                        resource.remember_id();
                    }
                    let id = resource.id();
                    resource.node = json::apply(&resource.node, operations)
                        .map_err(|err| err.within(|| format!("{source} for {id}")))?;
                    // Where it came from is known by an annotation.
                    if json::replaces_annotations(operations) {
                        resource.provenance = super::metadata::Provenance::default();
                    }
                }
                Ok(())
            }
        }
    }
}

// Old names and origins are kept in annotations, and go with them.
fn drops_annotations(patch: &Resource) -> bool {
    let drops = |path: &[&str]| {
        let node = patch.node.find(path);
        node.is_some_and(|node| {
            let directive = node.get("$patch").map(super::node::Node::text);
            node.is_null() || matches!(directive, Some("replace" | "delete"))
        })
    };
    drops(&["metadata"]) || drops(&["metadata", "annotations"])
}

// Applies one patch to several resources, whose ids must stay different.
fn apply_to(set: &mut Set, selected: &[usize], patch: &Resource, schema: &Schema) -> Outcome<()> {
    for at in selected {
        let resource = &mut set.list[*at];
        let mut copy = patch.clone();
        if let Some(map) = copy.node.as_map_mut() {
            map.set("apiVersion", super::node::Node::untyped(resource.api_version()));
        }
        apply_one(resource, copy, schema)?;
    }
    let list = std::mem::take(&mut set.list);
    set.append(list.into_iter().filter(|resource| !resource.is_gone()).collect())
}

fn apply_one(resource: &mut Resource, patch: Resource, schema: &Schema) -> Outcome<()> {
    let (id, at) = (resource.id(), patch.at.clone());
    if patch.allow_name_change || patch.allow_kind_change {
        resource.remember_id();
    }
    if drops_annotations(&patch) {
        resource.forget();
    }
    let (keep_name, keep_kind) = (!patch.allow_name_change, !patch.allow_kind_change);
    let merged = strategic::merge(&resource.node, patch.node, schema)
        .map_err(|err| err.within(|| format!("patch of {id}")).at(|| at))?;
    match merged {
        Merged::Changed(node) => resource.node = node,
        Merged::Untouched => {}
        Merged::Gone => {
            resource.clear();
            return Ok(());
        }
    }
    if resource.is_gone() {
        return Ok(());
    }
    if keep_kind {
        resource.set_kind(&id.kind);
    }
    if keep_name {
        resource.set_name(&id.name);
    }
    resource.set_namespace(&id.namespace);
    Ok(())
}
