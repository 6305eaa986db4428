//! Questions about patches.

use gitops_core::schema;
use gitops_kube::apiserver::patch;
use serde_json::{Map, Value};

use crate::text;

pub(crate) fn strategic(ask: &Map<String, Value>) -> Result<String, String> {
    let (version, kind) = (text(ask, "apiVersion")?, text(ask, "kind")?);
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let of = schema::builtin(group, version, kind)
        .ok_or_else(|| format!("no kind {kind:?} is registered for version {version:?}"))?;
    answer(patch::strategic(value(ask, "original"), value(ask, "patch"), of))
}

pub(crate) fn json(ask: &Map<String, Value>) -> Result<String, String> {
    answer(patch::json(value(ask, "original"), &value(ask, "patch")))
}

pub(crate) fn merge(ask: &Map<String, Value>) -> Result<String, String> {
    answer(patch::merge(value(ask, "original"), value(ask, "patch")))
}

fn value(ask: &Map<String, Value>, name: &str) -> Value {
    ask.get(name).cloned().unwrap_or_default()
}

fn answer(patched: Result<Value, patch::PatchError>) -> Result<String, String> {
    patched.map(|value| value.to_string()).map_err(|problem| problem.to_string())
}
