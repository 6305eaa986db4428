//! Work that ends.

use super::{
    Health,
    read::{Reading, Seen},
};

pub(super) fn job(seen: Seen<'_>) -> Reading<Health> {
    let wanted = seen.int("spec.completions", seen.int("spec.parallelism", 1));
    let succeeded = seen.int("status.succeeded", 0);
    let active = seen.int("status.active", 0);
    let failed = seen.int("status.failed", 0);
    for condition in seen.conditions()? {
        if condition.is("Complete", "True") {
            return Ok(Health::current(format!("Job Completed. succeeded: {succeeded}/{wanted}")));
        }
        if condition.is("Failed", "True") {
            let message = format!("Job Failed. failed: {failed}/{wanted}");
            return Ok(Health::failed(because(seen, message, condition.why())));
        }
        // Its last pods are stopping; the outcome is decided.
        if seen.is_strict() && condition.is("FailureTarget", "True") {
            let message = format!("Job is about to fail. failed: {failed}/{wanted}");
            return Ok(Health::failed(because(seen, message, condition.why())));
        }
    }
    let suspended = seen.get("spec.suspend").and_then(serde_json::Value::as_bool) == Some(true);
    if seen.is_strict() && suspended {
        return Ok(Health::current("Job is suspended, as was asked for"));
    }
    if seen.text("status.startTime", "").is_empty() {
        return Ok(Health::in_progress("Job not started"));
    }
    let message =
        format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}");
    // A running job is not done, whatever kstatus says.
    Ok(if seen.is_strict() { Health::in_progress(message) } else { Health::current(message) })
}

fn because(seen: Seen<'_>, message: String, why: &str) -> String {
    if !seen.is_strict() || why.is_empty() {
        return message;
    }
    format!("{message}: {why}")
}
