//! What can be wrong, on its way to the file and line that is at fault.

use gitops_core::{Origin, RenderError};

/// The result of one step of a build.
pub(super) type Outcome<T> = Result<T, Box<Problem>>;

/// What is wrong with one step of a build.
#[derive(Debug)]
pub(super) enum Problem {
    /// What is wrong; whoever knows the file and line adds them.
    Text(String),
    /// What is wrong, with the place.
    Placed(RenderError),
}

/// Returns a problem that has no place.
pub(super) fn problem(text: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::Text(text.into()))
}

/// Returns a problem at a line of a file.
pub(super) fn problem_at(path: &str, line: u32, text: impl Into<String>) -> Box<Problem> {
    let at = Origin { path: path.to_owned(), line };
    Box::new(Problem::Placed(RenderError::Invalid { at, problem: text.into() }))
}

impl Problem {
    /// Puts `context` before a text that has no place.
    pub(super) fn within(self: Box<Self>, context: impl FnOnce() -> String) -> Box<Self> {
        match *self {
            Self::Text(text) => problem(format!("{}: {text}", context())),
            Self::Placed(_) => self,
        }
    }

    /// Gives the problem the place `at` if it has none.
    pub(super) fn at(self: Box<Self>, at: impl FnOnce() -> Origin) -> Box<Self> {
        match *self {
            Self::Text(problem) => {
                Box::new(Self::Placed(RenderError::Invalid { at: at(), problem }))
            }
            Self::Placed(_) => self,
        }
    }

    /// Returns the error that callers of the renderer see.
    pub(super) fn into_error(self, at: impl FnOnce() -> Origin) -> RenderError {
        match self {
            Self::Text(problem) => RenderError::Invalid { at: at(), problem },
            Self::Placed(err) => err,
        }
    }
}

impl From<RenderError> for Box<Problem> {
    fn from(err: RenderError) -> Self {
        Self::new(Problem::Placed(err))
    }
}
