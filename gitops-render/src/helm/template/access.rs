//! Commands, variables and fields: how a chain of names finds its value.

use std::borrow::Cow;
use std::rc::Rc;

use super::super::value::{IntType, MapType, Signature, Value};
use super::ast::{Command, Expr, ExprKind, Number, Part, Span};
use super::describe::{At, Describe};
use super::eval::{Done, Execution};
use super::scope::Operand;

/// The arguments behind a command's first word, and the value that comes through the pipe.
#[derive(Clone, Copy)]
pub(super) struct Args<'t, 'v> {
    pub(super) rest: &'t [Expr],
    pub(super) piped: Option<&'v Operand>,
}

impl Args<'_, '_> {
    pub(super) const NONE: Self = Self { rest: &[], piped: None };

    const fn any(&self) -> bool {
        !self.rest.is_empty() || self.piped.is_some()
    }
}

impl<'t> Execution<'t, '_> {
    pub(super) fn command(
        &mut self,
        dot: &Operand,
        command: &'t Command,
        piped: Option<Operand>,
    ) -> Done<Operand> {
        let Some((first, rest)) = self.source.args(command).split_first() else {
            return self.fail("empty command");
        };
        let args = Args { rest, piped: piped.as_ref() };
        match first.kind {
            ExprKind::Field(fields) => {
                self.at = At::Expr(first);
                self.chain(dot, dot.clone(), first, self.source.names(fields), args)
            }
            ExprKind::Chain(inner, fields) => {
                let receiver = self.chain_start(dot, first, self.source.expr(inner))?;
                self.chain(dot, receiver, first, self.source.names(fields), args)
            }
            ExprKind::Identifier(function) => {
                self.at = At::Expr(first);
                self.function(dot, function, At::Command(command), args)
            }
            ExprKind::Pipe(pipe) => {
                self.not_a_function(first, args)?;
                self.pipeline(dot, self.source.pipe(pipe))
            }
            ExprKind::Variable(names) => self.variable(dot, first, names, args),
            _ => {
                self.at = At::Expr(first);
                self.not_a_function(first, args)?;
                match first.kind {
                    ExprKind::Bool(value) => Ok(Operand::concrete(Value::Bool(value))),
                    ExprKind::Dot => Ok(dot.clone()),
                    ExprKind::Number(number) => self.constant(self.source.number(number)),
                    ExprKind::Str { text, .. } => {
                        Ok(Operand::concrete(Value::text(self.source.literal(text))))
                    }
                    _ => self.fail("nil is not a command"),
                }
            }
        }
    }

    fn not_a_function(&self, first: &Expr, args: Args<'_, '_>) -> Done<()> {
        if args.any() {
            let text = match first.kind {
                ExprKind::Pipe(pipe) => self.source.pipe(pipe).text(self.source),
                _ => first.text(self.source),
            };
            return self.fail(format!("can't give argument to non-function {text}"));
        }
        Ok(())
    }

    /// What a number is where nothing says which type it should have.
    pub(super) fn constant(&self, number: &Number) -> Done<Operand> {
        let text = self.source.bytes(number.text);
        let hex = text.len() > 2
            && text[0] == b'0'
            && matches!(text[1], b'x' | b'X')
            && !text.iter().any(|byte| matches!(byte, b'p' | b'P'));
        let fractional = text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E' | b'p' | b'P'));
        let value = match (number.float, number.int) {
            _ if number.complex => {
                let text = shown(text);
                return self.fail(format!("complex numbers are not supported: {text}"));
            }
            (Some(value), _) if !hex && fractional && !text.starts_with(b"'") => {
                Value::Float(value)
            }
            (_, Some(value)) => Value::int(value),
            _ if number.uint.is_some() => {
                let text = shown(text);
                return self.fail(format!("{text} overflows int"));
            }
            _ => Value::Nil,
        };
        Ok(Operand::concrete(value))
    }

    pub(super) fn chain_start(
        &mut self,
        dot: &Operand,
        whole: &'t Expr,
        inner: &'t Expr,
    ) -> Done<Operand> {
        self.at = At::Expr(whole);
        if matches!(inner.kind, ExprKind::Nil) {
            let text = whole.text(self.source);
            return self.fail(format!("indirection through explicit nil in {text}"));
        }
        self.untyped_argument(dot, inner)
    }

    pub(super) fn variable(
        &mut self,
        dot: &Operand,
        node: &'t Expr,
        names: Part,
        args: Args<'t, '_>,
    ) -> Done<Operand> {
        self.at = At::Expr(node);
        let Some((name, fields)) = self.source.names(names).split_first() else {
            return self.fail("variable without a name");
        };
        let name = self.source.bytes(*name);
        let Some(value) = self.runtime.variables.get(self.source.text, name).cloned() else {
            return self.fail(format!("undefined variable: {}", shown(name)));
        };
        if fields.is_empty() {
            self.not_a_function(node, args)?;
            return Ok(value);
        }
        self.chain(dot, value, node, fields, args)
    }

    /// `.A.B.C` from `receiver` on; the last name gets the arguments.
    pub(super) fn chain(
        &mut self,
        dot: &Operand,
        mut receiver: Operand,
        node: &'t Expr,
        fields: &'t [Span],
        args: Args<'t, '_>,
    ) -> Done<Operand> {
        let last = fields.len().saturating_sub(1);
        for (at, field) in fields.iter().enumerate() {
            let args = if at == last { args } else { Args::NONE };
            receiver = self.field(dot, self.source.bytes(*field), node, args, receiver)?;
        }
        Ok(receiver)
    }

    fn field(
        &mut self,
        dot: &Operand,
        name: &'t [u8],
        node: &'t Expr,
        args: Args<'t, '_>,
        receiver: Operand,
    ) -> Done<Operand> {
        let strict = self.runtime.strict();
        match &receiver.value {
            Value::Nil if receiver.interface => {
                self.fail(format!("nil pointer evaluating interface {{}}.{}", shown(name)))
            }
            Value::Nil if strict => {
                let name = super::print::quote::quote_cut(name, None);
                self.fail(format!("nil data; no entry for key {name}"))
            }
            Value::Nil => Ok(Operand::concrete(Value::Nil)),
            Value::Map(map) => {
                if map.map_type() == MapType::Values
                    && let Some(signature) = super::values_method::signature(name)
                {
                    let map = Rc::clone(map);
                    let call = |values: &[Value]| super::values_method::call(&map, name, values);
                    return self.method(dot, name, node, args, signature, call);
                }
                if args.any() {
                    return self.not_a_method(name);
                }
                let interface = map.map_type() != MapType::Strings;
                match map.get(name) {
                    Some(value) => Ok(Operand { value, interface }),
                    None if strict => {
                        let name = super::print::quote::quote_cut(name, None);
                        self.fail(format!("map has no entry for key {name}"))
                    }
                    None if interface => Ok(Operand::interface(Value::Nil)),
                    None => Ok(Operand::concrete(Value::text(""))),
                }
            }
            Value::Object(object) => {
                let text = shown(name);
                if let Some(signature) = object.method(&text) {
                    let object = Rc::clone(object);
                    let call = |values: &[Value]| Ok(object.call(&text, values)?);
                    return self.method(dot, name, node, args, signature, call);
                }
                if let Some(Value::Map(map)) = object.view() {
                    if args.any() {
                        return self.not_a_method(name);
                    }
                    if let Some(value) = map.get(name) {
                        return Ok(Operand::concrete(value));
                    }
                    return Ok(Operand::concrete(object.missing()));
                }
                match object.field(&text) {
                    Some(_) if !text.starts_with(char::is_uppercase) => self.fail(format!(
                        "{text} is an unexported field of struct type {}",
                        receiver.type_name()
                    )),
                    Some(_) if args.any() => {
                        self.fail(format!("{text} has arguments but cannot be invoked as function"))
                    }
                    Some(value) => Ok(Operand::concrete(value)),
                    None => self.no_field(name, &receiver),
                }
            }
            Value::Int(span, IntType::Duration) => {
                self.duration(dot, name, node, args, *span, &receiver)
            }
            _ => self.no_field(name, &receiver),
        }
    }

    fn duration(
        &mut self,
        dot: &Operand,
        name: &'t [u8],
        node: &'t Expr,
        args: Args<'t, '_>,
        span: i64,
        receiver: &Operand,
    ) -> Done<Operand> {
        match super::duration_method::signature(name) {
            Some(signature) => {
                let call = |values: &[Value]| Ok(super::duration_method::call(span, name, values));
                self.method(dot, name, node, args, signature, call)
            }
            None => self.no_field(name, receiver),
        }
    }

    fn not_a_method<T>(&self, name: &[u8]) -> Done<T> {
        self.fail(format!("{} is not a method but has arguments", shown(name)))
    }

    fn no_field(&self, name: &[u8], receiver: &Operand) -> Done<Operand> {
        let kind = receiver.type_name();
        self.fail(format!("can't evaluate field {} in type {kind}", shown(name)))
    }

    fn method(
        &mut self,
        dot: &Operand,
        name: &[u8],
        node: &'t Expr,
        args: Args<'t, '_>,
        signature: Signature,
        call: impl FnOnce(&[Value]) -> Done<Value>,
    ) -> Done<Operand> {
        let values = self.arguments(dot, name, &signature, args)?;
        match call(&values) {
            Ok(value) => Ok(Operand::concrete(value)),
            Err(failure) => {
                self.at = At::Expr(node);
                self.calling_failed(name, failure)
            }
        }
    }
}

/// A name in an error.
fn shown(name: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(name)
}
