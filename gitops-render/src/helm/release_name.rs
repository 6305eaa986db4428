//! The name of a release that is not simply given.

use bytes::Bytes;

use super::{
    HelmError, World,
    template::{Engine, TemplateError, with_deep_stack},
    value::Value,
};

const NAME_TEMPLATE: &str = "name-template";

/// What Helm calls a release that has no name.
const NO_NAME: &str = "release-name";

/// Returns the name of a release: `name`, or what the template `name_template` writes, or else what
/// `helm template` says where it is left to it. At most one of the two is given.
///
/// # Errors
///
/// Both are given, or the template is wrong.
pub fn release_name(name: &str, name_template: &str, world: &World) -> Result<String, HelmError> {
    if name_template.is_empty() {
        return Ok(if name.is_empty() { NO_NAME } else { name }.to_owned());
    }
    if !name.is_empty() {
        let message = "cannot set --name-template and also specify a name";
        return Err(HelmError::chart("", message));
    }
    let written = with_deep_stack(|| {
        let mut engine = Engine::new(world.environment());
        engine.parse(NAME_TEMPLATE, Bytes::copy_from_slice(name_template.as_bytes()))?;
        engine.execute(NAME_TEMPLATE, &Value::Nil)
    });
    let written = written.map_err(|err: TemplateError| HelmError::Template {
        path: NAME_TEMPLATE.to_owned(),
        line: 1,
        message: err.to_string(),
    });
    Ok(String::from_utf8_lossy(&written?).into_owned())
}
