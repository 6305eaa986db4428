//! Why a template could not be parsed or executed.

/// Which step refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The text is no template.
    Parse,
    /// The template failed on its data, or called `fail` or `required`.
    Execute,
}

/// Why a template failed; prints as Helm prints it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// The step.
    pub stage: Stage,
    /// The text, with file, line, column and the node where Helm gives them.
    pub message: String,
}
