//! Which names are known where: templates of a render and of each `tpl`, variables of an execution.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::value::{Text, Value};
use super::ast::Tree;

/// Named templates; those of a `tpl` lie over those around it.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    below: Option<Rc<Templates>>,
    own: HashMap<Text, Rc<Tree>>,
}

impl Templates {
    /// A layer over `below`.
    pub(super) fn over(below: &Rc<Self>) -> Self {
        Self { below: Some(Rc::clone(below)), own: HashMap::new() }
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Rc<Tree>> {
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
    pub(super) fn add(&mut self, tree: Rc<Tree>) {
        if !tree.root.is_empty() || self.get(&tree.name).is_none() {
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

/// The variables of one execution, innermost last.
#[derive(Debug)]
pub(super) struct Variables<'t> {
    stack: Vec<(&'t [u8], Operand)>,
}

impl<'t> Variables<'t> {
    pub(super) fn new(dollar: Operand) -> Self {
        Self { stack: vec![(b"$", dollar)] }
    }

    pub(super) const fn mark(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn pop(&mut self, mark: usize) {
        self.stack.truncate(mark);
    }

    pub(super) fn push(&mut self, name: &'t [u8], value: Operand) {
        self.stack.push((name, value));
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Operand> {
        self.stack.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Writes the innermost variable of that name; false when there is none.
    pub(super) fn set(&mut self, name: &[u8], value: Operand) -> bool {
        match self.stack.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(entry) => {
                entry.1 = value;
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
