//! Rules in an expression language, `x-kubernetes-validations`.

mod check;
mod cost;
mod evaluate;
mod functions;
mod kinds;
mod meter;
mod place;
mod values;

use std::{collections::BTreeMap, sync::Arc};

use kube_cel::cel::{Program, common::ast::IdedExpr as Expression};
use serde_json::Value;

pub(super) use self::{
    check::judge,
    cost::{RULE_COST_MAX, RULES_COST_MAX, estimate, least_size, most_items},
    evaluate::check,
    kinds::Kind,
};
use super::super::world::text;

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(super) source: String,
    message: String,
    reason: String,
    /// Where a problem is, seen from the value.
    place: String,
    optional_old: bool,
    /// The expressions, with meters in them.
    program: Option<Arc<Expression>>,
    message_program: Option<Arc<Expression>>,
    uses_old: bool,
}

impl Rule {
    /// Reads the rules of a schema.
    pub(crate) fn read(schema: &Value) -> Vec<Self> {
        let list = schema.get("x-kubernetes-validations").and_then(Value::as_array);
        list.into_iter().flatten().map(|rule| Self::one(rule, schema)).collect()
    }

    fn one(rule: &Value, schema: &Value) -> Self {
        let field = |name: &str| text(rule, &format!("/{name}")).to_owned();
        let parsed = parse(&field("rule")).ok();
        let message = parse(&field("messageExpression")).ok();
        let with_meter = |program: &Program| Arc::new(meter::metered(program.expression()));
        let program = parsed.as_ref().map(with_meter);
        let message_program = message.as_ref().map(with_meter);
        let place = super::definition::find_field(&field("fieldPath"), schema, true)
            .map(|(path, _)| path)
            .unwrap_or_default();
        let uses_old =
            parsed.as_ref().is_some_and(|program| program.references().has_variable("oldSelf"));
        Self {
            source: field("rule").trim().to_owned(),
            message: field("message").trim().to_owned(),
            reason: field("reason"),
            place,
            optional_old: rule.get("optionalOldSelf") == Some(&Value::Bool(true)),
            program,
            message_program,
            uses_old,
        }
    }

    /// What is said when the rule says nothing else.
    fn words(&self) -> String {
        match self.message.as_str() {
            "" => format!("failed rule: {}", self.source),
            message => message.to_owned(),
        }
    }
}

/// How long an expression may be, in bytes.
pub(crate) const RULE_BYTES_MAX: usize = 16 * 1024;

/// Parses an expression.
///
/// # Errors
///
/// What is wrong with it, where, in several lines.
pub(super) fn parse(source: &str) -> Result<Program, String> {
    if source.trim().is_empty() {
        return Err("expression is empty".to_owned());
    }
    if RULE_BYTES_MAX < source.len() {
        return Err(format!("expression is longer than {RULE_BYTES_MAX} bytes"));
    }
    Program::compile(source).map_err(|errors| {
        let found = errors.errors.first();
        let message = found.map(|error| error.msg.clone()).unwrap_or_default();
        let (line, column) = found.map_or((1, 1), |error| error.pos);
        place::shown(source, line, column, &message)
    })
}

/// Whether an expression looks at the value that was there before.
pub(super) fn uses_old(source: &str) -> bool {
    parse(source).is_ok_and(|program| program.references().has_variable("oldSelf"))
}

/// Names of fields as expressions write them.
pub(super) fn escape(name: &str) -> Option<String> {
    const WORDS: [&str; 21] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    if WORDS.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let first = name.chars().next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if first.is_ascii_digit() || !name.chars().all(fits) {
        return None;
    }
    let replaced = name
        .replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__");
    Some(replaced)
}

/// Types of variables, by name.
pub(super) type Scope = BTreeMap<String, Kind>;
