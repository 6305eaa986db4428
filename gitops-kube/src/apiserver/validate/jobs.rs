//! The rules of jobs, once and on a schedule.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names, workload,
};

/// How long the name of a cron job may be: its jobs have eleven more characters.
pub(crate) const CRON_JOB_NAME_BYTES_MAX: usize = 52;

/// Checks a job.
pub(super) fn job(object: &Value, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    job_spec(spec, "spec", out);
    if spec.get("manualSelector") == Some(&json!(true)) && spec.get("selector").is_none() {
        out.push(Problem::required("spec.selector", ""));
    }
}

fn job_spec(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    let number = |name: &str| spec.get(name).and_then(Value::as_i64);
    for name in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        if let Some(found) = number(name).filter(|found| *found < 0) {
            let detail = "must be greater than or equal to 0";
            out.push(Problem::invalid(format!("{path}.{name}"), &json!(found), detail));
        }
    }
    let mode = text(spec, "/completionMode");
    match mode {
        "Indexed" => {
            if number("completions").is_none() {
                let detail = "when completion mode is Indexed";
                out.push(Problem::required(format!("{path}.completions"), detail));
            }
        }
        "" | "NonIndexed" => {
            for name in ["backoffLimitPerIndex", "maxFailedIndexes"] {
                if let Some(found) = number(name) {
                    let detail = "requires indexed completion mode";
                    out.push(Problem::invalid(format!("{path}.{name}"), &json!(found), detail));
                }
            }
        }
        other => {
            let valid = ["NonIndexed", "Indexed"];
            let field = format!("{path}.completionMode");
            out.push(Problem::not_supported(field, &json!(other), &valid));
        }
    }
    let policy = text(spec, "/podReplacementPolicy");
    if !matches!(policy, "" | "Failed" | "TerminatingOrFailed") {
        let valid = ["Failed", "TerminatingOrFailed"];
        let field = format!("{path}.podReplacementPolicy");
        out.push(Problem::not_supported(field, &json!(policy), &valid));
    }
    let Some(template) = spec.get("template") else { return };
    workload::check_template(template, &format!("{path}.template"), out);
    let field = format!("{path}.template.spec.restartPolicy");
    match text(template, "/spec/restartPolicy") {
        "OnFailure" | "Never" => {}
        "Always" | "" => {
            out.push(Problem::required(field, "valid values: \"OnFailure\", \"Never\""));
        }
        other => {
            out.push(Problem::not_supported(field, &json!(other), &["OnFailure", "Never"]));
        }
    }
}

/// Refuses a change of what a job keeps.
pub(super) fn job_change(live: &Value, object: &Value, out: &mut Vec<Problem>) {
    let mode = live.pointer("/spec/completionMode").cloned();
    for name in
        ["completions", "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"]
    {
        let pointer = format!("/spec/{name}");
        // The completions of an indexed job may follow its parallelism.
        if name == "completions" && mode == Some(json!("Indexed")) {
            continue;
        }
        let value = object.pointer(&pointer);
        if live.pointer(&pointer) != value {
            let value = value.unwrap_or(&Value::Null);
            out.push(Problem::invalid(format!("spec.{name}"), value, "field is immutable"));
        }
    }
}

/// Checks a cron job.
pub(super) fn cron_job(object: &Value, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    let schedule = text(spec, "/schedule");
    let at = "spec.schedule";
    if schedule.is_empty() {
        out.push(Problem::required(at, ""));
    } else {
        if let Err(cause) = super::schedule::check(schedule) {
            out.push(Problem::invalid(at, &json!(schedule), &cause));
        }
        if schedule.contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            out.push(Problem::invalid(at, &json!(schedule), detail));
        }
    }
    let number = |name: &str| spec.get(name).and_then(Value::as_i64);
    if let Some(found) = number("startingDeadlineSeconds").filter(|found| *found < 0) {
        let detail = "must be greater than or equal to 0";
        out.push(Problem::invalid("spec.startingDeadlineSeconds", &json!(found), detail));
    }
    let policy = text(spec, "/concurrencyPolicy");
    let valid = ["Allow", "Forbid", "Replace"];
    if policy.is_empty() {
        out.push(Problem::required("spec.concurrencyPolicy", ""));
    } else if !valid.contains(&policy) {
        out.push(Problem::not_supported("spec.concurrencyPolicy", &json!(policy), &valid));
    }
    if let Some(job) = spec.pointer("/jobTemplate/spec") {
        job_spec(job, "spec.jobTemplate.spec", out);
        if job.get("manualSelector") == Some(&json!(true)) {
            let field = "spec.jobTemplate.spec.manualSelector";
            out.push(Problem::not_supported(field, &json!(true), &["nil", "false"]));
        }
    }
    for name in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        if let Some(found) = number(name).filter(|found| *found < 0) {
            let detail = "must be greater than or equal to 0";
            out.push(Problem::invalid(format!("spec.{name}"), &json!(found), detail));
        }
    }
    let name = text(object, "/metadata/name");
    if names::label(name).is_empty() && CRON_JOB_NAME_BYTES_MAX < name.len() {
        let detail = format!("must be no more than {CRON_JOB_NAME_BYTES_MAX} characters");
        out.push(Problem::invalid("metadata.name", &json!(name), &detail));
    }
}
