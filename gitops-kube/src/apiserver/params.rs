//! The query parameters of writes, checked before anything else.

use serde_json::json;

use super::{
    request::{MANAGER_BYTES_MAX, Request},
    status::{About, Failure, Problem, Result},
};

/// What a request for a collection says about version and size.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOptions {
    pub(crate) version: String,
    pub(crate) exact: bool,
    pub(crate) not_older: bool,
    pub(crate) limit: Option<usize>,
    pub(crate) after: Option<String>,
    pub(crate) seconds: Option<u64>,
    pub(crate) initial: Option<bool>,
}

impl ListOptions {
    /// Reads and checks the parameters of a list or a watch.
    ///
    /// # Errors
    ///
    /// 400 for what is no number, 422 for what does not go together.
    pub(crate) fn of(request: &Request) -> Result<Self> {
        let text = |name: &str| request.param(name).unwrap_or_default();
        let seconds = integer(request, "timeoutSeconds")?;
        let limit = integer(request, "limit")?;
        let matching = text("resourceVersionMatch");
        let initial = request.param("sendInitialEvents").map(|_| request.flag("sendInitialEvents"));
        let watch = request.flag("watch");
        let problems =
            if watch { watch_problems(request, initial) } else { list_problems(request, initial) };
        if !problems.is_empty() {
            let about = About { group: "meta.k8s.io", resource: "ListOptions", name: "" };
            return Err(Failure::invalid(about, &problems));
        }
        Ok(Self {
            version: text("resourceVersion").to_owned(),
            exact: matching == "Exact",
            not_older: matching == "NotOlderThan",
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| 0 < *limit),
            after: Some(text("continue")).filter(|text| !text.is_empty()).map(str::to_owned),
            seconds: seconds.and_then(|seconds| u64::try_from(seconds).ok()),
            initial,
        })
    }
}

/// Reads a parameter that is a number.
///
/// # Errors
///
/// 400 when it is none.
pub(crate) fn integer(request: &Request, name: &str) -> Result<Option<i64>> {
    let Some(text) = request.param(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let why = |what: &str| format!("strconv.ParseInt: parsing {text:?}: {what}");
    text.parse().map(Some).map_err(|cause: std::num::ParseIntError| {
        use std::num::IntErrorKind::{NegOverflow, PosOverflow};
        Failure::bad_request(match cause.kind() {
            PosOverflow | NegOverflow => why("value out of range"),
            _ => why("invalid syntax"),
        })
    })
}

const MATCH: &str = "resourceVersionMatch";
const WITH_CONTINUE: &str = "resourceVersionMatch is forbidden when continue is provided";

fn list_problems(request: &Request, initial: Option<bool>) -> Vec<Problem> {
    let text = |name: &str| request.param(name).unwrap_or_default();
    let mut problems = Vec::new();
    let matching = text(MATCH);
    if !matching.is_empty() {
        if text("resourceVersion").is_empty() {
            let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            problems.push(Problem::forbidden(MATCH, why));
        }
        if !text("continue").is_empty() {
            problems.push(Problem::forbidden(MATCH, WITH_CONTINUE));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            let valid = ["Exact", "NotOlderThan", ""];
            problems.push(Problem::not_supported(MATCH, &json!(matching), &valid));
        }
        if matching == "Exact" && text("resourceVersion") == "0" {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            problems.push(Problem::forbidden(MATCH, why));
        }
    }
    if initial.is_some() {
        let why = "sendInitialEvents is forbidden for list";
        problems.push(Problem::forbidden("sendInitialEvents", why));
    }
    problems
}

fn watch_problems(request: &Request, initial: Option<bool>) -> Vec<Problem> {
    let text = |name: &str| request.param(name).unwrap_or_default();
    let mut problems = Vec::new();
    let matching = text(MATCH);
    if initial.is_some() && matching != "NotOlderThan" {
        let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        problems.push(Problem::forbidden(MATCH, why));
    }
    if !matching.is_empty() {
        if initial.is_none() {
            let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is \
                       provided";
            problems.push(Problem::forbidden(MATCH, why));
        }
        if matching != "NotOlderThan" {
            problems.push(Problem::not_supported(MATCH, &json!(matching), &["NotOlderThan"]));
        }
        if !text("continue").is_empty() {
            problems.push(Problem::forbidden(MATCH, WITH_CONTINUE));
        }
    }
    problems
}

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
