//! What type an expression has, and why it has none.

use kube_cel::cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr,
};
use serde_json::Value;

use super::{
    Kind, Scope,
    functions::{LIBRARIES, function, is_type, library_kind, method_kind, operator, receives},
    place,
};

/// How deep an expression may nest.
pub(crate) const EXPRESSION_DEPTH_MAX: usize = 200;

/// What is wrong with a rule.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) rule: Option<String>,
    pub(crate) message: Option<String>,
}

/// Judges a rule and the expression of its message.
pub(crate) fn judge(rule: &Value, this: &Kind) -> Verdict {
    let field = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
    let old = match rule.get("optionalOldSelf") {
        Some(Value::Bool(true)) => Kind::Optional(Box::new(this.clone())),
        _ => this.clone(),
    };
    let scope: Scope =
        [("self".to_owned(), this.clone()), ("oldSelf".to_owned(), old)].into_iter().collect();
    let mut verdict = Verdict::default();
    match kind_of(field("rule"), &scope) {
        Err(cause) => verdict.rule = Some(format!("compilation failed: {cause}")),
        Ok(Kind::Bool | Kind::Dyn) => {}
        Ok(_) => verdict.rule = Some("cel expression must evaluate to a bool".to_owned()),
    }
    if !field("messageExpression").is_empty() {
        match kind_of(field("messageExpression"), &scope) {
            Err(cause) => {
                verdict.message = Some(format!("messageExpression compilation failed: {cause}"));
            }
            Ok(Kind::Text | Kind::Dyn) => {}
            Ok(_) => {
                verdict.message = Some("messageExpression must evaluate to a string".to_owned());
            }
        }
    }
    verdict
}

fn kind_of(source: &str, scope: &Scope) -> Result<Kind, String> {
    let program = super::parse(source)?;
    Checker { source }.kind(program.expression(), scope, 0)
}

struct Checker<'s> {
    source: &'s str,
}

impl Checker<'_> {
    fn fail<T>(&self, token: &str, message: &str) -> Result<T, String> {
        Err(place::at_token(self.source, token, message))
    }

    fn kind(&self, expression: &IdedExpr, scope: &Scope, depth: usize) -> Result<Kind, String> {
        if EXPRESSION_DEPTH_MAX < depth {
            return Err("expression is nested too deep".to_owned());
        }
        let depth = depth + 1;
        match &expression.expr {
            Expr::Unspecified | Expr::Struct(_) => Ok(Kind::Dyn),
            Expr::Literal(literal) => Ok(match literal {
                LiteralValue::Boolean(_) => Kind::Bool,
                LiteralValue::Bytes(_) => Kind::Bytes,
                LiteralValue::Double(_) => Kind::Double,
                LiteralValue::Int(_) => Kind::Int,
                LiteralValue::Null => Kind::Null,
                LiteralValue::String(_) => Kind::Text,
                LiteralValue::UInt(_) => Kind::Uint,
            }),
            Expr::Ident(name) => match scope.get(name) {
                Some(kind) => Ok(kind.clone()),
                None if is_type(name) => Ok(Kind::Type),
                None => {
                    self.fail(name, &format!("undeclared reference to '{name}' (in container '')"))
                }
            },
            Expr::List(list) => {
                let mut kinds = Vec::new();
                for element in &list.elements {
                    kinds.push(self.kind(element, scope, depth)?);
                }
                Ok(Kind::List(Box::new(common(kinds))))
            }
            Expr::Map(map) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        keys.push(self.kind(&entry.key, scope, depth)?);
                        values.push(self.kind(&entry.value, scope, depth)?);
                    }
                }
                Ok(Kind::Map(Box::new(common(keys)), Box::new(common(values))))
            }
            Expr::Select(select) => self.select(select, scope, depth),
            Expr::Comprehension(loops) => self.comprehension(loops, scope, depth),
            Expr::Call(call) => self.call(call, scope, depth),
        }
    }

    fn select(&self, select: &SelectExpr, scope: &Scope, depth: usize) -> Result<Kind, String> {
        // Names of libraries have dots.
        if let Expr::Ident(name) = &select.operand.expr
            && !scope.contains_key(name)
            && LIBRARIES.contains(&name.as_str())
        {
            return Ok(Kind::Dyn);
        }
        let operand = self.kind(&select.operand, scope, depth)?;
        let found = match &operand {
            Kind::Dyn => Some(Kind::Dyn),
            Kind::Map(_, values) => Some((**values).clone()),
            Kind::Optional(inner) => match &**inner {
                Kind::Map(_, values) => Some(Kind::Optional(values.clone())),
                inner => inner.field(&select.field).map(|kind| Kind::Optional(Box::new(kind))),
            },
            Kind::Object(_) => operand.field(&select.field),
            other => {
                let message = format!("type '{other}' does not support field selection");
                return self.fail(&format!(".{}", select.field), &message);
            }
        };
        match found {
            Some(_) if select.test => Ok(Kind::Bool),
            Some(kind) => Ok(kind),
            None => {
                let message = format!("undefined field '{}'", select.field);
                self.fail(&format!(".{}", select.field), &message)
            }
        }
    }

    fn comprehension(
        &self,
        loops: &ComprehensionExpr,
        scope: &Scope,
        depth: usize,
    ) -> Result<Kind, String> {
        let range = self.kind(&loops.iter_range, scope, depth)?;
        let item = match &range {
            Kind::List(of) => (**of).clone(),
            Kind::Map(key, _) => (**key).clone(),
            Kind::Object(_) => Kind::Text,
            Kind::Dyn => Kind::Dyn,
            other => {
                let message = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, \
                     map, or dynamic)"
                );
                return self.fail("", &message);
            }
        };
        let mut inner = scope.clone();
        inner.insert(loops.iter_var.clone(), item);
        if let Some(second) = &loops.iter_var2 {
            inner.insert(second.clone(), Kind::Dyn);
        }
        let start = self.kind(&loops.accu_init, scope, depth)?;
        inner.insert(loops.accu_var.clone(), start.clone());
        let step = self.kind(&loops.loop_step, &inner, depth)?;
        let accumulated = if matches!(start, Kind::List(_)) { step } else { start };
        inner.insert(loops.accu_var.clone(), accumulated);
        self.kind(&loops.result, &inner, depth)
    }

    fn call(&self, call: &CallExpr, scope: &Scope, depth: usize) -> Result<Kind, String> {
        let mut kinds = Vec::new();
        let library = call.target.as_deref().is_some_and(|target| {
            matches!(&target.expr, Expr::Ident(name)
                if !scope.contains_key(name) && LIBRARIES.contains(&name.as_str()))
        });
        let target = match &call.target {
            Some(target) if !library => Some(self.kind(target, scope, depth)?),
            _ => None,
        };
        for argument in &call.args {
            kinds.push(self.kind(argument, scope, depth)?);
        }
        let name = call.func_name.as_str();
        if let Some(kind) = operator(name, &kinds) {
            return kind.map_or_else(|()| self.no_overload(name, None, &kinds), Ok);
        }
        if library {
            return Ok(library_kind(name));
        }
        match (target, function(name)) {
            (_, None) => {
                let message = format!("undeclared reference to '{name}' (in container '')");
                self.fail(&format!("{name}("), &message)
            }
            (Some(target), Some(kind)) => {
                if receives(name, &target) {
                    Ok(method_kind(name, &target, &kinds).unwrap_or(kind))
                } else {
                    self.no_overload(name, Some(&target), &kinds)
                }
            }
            (None, Some(kind)) => {
                let first = kinds.first();
                if name == "size" && first.is_some_and(|first| !receives(name, first)) {
                    return self.no_overload(name, None, &kinds);
                }
                Ok(if name == "dyn" { Kind::Dyn } else { kind })
            }
        }
    }

    fn no_overload(
        &self,
        name: &str,
        target: Option<&Kind>,
        kinds: &[Kind],
    ) -> Result<Kind, String> {
        let shown: Vec<String> = kinds.iter().map(Kind::to_string).collect();
        let shown = shown.join(", ");
        let to = match target {
            Some(target) => format!("{target}.({shown})"),
            None => format!("({shown})"),
        };
        let message = format!("found no matching overload for '{name}' applied to '{to}'");
        let sign = name.trim_matches(|c| matches!(c, '_' | '@'));
        let token = match name {
            "_[_]" => "[",
            "_?_:_" => "?",
            "@in" => "in ",
            _ if target.is_some() || sign.chars().all(char::is_alphanumeric) => "(",
            _ => sign,
        };
        self.fail(token, &message)
    }
}

fn common(mut kinds: Vec<Kind>) -> Kind {
    let Some(first) = kinds.pop() else { return Kind::Dyn };
    if kinds.iter().all(|kind| *kind == first) { first } else { Kind::Dyn }
}
