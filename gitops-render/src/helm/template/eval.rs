//! Walks a tree and writes what it says: actions, branches, ranges and calls of templates.

use std::rc::Rc;

use super::super::value::{Elem, Kind, List, Value};
use super::ast::{self, Branch, Id, Keyword, Node, Pipe, Source, Span, Tree};
use super::describe::At;
use super::failure::Failure;
use super::print::{print_to, sprint};
use super::runtime::Runtime;
use super::scope::{Operand, Templates};

pub(super) type Done<T> = Result<T, Failure>;

/// How a list of nodes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

/// The execution of one template.
pub(super) struct Execution<'t, 'r> {
    pub(super) runtime: &'r mut Runtime,
    pub(super) templates: &'t Rc<Templates>,
    pub(super) tree: &'t Tree,
    pub(super) source: Source<'t>,
    pub(super) at: At<'t>,
    pub(super) depth: usize,
    /// Whether the first argument evaluated last is nil behind an `interface {}`.
    pub(super) nil_interface: bool,
    pub(super) out: &'r mut Vec<u8>,
}

/// Executes the template with `data` as `.` and `$`.
pub(super) fn execute(
    runtime: &mut Runtime,
    templates: &Rc<Templates>,
    tree: &Tree,
    data: Operand,
    depth: usize,
    out: &mut Vec<u8>,
) -> Done<()> {
    let outer = runtime.variables.open(data.clone());
    let mut execution = Execution {
        runtime,
        templates,
        tree,
        source: tree.source(),
        at: At::List(&tree.root),
        depth,
        nil_interface: false,
        out,
    };
    execution.list(&data, &tree.root)?;
    execution.runtime.variables.close(outer);
    Ok(())
}

impl<'t> Execution<'t, '_> {
    /// An error at the current node.
    pub(super) fn fail<T>(&self, problem: impl AsRef<str>) -> Done<T> {
        let text = format!("{}{}", self.error_prefix(), problem.as_ref());
        Err(Failure { levels: vec![text], executing: true })
    }

    pub(super) fn error_prefix(&self) -> String {
        let location = self.tree.location(self.at.pos(self.source));
        let name = super::print::quote::quote_cut(&self.tree.name, None);
        format!("template: {location}: executing {name} at <{}>: ", self.at.text(self.source))
    }

    fn list(&mut self, dot: &Operand, list: &'t ast::List) -> Done<Flow> {
        self.at = At::List(list);
        self.enter()?;
        for node in self.source.nodes(list) {
            self.at = At::Node(node);
            // Each in a function of its own, since what this one needs of the stack, every level needs.
            let flow = match *node {
                Node::Text(span) => self.text(span)?,
                Node::Action { pipe, .. } => self.action(dot, node, pipe)?,
                Node::Branch(branch) => self.branch(dot, self.source.branch(branch))?,
                Node::Template(call) => self.template(dot, node, self.source.call(call))?,
                Node::Break { .. } => Flow::Break,
                Node::Continue { .. } => Flow::Continue,
            };
            if flow != Flow::Next {
                self.runtime.leave();
                return Ok(flow);
            }
        }
        self.runtime.leave();
        Ok(Flow::Next)
    }

    fn enter(&mut self) -> Done<()> {
        match self.runtime.enter() {
            Ok(()) => Ok(()),
            Err(problem) => self.fail(problem),
        }
    }

    #[inline(never)]
    fn text(&mut self, span: Span) -> Done<Flow> {
        let text = self.source.bytes(span);
        self.out.extend_from_slice(text);
        self.check_output(text.len())?;
        Ok(Flow::Next)
    }

    #[inline(never)]
    fn action(&mut self, dot: &Operand, node: &'t Node, pipe: Id) -> Done<Flow> {
        let pipe = self.source.pipe(pipe);
        let value = self.pipeline(dot, pipe)?;
        if pipe.variables.from == pipe.variables.to {
            self.at = At::Node(node);
            self.print(&value)?;
        }
        Ok(Flow::Next)
    }

    fn check_output(&mut self, written: usize) -> Done<()> {
        match self.runtime.count_output(written) {
            Ok(()) => Ok(()),
            Err(problem) => self.fail(problem),
        }
    }

    fn print(&mut self, value: &Operand) -> Done<()> {
        if matches!(value.value, Value::List(_) | Value::Map(_))
            && let Err(problem) = self.runtime.unfold(&value.value, 0)
        {
            return self.fail(problem);
        }
        let before = self.out.len();
        match &value.value {
            Value::Nil => self.out.extend_from_slice(b"<no value>"),
            Value::Object(object) => match object.print_in_place() {
                Some(text) => self.out.extend_from_slice(&text),
                None if object.kind() == Kind::Ptr => {
                    let text = sprint(&value.value);
                    self.out.extend_from_slice(text.strip_prefix(b"&").unwrap_or(&text));
                }
                None => print_to(self.out, &value.value),
            },
            value => print_to(self.out, value),
        }
        self.check_output(self.out.len() - before)
    }

    #[inline(never)]
    fn branch(&mut self, dot: &Operand, branch: &'t Branch) -> Done<Flow> {
        if branch.keyword == Keyword::Range {
            self.at = At::Branch(branch);
            let mark = self.runtime.variables.mark();
            let flow = self.range(dot, branch)?;
            self.runtime.variables.pop(mark);
            return Ok(flow);
        }
        let mark = self.runtime.variables.mark();
        let value = self.pipeline(dot, self.source.pipe(branch.pipe))?;
        let flow = if value.value.truth() {
            let inner = if branch.keyword == Keyword::With { &value } else { dot };
            self.list(inner, &branch.list)?
        } else if let Some(otherwise) = &branch.otherwise {
            self.list(dot, otherwise)?
        } else {
            Flow::Next
        };
        self.runtime.variables.pop(mark);
        Ok(flow)
    }

    fn range(&mut self, dot: &Operand, branch: &'t Branch) -> Done<Flow> {
        let value = self.pipeline(dot, self.source.pipe(branch.pipe))?.value;
        let mark = self.runtime.variables.mark();
        let empty = match &value {
            Value::Nil => true,
            Value::Int(count, kind) => {
                self.one_variable(&value, branch)?;
                for number in 0..*count {
                    let item = Operand::concrete(Value::Int(number, *kind));
                    let none = Operand::concrete(Value::Nil);
                    if self.round(branch, mark, none, item)? == Flow::Break {
                        return Ok(Flow::Next);
                    }
                }
                *count <= 0
            }
            Value::Uint(count, kind) => {
                self.one_variable(&value, branch)?;
                for number in 0..*count {
                    let item = Operand::concrete(Value::Uint(number, *kind));
                    let none = Operand::concrete(Value::Nil);
                    if self.round(branch, mark, none, item)? == Flow::Break {
                        return Ok(Flow::Next);
                    }
                }
                *count == 0
            }
            _ => match (value.as_list(), value.as_map()) {
                (Some(list), _) => return self.range_list(dot, branch, mark, &list),
                (_, Some(map)) => {
                    // Go takes the entries before the first round.
                    let entries = map.entries();
                    let empty = entries.is_empty();
                    let interface = map.map_type() != crate::helm::value::MapType::Strings;
                    for (key, item) in entries {
                        let item = Operand { value: item, interface };
                        let key = Operand::concrete(Value::Str(key));
                        if self.round(branch, mark, key, item)? == Flow::Break {
                            return Ok(Flow::Next);
                        }
                    }
                    empty
                }
                _ => {
                    let text = sprint(&value);
                    let text = String::from_utf8_lossy(&text);
                    return self.fail(format!("range can't iterate over {text}"));
                }
            },
        };
        self.range_else(dot, branch, empty)
    }

    fn range_list(
        &mut self,
        dot: &Operand,
        branch: &'t Branch,
        mark: usize,
        list: &Rc<List>,
    ) -> Done<Flow> {
        let interface = list.elem() == Elem::Any;
        for (index, item) in (0..).zip(list.iter()) {
            let item = Operand { value: item.clone(), interface };
            let index = Operand::concrete(Value::int(index));
            if self.round(branch, mark, index, item)? == Flow::Break {
                return Ok(Flow::Next);
            }
        }
        self.range_else(dot, branch, list.is_empty())
    }

    fn range_else(&mut self, dot: &Operand, branch: &'t Branch, empty: bool) -> Done<Flow> {
        match &branch.otherwise {
            // `break` and `continue` here end this range: there is nothing left to go round.
            Some(otherwise) if empty => match self.list(dot, otherwise)? {
                Flow::Continue => Ok(Flow::Continue),
                _ => Ok(Flow::Next),
            },
            _ => Ok(Flow::Next),
        }
    }

    fn one_variable(&self, value: &Value, branch: &Branch) -> Done<()> {
        let variables = self.source.pipe(branch.pipe).variables;
        if variables.to - variables.from > 1 {
            let text = sprint(value);
            let text = String::from_utf8_lossy(&text);
            return self.fail(format!("can't use {text} to iterate over more than one variable"));
        }
        Ok(())
    }

    /// One time round: writes the variables, runs the body.
    fn round(
        &mut self,
        branch: &'t Branch,
        mark: usize,
        index: Operand,
        item: Operand,
    ) -> Done<Flow> {
        if let Err(problem) = self.runtime.count_step() {
            return self.fail(problem);
        }
        let pipe = self.source.pipe(branch.pipe);
        match (self.source.names(pipe.variables), pipe.assigns) {
            ([], _) => {}
            ([only], true) => self.assign(*only, item.clone())?,
            ([first, second, ..], true) => {
                self.assign(*first, index)?;
                self.assign(*second, item.clone())?;
            }
            (names, false) => {
                self.runtime.variables.set_top(1, item.clone());
                if names.len() > 1 {
                    self.runtime.variables.set_top(2, index);
                }
            }
        }
        let flow = self.list(&item, &branch.list)?;
        self.runtime.variables.pop(mark);
        Ok(if flow == Flow::Continue { Flow::Next } else { flow })
    }

    fn assign(&mut self, name: Span, value: Operand) -> Done<()> {
        let name = self.source.bytes(name);
        if self.runtime.variables.set(self.source.text, name, value) {
            return Ok(());
        }
        self.fail(format!("undefined variable: {}", String::from_utf8_lossy(name)))
    }

    /// The template that is called is executed in place of this one: an execution of its own would need more stack.
    #[inline(never)]
    fn template(
        &mut self,
        dot: &Operand,
        node: &'t Node,
        call: &'t ast::TemplateCall,
    ) -> Done<Flow> {
        let name = self.source.literal(call.name);
        let Some(tree) = self.templates.get(name) else {
            let name = super::print::quote::quote_cut(name, None);
            return self.fail(format!("template {name} not defined"));
        };
        let limit = self.runtime.depth_limit();
        if self.depth >= limit {
            return self.fail(format!("exceeded maximum template depth ({limit})"));
        }
        let data = match call.pipe {
            Some(pipe) => self.pipeline(dot, self.source.pipe(pipe))?,
            None => Operand::concrete(Value::Nil),
        };
        let outer = self.runtime.variables.open(data.clone());
        let caller = self.enter_tree(tree);
        self.depth += 1;
        self.list(&data, &tree.root)?;
        self.depth -= 1;
        self.enter_tree(caller);
        self.at = At::Node(node);
        self.runtime.variables.close(outer);
        Ok(Flow::Next)
    }

    /// Goes on in another tree, and gives the one so far.
    fn enter_tree(&mut self, tree: &'t Tree) -> &'t Tree {
        self.source = tree.source();
        std::mem::replace(&mut self.tree, tree)
    }

    /// The value of a pipeline; declares or assigns its variables.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'t Pipe) -> Done<Operand> {
        self.at = At::Pipe(pipe);
        self.enter()?;
        let mut last = None;
        for command in self.source.commands(pipe) {
            let mut value = self.command(dot, command, last.take())?;
            value.interface = false;
            last = Some(value);
        }
        let value = last.unwrap_or(Operand::concrete(Value::Nil));
        for name in self.source.names(pipe.variables) {
            if pipe.assigns {
                self.assign(*name, value.clone())?;
            } else {
                self.runtime.variables.push(*name, value.clone());
            }
        }
        self.runtime.leave();
        Ok(value)
    }
}
