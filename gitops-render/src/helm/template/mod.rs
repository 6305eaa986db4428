//! Go's `text/template` with the functions and the error texts that Helm gives it.
//!
//! [`Engine::render`] is what a chart needs: parse all files, execute all but the partials.

mod access;
mod actions;
mod ahead;
mod arguments;
mod ast;
mod describe;
mod duration_method;
mod environment;
mod error;
mod eval;
mod failure;
mod lexer;
pub mod limits;
mod number;
mod operand;
mod parser;
mod pipeline;
pub(crate) mod print;
mod report;
mod runtime;
mod scan;
mod scope;
mod token;
mod values_method;

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;

pub use environment::{Environment, Lookup, NoLookup, Random};
pub use error::{Stage, TemplateError};
pub use limits::Limits;

pub(in crate::helm) use ahead::Ahead;
pub(crate) use failure::Failure;
pub(crate) use number::{parse_float, parse_int, parse_uint};
pub(crate) use report::{WARN_END, WARN_START};
pub(crate) use runtime::{Call, Runtime};

use super::value::{Map, MapType, Value};
use ahead::later_first;
use ast::Tree;
use scope::Templates;

/// One file of a chart's `templates/`.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// The name in `# Source:` and in errors: `chart/charts/sub/templates/x.yaml`.
    pub name: String,
    /// What `.Template.BasePath` says: `chart/charts/sub/templates`.
    pub base_path: String,
    /// The text.
    pub text: Bytes,
    /// What `.` is: a map with `Values`, `Chart`, `Release`, …; the files of one chart share it.
    /// `Template` is written into it before each file.
    pub data: Value,
}

/// Templates that see each other, and what they may use.
#[derive(Debug)]
pub struct Engine {
    runtime: Runtime,
    templates: Rc<Templates>,
}

impl Engine {
    /// An engine with no templates.
    ///
    /// Make it within [`with_deep_stack`]: elsewhere templates may nest only a little.
    pub fn new(environment: Environment) -> Self {
        Self { runtime: Runtime::new(environment), templates: Rc::default() }
    }

    /// Adds the template `name` and those that its text defines. The last definition of a name
    /// counts, but an empty one replaces none.
    ///
    /// # Errors
    /// The text is no template.
    pub fn parse(&mut self, name: &str, text: Bytes) -> Result<(), TemplateError> {
        let trees = parser::parse(&Bytes::copy_from_slice(name.as_bytes()), &text)
            .map_err(|problem| report::parse_error(name, &problem))?;
        self.add(trees);
        Ok(())
    }

    fn add(&mut self, trees: Vec<Tree>) {
        let mut templates = match Rc::get_mut(&mut self.templates) {
            Some(own) => std::mem::take(own),
            None => Templates::over(&self.templates),
        };
        for tree in trees {
            templates.add(tree);
        }
        self.templates = Rc::new(templates);
    }

    /// What the template `name` writes with `data` as `.`, without what stands for nil.
    ///
    /// # Errors
    /// There is no such template, or it fails.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Vec<u8>, TemplateError> {
        let mut out = Vec::new();
        let templates = Rc::clone(&self.templates);
        let (bytes, data) = (name.as_bytes(), data.clone());
        self.runtime.variables.clear();
        runtime::execute_named(&mut self.runtime, &templates, bytes, data, 0, &mut out)
            .map_err(|failure| report::execution_error(name, &failure))?;
        Ok(runtime::without_no_value(out))
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
        let texts = files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
        self.render_ahead(files, Ahead::start(texts))
    }

    /// The same with files that somebody began to parse.
    pub(in crate::helm) fn render_ahead(
        &mut self,
        files: &[TemplateFile],
        ahead: Ahead,
    ) -> Result<BTreeMap<String, Vec<u8>>, TemplateError> {
        let trees = ahead.finish();
        self.add(trees.map_err(|(name, problem)| report::parse_error(&name, &problem))?);
        let mut files: Vec<&TemplateFile> = files.iter().collect();
        files.sort_by_cached_key(|file| later_first(&file.name));
        let mut rendered = BTreeMap::new();
        for file in files {
            let base = file.name.rsplit('/').next().unwrap_or_default();
            if base.starts_with('_') {
                continue;
            }
            if let Some(data) = file.data.as_map() {
                let template =
                    [("Name", Value::text(&file.name)), ("BasePath", Value::text(&file.base_path))];
                let template = Rc::new(Map::new(MapType::Values, template));
                data.insert("Template", Value::Map(template));
            }
            rendered.insert(file.name.clone(), self.execute(&file.name, &file.data)?);
        }
        Ok(rendered)
    }
}

/// Runs `work` on a stack of its own that has room for the deepest templates allowed.
///
/// # Panics
/// When `work` does, or the system gives no memory for the stack.
pub fn with_deep_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::grow(limits::STACK_BYTES, || runtime::on_deep_stack(work))
}
