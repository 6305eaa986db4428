//! Which names are known where: templates of a render and of each `tpl`, variables of an execution.

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::super::value::Value;
use super::ast::{Span, Tree};

/// Named templates; those of a `tpl` lie over those around it.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    below: Option<Rc<Templates>>,
    own: HashMap<Bytes, Tree, RandomState>,
}

impl Templates {
    /// A layer over `below`.
    pub(super) fn over(below: &Rc<Self>) -> Self {
        Self { below: Some(Rc::clone(below)), own: HashMap::default() }
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Tree> {
        let mut layer = Some(self);
        while let Some(templates) = layer {
            if let Some(tree) = templates.own.get(name) {
                return Some(tree);
            }
            layer = templates.below.as_deref();
        }
        None
    }

    /// The last definition counts, but an empty one replaces none.
    pub(super) fn add(&mut self, tree: Tree) {
        if !tree.empty || self.get(&tree.name).is_none() {
            self.own.insert(tree.name.clone(), tree);
        }
    }
}

/// A value and whether its static Go type is `interface {}`, which errors show.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    pub(crate) interface: bool,
}

impl Operand {
    /// With its own type.
    pub(crate) const fn concrete(value: Value) -> Self {
        Self { value, interface: false }
    }

    /// Behind an `interface {}`.
    pub(crate) const fn interface(value: Value) -> Self {
        Self { value, interface: true }
    }

    /// What a parameter of type `interface {}` gets of it.
    pub(super) fn copied(self) -> Self {
        match &self.value {
            Value::Object(object) => match object.copied() {
                Some(value) => Self { value, ..self },
                None => self,
            },
            _ => self,
        }
    }

    /// What Go calls the zero `reflect.Value`.
    pub(crate) const fn is_invalid(&self) -> bool {
        matches!(self.value, Value::Nil) && !self.interface
    }

    /// The type as errors print it.
    pub(super) fn type_name(&self) -> &str {
        if self.interface { "interface {}" } else { self.value.type_name() }
    }
}

/// The variables of all executions that are open, innermost last.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Each with the place of its name in the text of its template.
    stack: Vec<(Span, Operand)>,
    /// Where those of the innermost execution begin.
    base: usize,
}

impl Variables {
    /// Begins an execution: `$` alone is known. Gives what [`close`](Self::close) wants back.
    pub(super) fn open(&mut self, dollar: Operand) -> usize {
        // An empty place stands for the name `$`.
        self.stack.push((Span::default(), dollar));
        std::mem::replace(&mut self.base, self.stack.len() - 1)
    }

    /// Ends the innermost execution.
    pub(super) fn close(&mut self, outer: usize) {
        self.stack.truncate(self.base);
        self.base = outer;
    }

    /// Forgets what failed executions left.
    pub(super) fn clear(&mut self) {
        self.stack.clear();
        self.base = 0;
    }

    pub(super) const fn mark(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn pop(&mut self, mark: usize) {
        self.stack.truncate(mark);
    }

    pub(super) fn push(&mut self, name: Span, value: Operand) {
        self.stack.push((name, value));
    }

    /// Where the innermost variable is that `text` calls so.
    fn find(&self, text: &[u8], name: &[u8]) -> Option<usize> {
        let same = |span: &Span| match text.get(span.start as usize..span.end as usize) {
            Some(b"") => name == b"$",
            known => known == Some(name),
        };
        let own = self.stack[self.base..].iter().rposition(|(span, _)| same(span));
        own.map(|at| self.base + at)
    }

    pub(super) fn get(&self, text: &[u8], name: &[u8]) -> Option<&Operand> {
        Some(&self.stack[self.find(text, name)?].1)
    }

    /// Writes the innermost variable of that name; false when there is none.
    pub(super) fn set(&mut self, text: &[u8], name: &[u8], value: Operand) -> bool {
        match self.find(text, name) {
            Some(at) => {
                self.stack[at].1 = value;
                true
            }
            None => false,
        }
    }

    /// Writes the variable that is `depth` below the top.
    pub(super) fn set_top(&mut self, depth: usize, value: Operand) {
        let at = self.stack.len() - depth;
        self.stack[at].1 = value;
    }
}
