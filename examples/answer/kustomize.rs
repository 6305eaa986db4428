//! Questions about Kustomize: a build of files in memory.

use gitops_core::{Tree, TreePath};
use gitops_render::kustomize::{KustomizeOptions, KustomizeRenderer, Order};
use serde_json::{Map, Value};

use crate::text;

pub(crate) fn build(ask: &Map<String, Value>) -> Result<String, String> {
    let files = ask.get("files").and_then(Value::as_object).ok_or("the question has no files")?;
    let files = files.iter().map(|(path, text)| (path, text.as_str().unwrap_or("").to_owned()));
    let tree = Tree::from_files(files).map_err(|err| err.to_string())?;
    let path = TreePath::new(text(ask, "dir")?).map_err(|err| err.to_string())?;
    // The library keeps the order in which objects were read, unlike the program.
    let options = KustomizeOptions { order: Order::AsRead, ..KustomizeOptions::default() };
    let renderer = KustomizeRenderer::new(path).with_options(options);
    let output = renderer.build(&tree).and_then(|build| build.to_yaml());
    Ok(Value::from(output.map_err(|err| err.to_string())?).to_string())
}
