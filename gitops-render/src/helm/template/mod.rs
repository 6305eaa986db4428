//! Go's `text/template` with the functions and the error texts that Helm gives it.
//!
//! [`Engine::render`] is what a chart needs: parse all files, execute all but the partials.

mod environment;
mod error;
pub mod limits;

use std::collections::BTreeMap;

pub use environment::{Environment, Lookup, NoLookup, Random};
pub use error::{Stage, TemplateError};
pub use limits::Limits;

use super::value::Value;

/// One file of a chart's `templates/`.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// The name in `# Source:` and in errors: `chart/charts/sub/templates/x.yaml`.
    pub name: String,
    /// What `.Template.BasePath` says: `chart/charts/sub/templates`.
    pub base_path: String,
    /// The text.
    pub text: Vec<u8>,
    /// What `.` is: a map with `Values`, `Chart`, `Release`, …; the files of one chart share it.
    /// `Template` is written into it before each file.
    pub data: Value,
}

/// Templates that see each other, and what they may use.
#[derive(Debug)]
pub struct Engine {
    environment: Environment,
}

impl Engine {
    /// An engine with no templates.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// Parses all files and executes those whose base name does not begin with `_`, in Helm's
    /// order: what each wrote, by name.
    ///
    /// # Errors
    /// The first file that does not parse, or else the first that fails, as Helm words it.
    pub fn render(
        &mut self,
        files: &[TemplateFile],
    ) -> Result<BTreeMap<String, Vec<u8>>, TemplateError> {
        let _ = (&self.environment, files);
        Err(TemplateError { stage: Stage::Parse, message: "the engine is not here yet".into() })
    }
}

/// Runs `work` on a thread of its own with a stack for the deepest templates allowed.
///
/// Values do not leave their thread: make them, render and convert the result within `work`.
///
/// # Panics
/// When `work` does, or the system gives no thread.
pub fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("helm-render".into())
            .stack_size(limits::STACK_BYTES)
            .spawn_scoped(scope, work)
            .expect("the system gives a thread to a program that may render");
        match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
