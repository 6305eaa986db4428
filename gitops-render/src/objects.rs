//! Objects as they are written in streams of YAML or JSON.

use std::collections::BTreeMap;

use gitops_core::{Object, ObjectId, Origin, RenderError, yaml};
use serde_json::Value;

use crate::yaml::{Document, Duplicates, Input, NodeRef, YamlError};

/// How many objects one render may give.
pub const OBJECTS_MAX: usize = 100_000;

const HINT: &str = "this is no Kubernetes object: mend it, or leave the file out by a line in \
                    .sourceignore";

/// Collects the objects of many files; no two of them share an id.
#[derive(Debug, Default)]
pub struct Objects {
    objects: Vec<Object>,
    places: BTreeMap<ObjectId, Origin>,
}

impl Objects {
    /// Starts with no object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the objects that the file at `path` describes: one a document, or many in a list.
    ///
    /// A list is a document whose kind ends in `List` and that has `items`. Items that say no
    /// kind are of the list's.
    ///
    /// # Errors
    ///
    /// Any [`RenderError`] about a file, with the line.
    pub fn read(&mut self, path: &str, bytes: &[u8]) -> Result<(), RenderError> {
        let input = Input::new(bytes);
        let documents = yaml::documents(&input).map_err(|err| invalid(path, &err))?;
        for document in &documents {
            if !document.is_empty() {
                self.read_document(path, document)?;
            }
        }
        Ok(())
    }

    /// Adds one object.
    ///
    /// # Errors
    ///
    /// [`RenderError::Duplicate`] when there is one with the same id, [`RenderError::Limit`] when
    /// there are more than [`OBJECTS_MAX`].
    pub fn push(&mut self, object: Object) -> Result<(), RenderError> {
        let at = object.origin().cloned();
        let at = at.unwrap_or_else(|| Origin { path: String::new(), line: 1 });
        if let Some(first) = self.places.get(object.id()) {
            let (id, first) = (object.id().clone(), first.clone());
            return Err(RenderError::Duplicate { id, first, second: at });
        }
        if OBJECTS_MAX <= self.objects.len() {
            return Err(RenderError::Limit { at, limit: "OBJECTS_MAX", max: OBJECTS_MAX as u64 });
        }
        self.places.insert(object.id().clone(), at);
        self.objects.push(object);
        Ok(())
    }

    /// Returns the objects in the order in which they were added.
    pub fn into_vec(self) -> Vec<Object> {
        self.objects
    }

    fn read_document(&mut self, path: &str, document: &Document<'_>) -> Result<(), RenderError> {
        let value = document.to_value(Duplicates::Refuse).map_err(|err| invalid(path, &err))?;
        if value.is_null() {
            return Ok(());
        }
        self.read_value(path, value, Some(document.root()), document.root().line())
    }

    fn read_value(
        &mut self,
        path: &str,
        mut value: Value,
        node: Option<NodeRef<'_>>,
        line: u32,
    ) -> Result<(), RenderError> {
        if let Some(items) = take_items(&mut value) {
            let nodes = node.and_then(|node| node.get("items"));
            let mut nodes = nodes.into_iter().flat_map(NodeRef::items);
            for item in items {
                let node = nodes.next();
                let line = node.map_or(line, NodeRef::line);
                self.read_value(path, inherit(item, &value), node, line)?;
            }
            return Ok(());
        }
        let at = Origin { path: path.to_owned(), line };
        if let Some(problem) = foreign(path, &value) {
            return Err(RenderError::Invalid { at, problem: problem.to_owned() });
        }
        let object = Object::new(value, Some(at.clone()))
            .map_err(|cause| RenderError::NotObject { at, hint: HINT.to_owned(), cause })?;
        self.push(object)
    }
}

/// Says where in a file the YAML is wrong.
pub(crate) fn invalid(path: &str, err: &YamlError) -> RenderError {
    let at = Origin { path: path.to_owned(), line: err.line().unwrap_or(1) };
    match err.limit_passed() {
        Some((limit, max)) => RenderError::Limit { at, limit, max },
        None => RenderError::Invalid { at, problem: format!("invalid YAML: {}", err.problem()) },
    }
}

// Takes the items out of a list of objects.
fn take_items(value: &mut Value) -> Option<Vec<Value>> {
    let list = value.get("kind")?.as_str()?.ends_with("List");
    match value.get_mut("items")? {
        Value::Array(items) if list => Some(std::mem::take(items)),
        _ => None,
    }
}

// Gives an item without a kind the one of its list.
fn inherit(mut item: Value, list: &Value) -> Value {
    let kind = list.get("kind").and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List"));
    let kind = kind.filter(|kind| !kind.is_empty());
    if let (Value::Object(item), Some(kind)) = (&mut item, kind)
        && !item.contains_key("kind")
    {
        item.insert("kind".to_owned(), Value::from(kind));
        if let Some(api_version) = list.get("apiVersion") {
            item.insert("apiVersion".to_owned(), api_version.clone());
        }
    }
    item
}

// Says which tool a document is for, if it is for another one.
fn foreign(path: &str, value: &Value) -> Option<&'static str> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let name = path.rsplit('/').next().unwrap_or(path);
    let kustomize = text("apiVersion").map_or_else(
        || matches!(name, "kustomization.yaml" | "kustomization.yml"),
        |version| version.starts_with("kustomize.config.k8s.io/"),
    );
    if kustomize {
        return Some(
            "this directory is for Kustomize: render it with the Kustomize renderer, or leave \
             this file out by a line in .sourceignore",
        );
    }
    (name == "Chart.yaml" && value.get("kind").is_none()).then_some(
        "this directory is a Helm chart: render it with the Helm renderer, or leave it out by a \
         line in .sourceignore",
    )
}
