//! The query parameters of writes, checked before anything else.

use serde_json::json;

use super::{
    request::{MANAGER_BYTES_MAX, Request},
    status::{About, Failure, Problem, Result},
};

/// Checks the parameters of a write; `options` is the kind they are the fields of.
///
/// # Errors
///
/// 422 with every parameter that is wrong.
pub(crate) fn check(request: &Request, options: &str) -> Result<()> {
    let mut problems = Vec::new();
    let apply = request.content_type() == "application/apply-patch+yaml";
    if options == "PatchOptions" {
        if apply && request.param("fieldManager").unwrap_or_default().is_empty() {
            problems.push(Problem::required("fieldManager", "is required for apply patch"));
        }
        if !apply && request.param("force").is_some_and(|force| !force.is_empty()) {
            problems.push(Problem::forbidden("force", "may not be specified for non-apply patch"));
        }
    }
    if options != "DeleteOptions" {
        manager(request, &mut problems);
    }
    let dry_run: Vec<&str> = request
        .query
        .iter()
        .filter(|(key, value)| key == "dryRun" && !value.is_empty())
        .map(|(_, value)| value.as_str())
        .collect();
    if dry_run.iter().any(|value| *value != "All") {
        problems.push(Problem::not_supported("dryRun", &json!(dry_run), &["All"]));
    }
    if options != "DeleteOptions" {
        let validation = request.param("fieldValidation").unwrap_or_default();
        if !matches!(validation, "" | "Ignore" | "Strict" | "Warn") {
            let valid = ["", "Ignore", "Strict", "Warn"];
            problems.push(Problem::not_supported("fieldValidation", &json!(validation), &valid));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let about = About { group: "meta.k8s.io", resource: options, name: "" };
    Err(Failure::invalid(about, &problems))
}

fn manager(request: &Request, problems: &mut Vec<Problem>) {
    let manager = request.param("fieldManager").unwrap_or_default();
    if MANAGER_BYTES_MAX < manager.len() {
        problems.push(Problem::too_long("fieldManager", MANAGER_BYTES_MAX));
    }
    if manager.chars().any(char::is_control) {
        problems.push(Problem::invalid(
            "fieldManager",
            &json!(manager),
            "should only contain printable characters",
        ));
    }
}
