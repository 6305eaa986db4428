//! Calls: arguments are evaluated for the type of their parameter, as Go's reflection accepts them.

use std::rc::Rc;

use super::super::funcs::{Builtin, Call, Function};
use super::super::value::{Elem, IntType, MapType, Signature, Type, UintType, Value};
use super::access::Args;
use super::ast::{Expr, ExprKind, Number};
use super::describe::{At, Describe};
use super::eval::{Done, Execution};
use super::failure::Failure;
use super::scope::Operand;

impl<'t> Execution<'t, '_> {
    pub(super) fn function(
        &mut self,
        dot: &Operand,
        function: &'static Function,
        node: At<'t>,
        args: Args<'t, '_>,
    ) -> Done<Operand> {
        let name = function.name.as_bytes();
        if matches!(function.builtin, Some(Builtin::And | Builtin::Or)) {
            return self.short_circuit(dot, function, name, args);
        }
        let mut values = self.arguments(dot, name, &function.signature, args)?;
        if function.builtin == Some(Builtin::Call) {
            let callee = match args.rest.first() {
                Some(first) => first.text(self.source),
                None => "<nil>".into(),
            };
            values.insert(0, Value::text(callee));
        }
        let nil_interface = std::mem::take(&mut self.nil_interface);
        if let Err(problem) = self.runtime.count_arguments(&values, function.unfolds) {
            return self.fail(problem);
        }
        let mut call = Call {
            runtime: self.runtime,
            templates: self.templates,
            depth: self.depth,
            nil_interface,
        };
        let answer = (function.run)(&mut call, &values);
        self.runtime.spare_values.give(values);
        match answer {
            Ok(value) => {
                if let Err(problem) = self.runtime.count_made(&value) {
                    return self.fail(problem);
                }
                let interface = function.signature.result == Type::Any;
                Ok(Operand { value, interface })
            }
            Err(failure) => {
                self.at = node;
                self.calling_failed(name, failure)
            }
        }
    }

    pub(super) fn calling_failed<T>(&self, name: &[u8], failure: Failure) -> Done<T> {
        let name = String::from_utf8_lossy(name);
        let prefix = format!("{}error calling {name}: ", self.error_prefix());
        let mut failure = failure.wrapped(&prefix);
        failure.executing = true;
        Err(failure)
    }

    fn check_count(&self, name: &[u8], signature: &Signature, args: Args<'_, '_>) -> Done<()> {
        let given = args.rest.len() + usize::from(args.piped.is_some());
        let wanted = signature.params.len();
        let (least, got) = (wanted.saturating_sub(1), args.rest.len());
        let fits = if signature.variadic { given >= least } else { given == wanted };
        if fits {
            return Ok(());
        }
        let count = match signature.variadic {
            true => format!("at least {least} got {got}"),
            false => format!("{wanted} got {given}"),
        };
        let name = String::from_utf8_lossy(name);
        self.fail(format!("wrong number of args for {name}: want {count}"))
    }

    /// All arguments of a call, evaluated and checked.
    pub(super) fn arguments(
        &mut self,
        dot: &Operand,
        name: &[u8],
        signature: &Signature,
        args: Args<'t, '_>,
    ) -> Done<Vec<Value>> {
        self.check_count(name, signature, args)?;
        let last = signature.params.len().saturating_sub(1);
        let parameter = |at: usize| {
            let at = if signature.variadic { at.min(last) } else { at };
            signature.params.get(at).copied().unwrap_or(Type::Any)
        };
        let mut values = self.runtime.spare_values.take();
        let mut nil_interface = false;
        for (at, arg) in args.rest.iter().enumerate() {
            let operand = self.argument(dot, parameter(at), arg)?;
            nil_interface |= at == 0 && operand.interface && matches!(operand.value, Value::Nil);
            values.push(operand.value);
        }
        self.nil_interface = nil_interface;
        if let Some(piped) = args.piped {
            let kind = parameter(values.len());
            values.push(self.accept(piped.clone(), kind)?.value);
        }
        Ok(values)
    }

    /// `and` and `or` stop at the first argument that decides.
    fn short_circuit(
        &mut self,
        dot: &Operand,
        function: &Function,
        name: &[u8],
        args: Args<'t, '_>,
    ) -> Done<Operand> {
        self.check_count(name, &function.signature, args)?;
        let stops_at = function.builtin == Some(Builtin::Or);
        let mut value = Operand::concrete(Value::Nil);
        for arg in args.rest {
            value = self.argument(dot, Type::Reflect, arg)?;
            if value.value.truth() == stops_at {
                return Ok(value);
            }
        }
        Ok(args.piped.cloned().unwrap_or(value))
    }

    fn argument(&mut self, dot: &Operand, kind: Type, node: &'t Expr) -> Done<Operand> {
        self.at = At::Expr(node);
        match &node.kind {
            ExprKind::Dot => self.accept(dot.clone(), kind),
            ExprKind::Nil => {
                if nil_fits(kind) {
                    return Ok(zero(kind));
                }
                self.fail(format!("cannot assign nil to {}", type_name(kind)))
            }
            ExprKind::Field(_)
            | ExprKind::Variable(_)
            | ExprKind::Pipe(_)
            | ExprKind::Identifier(..)
            | ExprKind::Chain(..) => {
                let value = self.untyped_argument(dot, node)?;
                self.accept(value, kind)
            }
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Str { .. } => {
                self.literal(kind, node)
            }
        }
    }

    /// An argument whose parameter has no type, as the start of a chain.
    pub(super) fn untyped_argument(&mut self, dot: &Operand, node: &'t Expr) -> Done<Operand> {
        self.at = At::Expr(node);
        match node.kind {
            ExprKind::Dot => Ok(dot.clone()),
            ExprKind::Field(fields) => {
                self.chain(dot, dot.clone(), node, self.source.names(fields), Args::NONE)
            }
            ExprKind::Variable(names) => self.variable(dot, node, names, Args::NONE),
            ExprKind::Pipe(pipe) => self.pipeline(dot, self.source.pipe(pipe)),
            ExprKind::Identifier(function) => {
                self.function(dot, function, At::Expr(node), Args::NONE)
            }
            ExprKind::Chain(inner, fields) => {
                let receiver = self.chain_start(dot, node, self.source.expr(inner))?;
                self.chain(dot, receiver, node, self.source.names(fields), Args::NONE)
            }
            _ => self.literal(Type::Any, node),
        }
    }

    fn literal(&self, kind: Type, node: &Expr) -> Done<Operand> {
        let number = match node.kind {
            ExprKind::Number(number) => Some(self.source.number(number)),
            _ => None,
        };
        let value = match (kind, node.kind, number) {
            (Type::Any | Type::Reflect | Type::Bool, ExprKind::Bool(value), _) => {
                Value::Bool(value)
            }
            (Type::Any | Type::Reflect | Type::Str, ExprKind::Str { text, .. }, _) => {
                Value::text(self.source.literal(text))
            }
            (Type::Any | Type::Reflect, _, Some(number)) => return self.constant(number),
            (Type::Int | Type::Int64, _, Some(Number { int: Some(value), .. })) => {
                let int = if kind == Type::Int { IntType::Int } else { IntType::Int64 };
                Value::Int(*value, int)
            }
            (Type::Named("time.Duration"), _, Some(Number { int: Some(value), .. })) => {
                Value::Int(*value, IntType::Duration)
            }
            (Type::Uint32, _, Some(Number { uint: Some(value), .. })) => {
                Value::Uint(*value & u64::from(u32::MAX), UintType::Uint64)
            }
            (Type::Float64, _, Some(Number { float: Some(value), .. })) => Value::Float(*value),
            _ => {
                let wanted = match kind {
                    Type::Bool => "bool",
                    Type::Str => "string",
                    Type::Int | Type::Int64 | Type::Named("time.Duration") => "integer",
                    Type::Uint32 => "unsigned integer",
                    Type::Float64 => "float",
                    _ => {
                        let text = node.text(self.source);
                        let kind = type_name(kind);
                        return self.fail(format!("can't handle {text} for arg of type {kind}"));
                    }
                };
                return self.fail(format!("expected {wanted}; found {}", node.text(self.source)));
            }
        };
        Ok(Operand::concrete(value))
    }

    /// The value as a parameter of that type takes it.
    fn accept(&self, operand: Operand, kind: Type) -> Done<Operand> {
        if operand.is_invalid() {
            if nil_fits(kind) {
                return Ok(zero(kind));
            }
            return self.fail(format!("invalid value; expected {}", type_name(kind)));
        }
        let fits = match (kind, &operand.value) {
            (Type::Any | Type::Reflect, _)
            | (Type::Bool, Value::Bool(_))
            | (Type::Int, Value::Int(_, IntType::Int))
            | (Type::Int64, Value::Int(_, IntType::Int64))
            | (Type::Float64, Value::Float(_))
            | (Type::Str, Value::Str(_)) => true,
            (Type::List, Value::List(list)) => list.elem() == Elem::Any,
            (Type::Map, Value::Map(map)) if map.map_type() == MapType::Values => {
                let plain = map.retyped(MapType::Any);
                return Ok(Operand::concrete(Value::Map(Rc::new(plain))));
            }
            (Type::Map, Value::Map(map)) => map.map_type() == MapType::Any,
            (Type::Named(name), value) => value.type_name() == name,
            _ => false,
        };
        if fits {
            return Ok(if kind == Type::Any { operand.copied() } else { operand });
        }
        let nil = matches!(operand.value, Value::Nil);
        let got = if nil { "interface {}" } else { operand.value.type_name() };
        self.fail(format!("wrong type for value; expected {}; got {got}", type_name(kind)))
    }
}

/// Whether nil can stand for a parameter of that type.
const fn nil_fits(kind: Type) -> bool {
    matches!(kind, Type::Any | Type::Reflect | Type::List | Type::Map)
}

/// The nil of a type that has one.
fn zero(kind: Type) -> Operand {
    use super::super::value::{List, Map};
    match kind {
        Type::List => Operand::concrete(Value::List(Rc::new(List::nil(Elem::Any)))),
        Type::Map => Operand::concrete(Value::Map(Rc::new(Map::nil(MapType::Any)))),
        Type::Any => Operand::interface(Value::Nil),
        _ => Operand::concrete(Value::Nil),
    }
}

const fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Any => "interface {}",
        Type::Reflect => "reflect.Value",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Int64 => "int64",
        Type::Uint32 => "uint32",
        Type::Float64 => "float64",
        Type::Str => "string",
        Type::List => "[]interface {}",
        Type::Map => "map[string]interface {}",
        Type::Named(name) => name,
    }
}
