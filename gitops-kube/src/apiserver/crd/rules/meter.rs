//! What rules may cost while they are asked: a meter is built into each expression, so that none runs away.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kube_cel::cel::{
    Context, ExecutionError, Value as Cel,
    common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue},
};

use super::{check::EXPRESSION_DEPTH_MAX, functions::LIBRARIES};

/// What one call of a rule may cost.
pub(crate) const CALL_COST_MAX: u64 = 1_000_000;
/// What all rules of an object may cost together.
pub(crate) const OBJECT_COST_MAX: u64 = 10_000_000;

/// Adds to the meter, and goes on as long as it may.
const SPEND: &str = "@spend";
/// Adds what walking over a text costs, and gives the text.
const WEIGH: &str = "@weigh";
/// What is said of a call that costs too much.
const EXCEEDED: &str = "operation cancelled: actual cost limit exceeded";
/// Functions that walk over the text they are given first.
const WALKERS: [&str; 14] = [
    "contains",
    "endsWith",
    "find",
    "findAll",
    "join",
    "lowerAscii",
    "matches",
    "quantity",
    "replace",
    "split",
    "startsWith",
    "trim",
    "upperAscii",
    "_+_",
];

/// Counts what an expression costs.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    spent: Arc<AtomicU64>,
    limit: u64,
}

impl Meter {
    pub(super) fn new(limit: u64) -> Self {
        Self { spent: Arc::default(), limit }
    }

    pub(super) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.limit < self.spent()
    }

    fn spend(&self, cost: u64) -> Result<(), ExecutionError> {
        self.spent.fetch_add(cost, Ordering::Relaxed);
        if self.is_exceeded() {
            return Err(ExecutionError::function_error(SPEND, EXCEEDED));
        }
        Ok(())
    }

    /// Lets the meters of expressions count here.
    pub(super) fn connect(&self, context: &mut Context<'_>) {
        let meter = self.clone();
        context.add_function(SPEND, move |cost: i64| -> Result<Cel, ExecutionError> {
            meter.spend(u64::try_from(cost).unwrap_or_default())?;
            Ok(Cel::Bool(true))
        });
        let meter = self.clone();
        context.add_function(WEIGH, move |value: Cel| -> Result<Cel, ExecutionError> {
            let size = match &value {
                Cel::String(text) => text.len(),
                Cel::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            meter.spend((size as u64).div_ceil(10))?;
            Ok(value)
        });
    }
}

/// Returns an expression that counts what it costs while it is asked.
pub(super) fn metered(expression: &IdedExpr) -> IdedExpr {
    let mut out = expression.clone();
    let cost = build(&mut out, 0);
    // What is outside of loops is paid before.
    let body = std::mem::take(&mut out);
    call("_?_:_", vec![spend(cost), body, literal(LiteralValue::Null)])
}

/// Builds meters into the loops of an expression; what it costs without them is the answer.
fn build(expression: &mut IdedExpr, depth: usize) -> u64 {
    if EXPRESSION_DEPTH_MAX < depth {
        return 1;
    }
    let depth = depth + 1;
    match &mut expression.expr {
        Expr::Literal(_) => 0,
        Expr::Ident(_) => 1,
        // Nothing has a type of its own here, and the evaluator knows none.
        Expr::Unspecified | Expr::Struct(_) => {
            expression.expr = Expr::Ident("@struct".to_owned());
            1
        }
        Expr::List(list) => 10 + list.elements.iter_mut().map(|one| build(one, depth)).sum::<u64>(),
        Expr::Map(map) => {
            let entries = map.entries.iter_mut().map(|entry| match &mut entry.expr {
                EntryExpr::MapEntry(entry) => {
                    build(&mut entry.key, depth) + build(&mut entry.value, depth)
                }
                EntryExpr::StructField(field) => build(&mut field.value, depth),
            });
            30 + entries.sum::<u64>()
        }
        Expr::Select(select) => 1 + build(&mut select.operand, depth),
        Expr::Call(one) => build_call(one, depth),
        Expr::Comprehension(turns) => {
            let once = [&mut turns.iter_range, &mut turns.accu_init, &mut turns.result];
            let once: u64 = once.into_iter().map(|part| build(part, depth)).sum();
            let turn = build(&mut turns.loop_cond, depth) + build(&mut turns.loop_step, depth);
            let goes_on = std::mem::take(&mut turns.loop_cond);
            turns.loop_cond = call("_&&_", vec![spend(turn.max(1)), goes_on]);
            once
        }
    }
}

fn build_call(one: &mut CallExpr, depth: usize) -> u64 {
    let mut cost = 1;
    for part in one.target.iter_mut().map(|target| &mut **target).chain(&mut one.args) {
        cost += build(part, depth);
    }
    let library = one.target.as_deref().is_some_and(
        |target| matches!(&target.expr, Expr::Ident(name) if LIBRARIES.contains(&name.as_str())),
    );
    if WALKERS.contains(&one.func_name.as_str()) && !library {
        let first = one.target.as_deref_mut().or(one.args.first_mut());
        if let Some(first) = first {
            let text = std::mem::take(first);
            *first = call(WEIGH, vec![text]);
        }
    }
    cost
}

fn spend(cost: u64) -> IdedExpr {
    let cost = i64::try_from(cost).unwrap_or(i64::MAX);
    call(SPEND, vec![literal(LiteralValue::Int(cost.into()))])
}

fn literal(value: LiteralValue) -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Literal(value) }
}

fn call(name: &str, args: Vec<IdedExpr>) -> IdedExpr {
    let call = CallExpr { func_name: name.to_owned(), target: None, args };
    IdedExpr { id: 0, expr: Expr::Call(call) }
}
