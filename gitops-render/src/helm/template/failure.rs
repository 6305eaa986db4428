//! Errors of an execution as Go chains them: each level with its whole text.

use crate::helm::value::CallError;

/// An error and the errors that it wraps.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The outermost first; each holds the text of the next.
    pub(super) levels: Vec<String>,
    /// Whether the outermost comes from the execution of a template.
    pub(super) executing: bool,
}

impl Failure {
    /// An error that wraps none.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { levels: vec![text.into()], executing: false }
    }

    /// An error whose text ends in this one's.
    pub(crate) fn wrapped(mut self, prefix: &str) -> Self {
        let text = format!("{prefix}{}", self.text());
        self.levels.insert(0, text);
        self.executing = false;
        self
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.levels[0]
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::new(error.0)
    }
}
