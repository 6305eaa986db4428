//! Errors of an execution as Go chains them: each level with its whole text.

use crate::helm::value::CallError;

/// An error and the errors that it wraps.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The innermost first: its text, then what each next one says before it. Whole texts would take the square
    /// of what a template that includes itself says.
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
        self.levels.push(prefix.to_owned());
        self.executing = false;
        self
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        self.levels.iter().rev().map(String::as_str).collect()
    }

    /// Where the texts of the errors begin within the text, the outermost first.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        let after = self.levels.iter().rev().scan(0, |at, prefix| {
            *at += prefix.len();
            Some(*at)
        });
        std::iter::once(0).chain(after).take(self.levels.len())
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
