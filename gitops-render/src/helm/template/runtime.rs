//! What all templates of a render share: surroundings, counters, and texts parsed before.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use gitops_core::find;

use super::super::funcs::{MasterKey, Pattern};
use super::super::value::{Text, Value};
use super::ast::Tree;
use super::environment::Environment;
use super::eval::execute;
use super::failure::Failure;
use super::limits::{
    INCLUDE_REPEAT_MAX, KEPT_TEXTS_MAX, OPEN_NESTING_MAX, OPEN_NESTING_SHALLOW_MAX,
    SPARE_ITEMS_MAX, SPARE_MAX, VALUE_DEPTH_MAX,
};
use super::parser;
use super::print::quote::quote_cut;
use super::scope::{Operand, Templates, Variables};

thread_local! {
    static DEEP_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, on whose stack the deepest templates have room.
pub(super) fn on_deep_stack<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEEP_STACK.set(self.0);
        }
    }
    let _restore = Restore(DEEP_STACK.replace(true));
    work()
}

/// Memory to be used again.
#[derive(Debug)]
pub(super) struct Spare<T>(Vec<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Spare<T> {
    /// An empty list.
    pub(super) fn take(&mut self) -> Vec<T> {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps the memory of a list, unless there is enough of it.
    pub(super) fn give(&mut self, mut list: Vec<T>) {
        if self.0.len() < SPARE_MAX && list.capacity() <= SPARE_ITEMS_MAX {
            list.clear();
            self.0.push(list);
        }
    }
}

/// The name of the template that all others of a render belong to.
const ROOT: &[u8] = b"gotpl";

/// The state of a render.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) environment: Environment,
    /// How often each name is open in `include`.
    open: HashMap<Text, usize, RandomState>,
    written: usize,
    made: usize,
    unfolded: usize,
    handed: u64,
    steps: u64,
    nesting: usize,
    nesting_max: usize,
    /// Regular expressions, compiled once.
    pub(crate) patterns: HashMap<Text, Rc<Pattern>, RandomState>,
    /// The last one that a password was derived from.
    pub(crate) master_key: MasterKey,
    /// What `tpl` parsed.
    parsed: HashMap<Text, Rc<[Tree]>, RandomState>,
    pub(super) variables: Variables,
    /// Memory that arguments and texts of templates were in, for the next ones.
    pub(super) spare_values: Spare<Value>,
    spare_texts: Spare<u8>,
}

impl Runtime {
    pub(super) fn new(environment: Environment) -> Self {
        let deep = DEEP_STACK.get();
        Self {
            environment,
            open: HashMap::default(),
            written: 0,
            made: 0,
            unfolded: 0,
            handed: 0,
            steps: 0,
            nesting: 0,
            nesting_max: if deep { OPEN_NESTING_MAX } else { OPEN_NESTING_SHALLOW_MAX },
            patterns: HashMap::default(),
            master_key: MasterKey::default(),
            parsed: HashMap::default(),
            variables: Variables::default(),
            spare_values: Spare::default(),
            spare_texts: Spare::default(),
        }
    }

    pub(super) const fn strict(&self) -> bool {
        self.environment.strict
    }

    pub(super) const fn depth_limit(&self) -> usize {
        self.environment.limits.depth
    }

    /// Counts bytes that a template or a function made.
    pub(crate) fn count_output(&mut self, bytes: usize) -> Result<(), String> {
        self.written = self.written.saturating_add(bytes);
        let most = self.environment.limits.output_bytes;
        if self.written > most {
            return Err(format!("the templates write more than {most} bytes"));
        }
        Ok(())
    }

    /// Counts what a function is given, and looks at, if it looks at all of it.
    pub(super) fn count_arguments(&mut self, values: &[Value], whole: bool) -> Result<(), String> {
        for value in values {
            let size = match value {
                Value::Str(text) => text.len(),
                Value::List(list) => list.len(),
                _ => 0,
            };
            self.handed = self.handed.saturating_add(size as u64);
            if whole {
                self.unfold(value, 0)?;
            }
        }
        let most = self.environment.limits.argument_bytes;
        if self.handed > most {
            return Err(format!("functions are given more than {most} bytes"));
        }
        Ok(())
    }

    /// Counts a value and all within it.
    pub(super) fn unfold(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        self.unfolded += 1;
        let most = self.environment.limits.unfolded_values;
        if self.unfolded > most {
            return Err(format!("the templates unfold more than {most} values"));
        }
        if depth > VALUE_DEPTH_MAX {
            return Ok(());
        }
        match value {
            Value::List(list) => list.iter().try_for_each(|item| self.unfold(item, depth + 1)),
            Value::Map(map) => {
                map.read().values().try_for_each(|item| self.unfold(item, depth + 1))
            }
            _ => Ok(()),
        }
    }

    /// Counts the elements of a list that a function made.
    pub(super) fn count_made(&mut self, value: &Value) -> Result<(), String> {
        if let Value::List(list) = value {
            self.made = self.made.saturating_add(list.len());
            let most = self.environment.limits.items_made;
            if self.made > most {
                return Err(format!("functions make lists of more than {most} elements"));
            }
        }
        Ok(())
    }

    pub(super) fn count_step(&mut self) -> Result<(), String> {
        self.steps += 1;
        let most = self.environment.limits.range_steps;
        if self.steps > most {
            return Err(format!("the templates range over more than {most} elements"));
        }
        Ok(())
    }

    /// Opens a block or pipeline.
    pub(super) fn enter(&mut self) -> Result<(), String> {
        if self.nesting >= self.nesting_max {
            return Err(format!("templates nest deeper than {} levels", self.nesting_max));
        }
        self.nesting += 1;
        Ok(())
    }

    pub(super) const fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }
}

/// What a function can reach besides its arguments.
pub(crate) struct Call<'a> {
    pub(crate) runtime: &'a mut Runtime,
    pub(crate) templates: &'a Rc<Templates>,
    pub(crate) depth: usize,
    /// Whether the first argument is nil behind an `interface {}`, which `len` words differently.
    pub(crate) nil_interface: bool,
}

impl Call<'_> {
    /// Refuses to make a value of more than the bytes allowed.
    pub(crate) fn room(&mut self, bytes: usize) -> Result<(), Failure> {
        Ok(self.runtime.count_output(bytes)?)
    }

    /// Refuses to make a list longer than allowed.
    pub(crate) fn room_for_items(&self, items: usize) -> Result<(), Failure> {
        let most = self.runtime.environment.limits.list_items;
        if items > most {
            return Err(format!("a list may have at most {most} elements").into());
        }
        Ok(())
    }

    fn check_depth(&self) -> Result<(), Failure> {
        let most = self.runtime.depth_limit();
        if self.depth >= most {
            return Err(format!("exceeded maximum template depth ({most})").into());
        }
        Ok(())
    }

    /// `include`.
    pub(crate) fn include(&mut self, name: &[u8], data: Value) -> Result<Text, Failure> {
        let open = match self.runtime.open.get_mut(name) {
            Some(open) => open,
            None => self.runtime.open.entry(Text::from(name)).or_insert(0),
        };
        if *open > INCLUDE_REPEAT_MAX {
            let name = String::from_utf8_lossy(name);
            let prefix = format!("rendering template has a nested reference name: {name}: ");
            return Err(Failure::new("unable to execute template").wrapped(&prefix));
        }
        *open += 1;
        let mut out = self.runtime.spare_texts.take();
        let done = self.execute_named(name, data, &mut out);
        if let Some(open) = self.runtime.open.get_mut(name) {
            *open -= 1;
        }
        done?;
        let text = Text::from(out.as_slice());
        self.runtime.spare_texts.give(out);
        Ok(text)
    }

    fn execute_named(
        &mut self,
        name: &[u8],
        data: Value,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        execute_named(self.runtime, self.templates, name, data, self.depth, out)
    }

    /// `tpl`: the text is a template that sees all others; what it defines is known only within.
    pub(crate) fn tpl(&mut self, text: &Text, data: Value) -> Result<Vec<u8>, Failure> {
        if super::scan::find_left(text).is_none() {
            return Ok(without_no_value(text.to_vec()));
        }
        self.check_depth()?;
        let quoted = || quote_cut(text, None);
        let trees = if let Some(trees) = self.runtime.parsed.get(text) {
            Rc::clone(trees)
        } else {
            let (name, text_bytes) = (Bytes::from_static(ROOT), Bytes::copy_from_slice(text));
            let trees = parser::parse(&name, &text_bytes).map_err(|problem| {
                Failure::new(problem).wrapped(&format!("cannot parse template {}: ", quoted()))
            })?;
            let trees: Rc<[Tree]> = trees.into();
            if self.runtime.parsed.len() >= KEPT_TEXTS_MAX {
                self.runtime.parsed.clear();
            }
            self.runtime.parsed.insert(text.clone(), Rc::clone(&trees));
            trees
        };
        let mut templates = Templates::over(self.templates);
        let mut main = None;
        for tree in trees.iter() {
            if tree.name == ROOT {
                main = Some(tree);
            }
            templates.add(tree.clone());
        }
        let mut out = Vec::new();
        if let Some(main) = main {
            let (templates, data) = (Rc::new(templates), Operand::concrete(data));
            execute(self.runtime, &templates, main, data, self.depth + 1, &mut out).map_err(
                |failure| {
                    let prefix = format!("error during tpl function execution for {}: ", quoted());
                    failure.wrapped(&prefix)
                },
            )?;
        }
        Ok(without_no_value(out))
    }
}

/// Executes the template called `name`.
pub(super) fn execute_named(
    runtime: &mut Runtime,
    templates: &Rc<Templates>,
    name: &[u8],
    data: Value,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let Some(tree) = templates.get(name) else {
        let (name, root) = (quote_cut(name, None), quote_cut(ROOT, None));
        let text = format!("template: no template {name} associated with template {root}");
        return Err(Failure::new(text));
    };
    let most = runtime.depth_limit();
    if depth >= most {
        return Err(format!("exceeded maximum template depth ({most})").into());
    }
    execute(runtime, templates, tree, Operand::concrete(data), depth + 1, out)
}

/// What a template prints for nil, Helm takes out again.
pub(super) fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    if find::word(NO_VALUE, &text).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in find::words(NO_VALUE, &text) {
        out.extend_from_slice(&text[from..at]);
        from = at + NO_VALUE.len();
    }
    out.extend_from_slice(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_for_some_lists_that_are_not_too_long() {
        let mut spare = Spare::default();
        spare.give(Vec::<u8>::with_capacity(SPARE_ITEMS_MAX + 1));
        assert_eq!(spare.take().capacity(), 0);
        for _ in 0..=SPARE_MAX {
            spare.give(vec![1; SPARE_ITEMS_MAX]);
        }
        let kept = std::iter::repeat_with(|| spare.take()).take_while(|list| list.capacity() > 0);
        assert_eq!(kept.inspect(|list| assert!(list.is_empty())).count(), SPARE_MAX);
    }
}
