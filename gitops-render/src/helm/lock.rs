//! `Chart.lock`: the exact versions that the charts of a chart were resolved to.

use gitops_core::{
    Digest,
    tree::{Tree, TreeError, TreePath},
    yaml::{self, Duplicates},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    HelmError,
    chart::{Dependency, Metadata},
};

/// What `Chart.lock` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The charts in the order in which they are asked for, each with its exact version.
    pub dependencies: Vec<Locked>,
    /// The SHA-256 over what was asked for and what was found, as `sha256:` and hex digits.
    pub digest: String,
}

/// One chart of a [`Lock`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// The name.
    pub name: String,
    /// The exact version; the range where the chart lies in `charts/` and has no repository.
    pub version: String,
    /// Where it is published.
    pub repository: String,
}

impl Lock {
    /// Locks what was asked for to what was found.
    pub(super) fn new(wanted: &[Dependency], found: Vec<Locked>) -> Self {
        Self { digest: digest(wanted, &found), dependencies: found }
    }

    /// Returns the text of the file, as `helm dependency update` writes it. Only the time is new in
    /// the text of an unchanged lock.
    ///
    /// # Errors
    ///
    /// [`HelmError::Chart`] when a name or version has no form in YAML.
    pub fn to_yaml(&self, generated: Timestamp) -> Result<String, HelmError> {
        let dependency = |it: &Locked| json!({ "name": it.name, "repository": it.repository, "version": it.version });
        let dependencies: Vec<Value> = self.dependencies.iter().map(dependency).collect();
        let lock = json!({
            "dependencies": dependencies,
            "digest": self.digest,
            "generated": generated.to_string(),
        });
        yaml::encode(&lock).map_err(|err| HelmError::chart("Chart.lock", err.to_string()))
    }

    /// Reads the lock of the chart in the folder at `chart`: the path of its file, and what it says.
    pub(super) fn of(tree: &Tree, chart: &TreePath) -> Result<Option<(TreePath, Self)>, HelmError> {
        for name in ["Chart.lock", "requirements.lock"] {
            let path = chart.join(name).map_err(|cause| HelmError::tree(chart, cause))?;
            match tree.read(&path) {
                Ok(text) => return Ok(Some((path.clone(), Self::read(&text, &path)?))),
                Err(TreeError::NotFound { .. }) => {}
                Err(cause) => return Err(HelmError::tree(&path, cause)),
            }
        }
        Ok(None)
    }

    fn read(text: &[u8], path: &TreePath) -> Result<Self, HelmError> {
        let wrong = |problem: String| HelmError::chart(path.as_str(), problem);
        let fields = match yaml::decode(text, Duplicates::Last) {
            Ok(Value::Object(fields)) => fields,
            Ok(Value::Null) => Map::new(),
            Ok(_) => return Err(wrong("the lock is no mapping".to_owned())),
            Err(err) => return Err(wrong(format!("the lock cannot be read: {err}"))),
        };
        // The list has the form of the list in Chart.yaml.
        let mut metadata = Metadata::default();
        if let Some(list) = fields.get("dependencies") {
            let list = Map::from_iter([("dependencies".to_owned(), list.clone())]);
            metadata.lay(&list).map_err(|err| wrong(format!("the lock cannot be read: {err}")))?;
        }
        let locked = |it: Dependency| Locked {
            name: it.name,
            version: it.version,
            repository: it.repository,
        };
        let dependencies = metadata.dependencies.into_iter().flatten().map(locked).collect();
        let digest = fields.get("digest").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { dependencies, digest })
    }

    /// Whether this is the lock of what is `wanted`.
    pub(super) fn fits(&self, wanted: &[Dependency]) -> bool {
        self.digest == digest(wanted, &self.dependencies)
    }

    /// Whether the lock of a chart of the first format was made by Helm 2 for what is `wanted`.
    pub(super) fn fits_helm_2(&self, wanted: &[Dependency]) -> bool {
        let wanted: Vec<String> = wanted.iter().map(dependency_json).collect();
        let text = format!("{{\"dependencies\":[{}]}}", wanted.join(","));
        self.digest == Digest::of(text).to_string()
    }
}

// The digest of both lists as JSON, as Go writes it.
fn digest(wanted: &[Dependency], found: &[Locked]) -> String {
    let wanted: Vec<String> = wanted.iter().map(dependency_json).collect();
    let locked = |it: &Locked| {
        dependency_json(&Dependency {
            name: it.name.clone(),
            version: it.version.clone(),
            repository: it.repository.clone(),
            ..Dependency::default()
        })
    };
    let found: Vec<String> = found.iter().map(locked).collect();
    Digest::of(format!("[[{}],[{}]]", wanted.join(","), found.join(","))).to_string()
}

// One dependency as Go writes it: fields in the order of its type, empty ones left out.
fn dependency_json(it: &Dependency) -> String {
    let mut fields = vec![format!("\"name\":{}", go_json(&json!(it.name)))];
    let mut add = |name: &str, value: Value, empty: bool| {
        if !empty {
            fields.push(format!("\"{name}\":{}", go_json(&value)));
        }
    };
    add("version", json!(it.version), it.version.is_empty());
    add("repository", json!(it.repository), false);
    add("condition", json!(it.condition), it.condition.is_empty());
    add("tags", json!(it.tags), it.tags.is_empty());
    add("enabled", json!(it.enabled), !it.enabled);
    add("import-values", json!(it.import_values), it.import_values.is_empty());
    add("alias", json!(it.alias), it.alias.is_empty());
    format!("{{{}}}", fields.join(","))
}

// Go escapes what could end a script in HTML. All of it can only stand in texts.
fn go_json(value: &Value) -> String {
    yaml::to_json(value)
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
