//! Questions about Helm: what templates write, `--set` text.

use gitops_core::{Digest, Tree, TreePath, clock::Clock as _, clock::TokioClock, yaml};
use gitops_render::helm::{
    Capabilities, Chart, HelmBuild, KubeVersion, Release, ReleaseName, ReleaseOptions, SchemaCheck,
    World,
    values::{SetKind, set as lay},
};
use serde_json::{Map, Value};

use crate::text;

// The text of each template of the chart whose files are given, by its name.
pub(crate) fn render(ask: &Map<String, Value>) -> Result<String, String> {
    let files = ask.get("files").and_then(Value::as_object).ok_or("the question has no files")?;
    let files = files
        .iter()
        .map(|(path, text)| (format!("c/{path}"), text.as_str().unwrap_or_default().to_owned()));
    let tree = Tree::from_files(files).map_err(|err| err.to_string())?;
    let path = TreePath::new("c").map_err(|err| err.to_string())?;
    let chart = Chart::load(&tree, &path, &mut Vec::new()).map_err(|err| err.to_string())?;
    let mut capabilities = Capabilities { helm: library(), ..Capabilities::default() };
    match ask.get("kubeVersion").and_then(Value::as_str).unwrap_or_default() {
        "" => {}
        version => capabilities.kube_version = KubeVersion::parse(version)?,
    }
    let versions = ask.get("apiVersions").and_then(Value::as_array).into_iter().flatten();
    capabilities.api_versions.extend(versions.filter_map(Value::as_str).map(str::to_owned));
    let word = |name| ask.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let options = ReleaseOptions {
        release: ReleaseName { name: word("name"), namespace: word("namespace"), upgrade: false },
        capabilities,
        schema_check: SchemaCheck::Enforce,
        world: World::new(TokioClock::system().now(), Digest::of(ask.len().to_string())),
    };
    let mut values =
        Value::Object(ask.get("values").and_then(Value::as_object).cloned().unwrap_or_default());
    as_floats(&mut values);
    let Value::Object(values) = values else { return Err("values are no map".to_owned()) };
    let written = Release::templates(chart, &values, &options, &mut Vec::new());
    let written = written.map_err(|err| err.to_string())?;
    let shown = |text: &Vec<u8>| gitops_render::helm::value::Text::from(&text[..]).to_string();
    let written = written.iter().map(|(name, text)| (name.clone(), Value::from(shown(text))));
    Ok(Value::Object(written.collect()).to_string())
}

// What Helm's own library says of itself outside the program.
fn library() -> HelmBuild {
    HelmBuild {
        version: "v4.3".to_owned(),
        git_commit: String::new(),
        git_tree_state: String::new(),
        go_version: "go1.26.8".to_owned(),
        ..HelmBuild::default()
    }
}

// Every number of a question is a float, as in JSON that Go reads.
fn as_floats(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64() {
                *value = Value::from(float);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_floats),
        Value::Object(entries) => entries.values_mut().for_each(as_floats),
        _ => {}
    }
}

// Lays `sets` over `values`, one line after the other.
pub(crate) fn set(ask: &Map<String, Value>) -> Result<String, String> {
    let given = ask.get("values").and_then(Value::as_object);
    let mut values = Value::Object(given.cloned().unwrap_or_default());
    as_floats(&mut values);
    let Value::Object(mut values) = values else { return Err("values are no map".to_owned()) };
    let sets = ask.get("sets").and_then(Value::as_array).ok_or("sets is no list")?;
    for one in sets.iter().filter_map(Value::as_object) {
        let kind = match text(one, "kind")? {
            "set" => SetKind::Typed,
            "string" => SetKind::String,
            "json" => SetKind::Json,
            "literal" => SetKind::Literal,
            other => return Err(format!("no set of kind {other:?}")),
        };
        let mut no_files = |name: &str| Err(format!("there is no file {name}"));
        lay(text(one, "text")?, kind, &mut values, &mut no_files)?;
    }
    Ok(yaml::to_json(&Value::Object(values)))
}
