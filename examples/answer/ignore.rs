//! Questions about `.sourceignore` patterns.

use gitops_core::TreePath;
use gitops_render::plain::SourceIgnore;
use serde_json::{Map, Value};

use crate::text;

// A path that ends in `/` is a directory.
pub(crate) fn matches(ask: &Map<String, Value>) -> Result<String, String> {
    let mut ignore = SourceIgnore::new();
    ignore.add(&TreePath::root(), text(ask, "text")?);
    let paths = ask.get("paths").and_then(Value::as_array).ok_or("paths is no list")?;
    let matches = |path: &Value| {
        let path = path.as_str().unwrap_or_default();
        let plain = path.strip_suffix('/').unwrap_or(path);
        ignore.matches(&plain.split('/').collect::<Vec<_>>(), plain.len() < path.len())
    };
    Ok(paths.iter().map(matches).collect::<Value>().to_string())
}
