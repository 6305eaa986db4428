//! What rules may cost at most, estimated from how large values can become.

use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::super::structure::{Structure, Values};

/// What one rule may cost.
pub(crate) const RULE_COST_MAX: u64 = 10_000_000;
/// What all rules of a schema may cost together.
pub(crate) const RULES_COST_MAX: u64 = 100_000_000;
/// How large a request can be, in bytes: nothing in an object is larger.
pub(crate) const OBJECT_BYTES_MAX: u64 = 3 * 1024 * 1024;

/// How large what an expression gives can become, and what it holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sizes {
    most: u64,
    schema: Option<Structure>,
}

impl Sizes {
    /// Returns the sizes of values of a schema.
    pub(crate) fn of(schema: &Structure) -> Self {
        let limits = &schema.limits;
        let limit = |limit: Option<i64>| limit.and_then(|limit| u64::try_from(limit).ok());
        let most = match schema.kind.as_str() {
            "string" => match schema.format.as_str() {
                "duration" => 32,
                "date" => 10,
                "date-time" => 40,
                _ => limit(limits.max_length)
                    .map_or(OBJECT_BYTES_MAX - 2, |length| length.saturating_mul(4)),
            },
            "array" => limit(limits.max_items)
                .unwrap_or_else(|| most_items(schema.items.as_deref().map_or(1, least_size))),
            "object" => match &schema.values {
                Values::Of(of) => {
                    limit(limits.max_properties).unwrap_or_else(|| most_items(least_size(of) + 6))
                }
                _ => limit(limits.max_properties).unwrap_or(most_items(7)),
            },
            _ => 1,
        };
        Self { most, schema: Some(schema.clone()) }
    }

    fn one() -> Self {
        Self { most: 1, schema: None }
    }

    fn item(&self) -> Self {
        let Some(schema) = &self.schema else {
            return Self { most: OBJECT_BYTES_MAX, schema: None };
        };
        match &schema.items {
            Some(items) => Self::of(items),
            // The keys of maps are texts of any length.
            None => Self { most: OBJECT_BYTES_MAX, schema: None },
        }
    }

    fn field(&self, name: &str) -> Self {
        let schema = self.schema.as_ref();
        schema.and_then(|schema| schema.field(name)).map_or_else(Self::one, Self::of)
    }
}

/// Returns how many items of a least size fit into a request.
pub(crate) fn most_items(least: u64) -> u64 {
    (OBJECT_BYTES_MAX - 2) / (least + 1)
}

/// Returns how small a value of a schema can be, in bytes.
pub(crate) fn least_size(schema: &Structure) -> u64 {
    match schema.kind.as_str() {
        "boolean" => 4,
        "string" => match schema.format.as_str() {
            "duration" => 4,
            "date" => 12,
            "date-time" => 22,
            _ => 2,
        },
        "array" => 2,
        "object" => {
            let required = schema.required.iter().filter_map(|name| {
                let below = schema.properties.get(name)?;
                (below.default.is_none()).then(|| name.len() as u64 + 4 + least_size(below))
            });
            2 + required.sum::<u64>()
        }
        _ => 1,
    }
}

/// A tenth of a size, rounded up: what it costs to walk over a text.
fn tenth(size: u64) -> u64 {
    size.div_ceil(10)
}

/// Estimates what a rule costs at most.
pub(crate) fn estimate(source: &str, this: &Structure) -> u64 {
    let Ok(program) = super::parse(source) else { return 0 };
    let sizes = Sizes::of(this);
    let mut scope = vec![("self".to_owned(), sizes.clone()), ("oldSelf".to_owned(), sizes)];
    of(program.expression(), &mut scope, 0).0
}

fn of(expression: &IdedExpr, scope: &mut Vec<(String, Sizes)>, depth: usize) -> (u64, Sizes) {
    if super::check::EXPRESSION_DEPTH_MAX < depth {
        return (0, Sizes::one());
    }
    let depth = depth + 1;
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => {
            (0, Sizes { most: text.inner().chars().count() as u64, schema: None })
        }
        Expr::Literal(_) | Expr::Unspecified | Expr::Struct(_) => (0, Sizes::one()),
        Expr::Ident(name) => {
            let found = scope.iter().rev().find(|(known, _)| known == name);
            (1, found.map_or_else(Sizes::one, |(_, sizes)| sizes.clone()))
        }
        Expr::List(list) => {
            let cost = list.elements.iter().map(|element| of(element, scope, depth).0);
            let cost = cost.fold(10, u64::saturating_add);
            (cost, Sizes { most: list.elements.len() as u64, schema: None })
        }
        Expr::Map(map) => (30, Sizes { most: map.entries.len() as u64, schema: None }),
        Expr::Select(select) => {
            let (cost, sizes) = of(&select.operand, scope, depth);
            (
                cost.saturating_add(1),
                if select.test { Sizes::one() } else { sizes.field(&select.field) },
            )
        }
        Expr::Comprehension(loops) => {
            let (range, sizes) = of(&loops.iter_range, scope, depth);
            let start = of(&loops.accu_init, scope, depth).0;
            scope.push((loops.iter_var.clone(), sizes.item()));
            scope.push((loops.accu_var.clone(), Sizes { most: 0, schema: None }));
            let turn = of(&loops.loop_cond, scope, depth)
                .0
                .saturating_add(of(&loops.loop_step, scope, depth).0);
            let end = of(&loops.result, scope, depth).0;
            scope.truncate(scope.len().saturating_sub(2));
            let cost = turn.saturating_mul(sizes.most).saturating_add(range);
            (cost.saturating_add(start).saturating_add(end), sizes)
        }
        Expr::Call(call) => of_call(call, scope, depth),
    }
}

fn of_call(call: &CallExpr, scope: &mut Vec<(String, Sizes)>, depth: usize) -> (u64, Sizes) {
    let mut cost = 0_u64;
    let mut all: Vec<Sizes> = Vec::new();
    for argument in call.target.iter().map(|target| &**target).chain(&call.args) {
        let (own, sizes) = of(argument, scope, depth);
        cost = cost.saturating_add(own);
        all.push(sizes);
    }
    let size = |at: usize| all.get(at).map_or(1, |sizes: &Sizes| sizes.most);
    let (own, sizes) = match call.func_name.as_str() {
        "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" => {
            (tenth(size(0).min(size(1))).max(1), Sizes::one())
        }
        "startsWith" | "endsWith" => (tenth(size(1)).max(1), Sizes::one()),
        "contains" => (tenth(size(0)).saturating_mul(tenth(size(1))).max(1), Sizes::one()),
        "matches" | "find" | "findAll" => {
            let pattern = size(1).div_ceil(4);
            (tenth(size(0).saturating_add(1)).saturating_mul(pattern).max(1), Sizes::one())
        }
        "@in" => (size(1).max(1), Sizes::one()),
        "_+_" => {
            let most = size(0).saturating_add(size(1));
            (tenth(most).max(1), Sizes { most, schema: None })
        }
        "_[_]" => (1, all.first().map_or_else(Sizes::one, Sizes::item)),
        "_&&_" | "_||_" | "!_" | "@not_strictly_false" | "_?_:_" => (0, Sizes::one()),
        "lowerAscii" | "upperAscii" | "trim" | "replace" | "split" | "join" | "quantity" => {
            (tenth(size(0)).max(1), all.first().cloned().unwrap_or_else(Sizes::one))
        }
        "sum" | "min" | "max" | "isSorted" | "indexOf" | "lastIndexOf" => {
            (size(0).max(1), Sizes::one())
        }
        _ => (1, Sizes::one()),
    };
    (cost.saturating_add(own), sizes)
}
