//! What type an expression has, and why it has none.

use kube_cel::cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr,
};
use serde_json::Value;

use super::{Kind, Scope, place};

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
            && matches!(name.as_str(), "google" | "optional" | "math" | "sets" | "ip" | "cidr")
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
            matches!(&target.expr, Expr::Ident(name) if !scope.contains_key(name)
                && matches!(name.as_str(), "optional" | "math" | "sets" | "ip" | "cidr" | "format" | "base64" | "jsonpatch"))
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

fn is_type(name: &str) -> bool {
    const TYPES: [&str; 11] = [
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "null_type",
        "type",
        "google",
    ];
    TYPES.contains(&name)
}

/// Returns what an operator gives; `Err` when it does not take these types, nothing when it is none.
fn operator(name: &str, kinds: &[Kind]) -> Option<Result<Kind, ()>> {
    use Kind::{Bool, Bytes, Double, Duration, Dyn, Int, List, Text, Time, Uint};
    let (first, second) = (kinds.first().unwrap_or(&Dyn), kinds.get(1).unwrap_or(&Dyn));
    let dynamic = *first == Dyn || *second == Dyn;
    let number = |kind: &Kind| matches!(kind, Int | Uint | Double | Dyn);
    Some(match name {
        "_&&_" | "_||_" => {
            if first.fits(&Bool) && second.fits(&Bool) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "!_" => {
            if first.fits(&Bool) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "@not_strictly_false" => Ok(Bool),
        "-_" => {
            if number(first) {
                Ok(first.clone())
            } else {
                Err(())
            }
        }
        "_==_" | "_!=_" => {
            if first.fits(second) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "_<_" | "_<=_" | "_>_" | "_>=_" => {
            let ordered = |kind: &Kind| {
                matches!(kind, Bool | Int | Uint | Double | Text | Bytes | Time | Duration | Dyn)
            };
            let mixed = number(first) && number(second);
            if ordered(first) && ordered(second) && (mixed || first.fits(second)) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "_+_" | "_-_" => match (first, second) {
            _ if dynamic => Ok(Dyn),
            (Time, Duration) | (Duration, Time) => Ok(Time),
            (Time, Time) if name == "_-_" => Ok(Duration),
            (List(a), List(b)) if name == "_+_" && (a.fits(b)) => {
                Ok(if **a == Dyn { second.clone() } else { first.clone() })
            }
            (Text | Bytes, _) if name == "_-_" => Err(()),
            (a, b) if a == b && matches!(a, Int | Uint | Double | Text | Bytes | Duration) => {
                Ok(a.clone())
            }
            _ => Err(()),
        },
        "_*_" | "_/_" | "_%_" => match (first, second) {
            _ if dynamic => Ok(Dyn),
            (Double, Double) if name == "_%_" => Err(()),
            (a, b) if a == b && number(a) => Ok(a.clone()),
            _ => Err(()),
        },
        "_?_:_" => {
            let other = kinds.get(2).unwrap_or(&Dyn);
            if first.fits(&Bool) && second.fits(other) {
                Ok(if *second == Dyn { other.clone() } else { second.clone() })
            } else {
                Err(())
            }
        }
        "_[_]" => match first {
            Dyn => Ok(Dyn),
            List(of) if number(second) => Ok((**of).clone()),
            Kind::Map(key, of) if key.fits(second) => Ok((**of).clone()),
            Kind::Optional(_) => Ok(Dyn),
            _ => Err(()),
        },
        "_[?_]" | "_?._" => Ok(Kind::Optional(Box::new(Dyn))),
        "@in" => match second {
            Dyn => Ok(Bool),
            List(of) | Kind::Map(of, _) if of.fits(first) => Ok(Bool),
            _ => Err(()),
        },
        _ => return None,
    })
}

/// Returns what a function gives; nothing when there is none of the name.
fn function(name: &str) -> Option<Kind> {
    const TABLE: [(&str, Kind); 10] = [
        (
            "bool startsWith endsWith contains matches isSorted hasValue isIP isCIDR isURL isQuantity \
          isSemver isGreaterThan isLessThan isInteger containsIP containsCIDR isCanonical \
          isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast",
            Kind::Bool,
        ),
        (
            "int size indexOf lastIndexOf getFullYear getMonth getDayOfYear getDayOfMonth getDate \
          getDayOfWeek getHours getMinutes getSeconds getMilliseconds compareTo sign asInteger family \
          prefixLength major minor patch",
            Kind::Int,
        ),
        (
            "string charAt lowerAscii upperAscii replace substring trim join format find getScheme \
          getHost getHostname getPort getEscapedPath reverse quote",
            Kind::Text,
        ),
        ("double asApproximateFloat", Kind::Double),
        ("uint", Kind::Uint),
        ("bytes", Kind::Bytes),
        ("timestamp", Kind::Time),
        ("duration", Kind::Duration),
        ("type", Kind::Type),
        (
            "dyn sum min max value orValue or optMap optFlatMap split findAll getQuery first last sort \
          flatten slice distinct ip cidr masked url quantity add sub semver named validate has \
          lists range transformList transformMap sortBy",
            Kind::Dyn,
        ),
    ];
    let row = TABLE.iter().find(|(names, _)| names.split_whitespace().any(|known| known == name));
    row.map(|(_, kind)| kind.clone())
}

/// Returns what a function of a library gives.
fn library_kind(name: &str) -> Kind {
    match name {
        "contains" | "equivalent" | "intersects" | "isNaN" | "isInf" | "isFinite"
        | "isCanonical" => Kind::Bool,
        _ => Kind::Dyn,
    }
}

/// Whether a function can be called on a value.
fn receives(name: &str, target: &Kind) -> bool {
    let texts = [
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "charAt",
        "lowerAscii",
        "upperAscii",
        "replace",
        "split",
        "substring",
        "trim",
        "format",
        "find",
        "findAll",
    ];
    match target {
        Kind::Dyn => true,
        Kind::Text => name != "hasValue" && name != "isSorted",
        Kind::Int | Kind::Uint | Kind::Double | Kind::Bool | Kind::Null => false,
        Kind::Bytes => name == "size",
        Kind::List(_) | Kind::Map(..) | Kind::Object(_) => !texts.contains(&name),
        _ => true,
    }
}

/// Returns what a function gives that depends on what it is called on.
fn method_kind(name: &str, target: &Kind, kinds: &[Kind]) -> Option<Kind> {
    match (name, target) {
        ("min" | "max" | "sum" | "first" | "last", Kind::List(of)) => Some((**of).clone()),
        ("split" | "findAll", Kind::Text) => Some(Kind::List(Box::new(Kind::Text))),
        ("value", Kind::Optional(of)) => Some((**of).clone()),
        ("orValue", Kind::Optional(of)) => {
            Some(if **of == Kind::Dyn { kinds.first()?.clone() } else { (**of).clone() })
        }
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", _) => Some(Kind::Int),
        _ => None,
    }
}
