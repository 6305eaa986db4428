//! The rules of a schema: what they say, and what they may cost.

use serde_json::{Value, json};

use super::{
    super::super::status::Problem,
    super::{
        rules::{self, RULE_COST_MAX, RULES_COST_MAX},
        structure::Structure,
    },
    internal,
    openapi::{At, Found},
};

/// How many of the most expensive rules are named.
const NAMED_MAX: usize = 4;

/// Checks the rules of a node.
pub(super) fn check(schema: &Value, path: &str, at: &At, unchanged: bool, out: &mut Found) {
    let structure = Structure::read(schema);
    let Some(kind) = rules::Kind::of(&structure, at.is_root()) else { return };
    let list = schema.get("x-kubernetes-validations").and_then(Value::as_array);
    for (index, rule) in list.into_iter().flatten().enumerate() {
        let path = format!("{path}.x-kubernetes-validations[{index}]");
        let source = rule.get("rule").and_then(Value::as_str).unwrap_or_default();
        let verdict = rules::judge(rule, &kind);
        let cost = if verdict.rule.is_none() { rules::estimate(source, &structure) } else { 0 };
        let cost = cost.saturating_mul(at.times);
        let place = format!("{path}.rule");
        if !unchanged && RULE_COST_MAX < cost {
            let words = expensive("estimated rule cost", cost, RULE_COST_MAX);
            out.rules.push(Problem::forbidden(&place, &words));
        }
        out.costs.push((place.clone(), cost));
        let refused = |field: String, detail: &str| {
            let message = format!("Invalid value: {}: {detail}", internal::rule(rule));
            Problem::said("FieldValueInvalid", field, message)
        };
        if let Some(cause) = &verdict.rule {
            out.rules.push(refused(place.clone(), cause));
        }
        if let Some(cause) = &verdict.message {
            out.rules.push(refused(format!("{path}.messageExpression"), cause));
        }
        if verdict.rule.is_some() {
            continue;
        }
        let old = rules::uses_old(source);
        match (&at.uncorrelatable, rule.get("optionalOldSelf").filter(|said| !said.is_null())) {
            (Some(within), _) if old => {
                let detail = format!(
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within \
                     {within}"
                );
                out.rules.push(Problem::invalid(place, &json!(source), &detail));
            }
            (_, Some(said)) if !old => {
                let detail = "may not be set if oldSelf is not used in rule";
                out.rules.push(Problem::invalid(format!("{path}.optionalOldSelf"), said, detail));
            }
            _ => {}
        }
    }
}

/// Returns how often a value below a node can be in an object.
pub(super) fn times(schema: &Value, below: &Value, times: u64) -> u64 {
    let limit = ["maxItems", "maxProperties"].iter().find_map(|name| schema.get(*name)?.as_u64());
    let below = Structure::read(below);
    let most = limit.unwrap_or_else(|| rules::most_items(rules::least_size(&below)));
    times.saturating_mul(most.max(1))
}

/// Complains of rules that cost too much together.
pub(super) fn budget(costs: &[(String, u64)], root: &str, out: &mut Vec<Problem>) {
    let total = costs.iter().map(|(_, cost)| *cost).fold(0, u64::saturating_add);
    if total <= RULES_COST_MAX {
        return;
    }
    let mut dear: Vec<&(String, u64)> = costs.iter().filter(|(_, cost)| 0 < *cost).collect();
    dear.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    for (place, _) in dear.into_iter().take(NAMED_MAX) {
        let detail = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
        out.push(Problem::forbidden(place, detail));
    }
    let words = expensive(
        "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
        total,
        RULES_COST_MAX,
    );
    out.push(Problem::forbidden(root, &words));
}

#[expect(clippy::cast_precision_loss, reason = "a factor of a few digits is shown")]
fn expensive(what: &str, cost: u64, limit: u64) -> String {
    let factor = cost as f64 / limit as f64;
    let shown = if 100.0 < factor {
        "more than 100x".to_owned()
    } else if factor < 1.5 {
        format!("{factor:.6}x")
    } else {
        format!("{factor:.1}x")
    };
    format!(
        "{what} exceeds budget by factor of {shown} (try simplifying the rule, or adding maxItems, \
         maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
}
