//! Questions about versions and ranges.

use gitops_core::semver::{Constraint, Version};
use serde_json::{Map, Value};

use crate::text;

// Whether each version is in the range, or why it is no version.
pub(crate) fn check(ask: &Map<String, Value>) -> Result<String, String> {
    let constraint = Constraint::parse(text(ask, "constraint")?).map_err(|err| err.to_string())?;
    let check = |version| match Version::parse(version) {
        Ok(version) => Value::Bool(constraint.check(&version)),
        Err(err) => Value::from(err.to_string()),
    };
    Ok(versions(ask)?.into_iter().map(check).collect::<Value>().to_string())
}

// Lowest first; equal ones keep their order.
pub(crate) fn sort(ask: &Map<String, Value>) -> Result<String, String> {
    let versions = versions(ask)?.into_iter().map(Version::parse);
    let mut versions = versions.collect::<Result<Vec<_>, _>>().map_err(|err| err.to_string())?;
    versions.sort();
    Ok(versions.iter().map(Version::original).collect::<Value>().to_string())
}

fn versions(ask: &Map<String, Value>) -> Result<Vec<&str>, String> {
    let versions = ask.get("versions").and_then(Value::as_array).ok_or("versions is no list")?;
    Ok(versions.iter().map(|version| version.as_str().unwrap_or_default()).collect())
}
