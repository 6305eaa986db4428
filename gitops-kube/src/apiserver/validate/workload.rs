//! The rules of workloads.

use std::collections::BTreeSet;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{
    super::{
        status::Problem,
        world::{At, text},
    },
    claims, metadata, pod, policy, selector,
};

const SELECTOR: &str = "`selector` does not match template `labels`";

/// Checks a workload that keeps pods running; `given` says that the labels of its pods are given,
/// but empty.
pub(super) fn check(kind: &str, object: &Value, given: bool, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    if kind == "StatefulSet" {
        stateful(spec, out);
        claim_templates(spec, out);
    }
    if kind != "DaemonSet" {
        not_negative(spec, "replicas", out);
    }
    check_selector(kind, spec, out);
    let mut template = Cow::Borrowed(spec.get("template").unwrap_or(&Value::Null));
    if kind == "StatefulSet" {
        mount_claims(spec, template.to_mut());
    }
    let path = "spec.template";
    if matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") {
        let none = if given { json!({}) } else { Value::Null };
        let labels = template.at("/metadata/labels").unwrap_or(&none);
        let selector = spec.get("selector").unwrap_or(&Value::Null);
        // No selector at all selects nothing.
        let unfit = selector.is_null() || !matches(selector, labels);
        if unfit && !selector.as_object().is_some_and(Map::is_empty) {
            out.push(Problem::invalid(format!("{path}.metadata.labels"), labels, SELECTOR));
        }
    }
    check_template(&template, path, out);
    if kind == "StatefulSet" {
        // Once with the template, once with the set.
        let labels = template.at("/metadata/labels");
        metadata::labels(labels, &format!("{path}.labels"), out);
    }
    let policy = text(&template, "/spec/restartPolicy");
    if policy != "Always" {
        let field = format!("{path}.spec.restartPolicy");
        out.push(Problem::not_supported(field, &json!(policy), &["Always"]));
    }
    if kind == "Deployment" {
        deployment(spec, out);
    }
}

/// Gives a template the volumes that the set makes of its claims, before its own, and takes the
/// name that the set gives its pods.
fn mount_claims(spec: &Value, template: &mut Value) {
    let Some(Value::Object(pod)) = template.get_mut("spec") else { return };
    pod.remove("hostname");
    pod.remove("subdomain");
    let claims = spec.get("volumeClaimTemplates").and_then(Value::as_array);
    let names: BTreeSet<&str> =
        claims.into_iter().flatten().map(|claim| text(claim, "/metadata/name")).collect();
    if names.is_empty() {
        return;
    }
    let own = pod.get("volumes").and_then(Value::as_array).cloned().unwrap_or_default();
    let claimed = names
        .iter()
        .map(|name| json!({ "name": name, "persistentVolumeClaim": { "claimName": name } }));
    let kept = own.into_iter().filter(|volume| !names.contains(text(volume, "/name")));
    let volumes: Vec<Value> = claimed.chain(kept).collect();
    pod.insert("volumes".to_owned(), volumes.into());
}

/// Checks a template of pods.
pub(super) fn check_template(template: &Value, path: &str, out: &mut Vec<Problem>) {
    let at = format!("{path}.labels");
    metadata::labels(template.at("/metadata/labels"), &at, out);
    if let Some(spec) = template.get("spec") {
        pod::check(spec, &format!("{path}.spec"), out);
    }
}

fn not_negative(spec: &Value, field: &str, out: &mut Vec<Problem>) {
    if let Some(number) = spec.get(field).and_then(Value::as_i64)
        && number < 0
    {
        let detail = "must be greater than or equal to 0";
        out.push(Problem::invalid(format!("spec.{field}"), &json!(number), detail));
    }
}

fn check_selector(kind: &str, spec: &Value, out: &mut Vec<Problem>) {
    let found = spec.get("selector").unwrap_or(&Value::Null);
    match found.as_object() {
        None => out.push(Problem::required("spec.selector", "")),
        Some(selector) => {
            selector::check(found, "spec.selector", out);
            let none = |name: &str| match selector.get(name) {
                Some(Value::Object(map)) => map.is_empty(),
                Some(Value::Array(list)) => list.is_empty(),
                _ => true,
            };
            if none("matchLabels") && none("matchExpressions") {
                let detail = format!("empty selector is invalid for {}", kind.to_lowercase());
                out.push(Problem::invalid("spec.selector", found, &detail));
            }
        }
    }
}

/// Whether a label selector selects the labels.
fn matches(selector: &Value, labels: &Value) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    let exact = exact.into_iter().flatten().all(|(key, value)| label(key) == value.as_str());
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    exact
        && expressions.into_iter().flatten().all(|expression| {
            let found = label(text(expression, "/key"));
            let values = expression.get("values").and_then(Value::as_array);
            let listed = found.is_some_and(|found| {
                values.is_some_and(|values| values.iter().any(|value| value == found))
            });
            match text(expression, "/operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// Checks how many pods more or less there may be in the meantime.
fn rolling_update(rolling: &Value, out: &mut Vec<Problem>) {
    let path = "spec.strategy.rollingUpdate";
    let at = |name: &str| rolling.get(name).unwrap_or(&Value::Null);
    let (unavailable, surge) = (at("maxUnavailable"), at("maxSurge"));
    let field = format!("{path}.maxUnavailable");
    let mut found = Vec::new();
    policy::amount(unavailable, &field, &mut found);
    // That a share is too large is said last, and only of those who may be missing.
    let large = |problem: &Problem| problem.message.ends_with("100%");
    let (late, mut early): (Vec<Problem>, Vec<Problem>) = found.into_iter().partition(large);
    policy::amount(surge, &format!("{path}.maxSurge"), &mut early);
    out.extend(early.into_iter().filter(|problem| !large(problem)));
    let zero = |value: &Value| match value {
        Value::String(text) => {
            text.strip_suffix('%').unwrap_or(text).parse::<i64>().unwrap_or(0) == 0
        }
        value => value.as_i64().unwrap_or(0) == 0,
    };
    if zero(unavailable) && zero(surge) {
        let detail = "may not be 0 when `maxSurge` is 0";
        out.push(Problem::invalid(&field, unavailable, detail));
    }
    out.extend(late);
}

fn deployment(spec: &Value, out: &mut Vec<Problem>) {
    let strategy = spec.get("strategy").unwrap_or(&Value::Null);
    let rolling = strategy.get("rollingUpdate").is_some_and(|value| !value.is_null());
    match text(strategy, "/type") {
        "Recreate" if rolling => out.push(Problem::forbidden(
            "spec.strategy.rollingUpdate",
            "may not be specified when strategy `type` is 'Recreate'",
        )),
        "Recreate" => {}
        "RollingUpdate" => {
            rolling_update(strategy.get("rollingUpdate").unwrap_or(&Value::Null), out);
        }
        other => {
            let valid = ["Recreate", "RollingUpdate"];
            let shown = format!("{{\"Type\":{},\"RollingUpdate\":null}}", json!(other));
            let detail = valid.map(|valid| format!("{valid:?}")).join(", ");
            let message = format!("Unsupported value: {shown}: supported values: {detail}");
            out.push(Problem {
                reason: "FieldValueNotSupported",
                field: "spec.strategy".to_owned(),
                message,
            });
        }
    }
    for field in ["minReadySeconds", "revisionHistoryLimit"] {
        not_negative(spec, field, out);
    }
    if let Some(deadline) = spec.get("progressDeadlineSeconds").and_then(Value::as_i64) {
        not_negative(spec, "progressDeadlineSeconds", out);
        let ready = spec.get("minReadySeconds").and_then(Value::as_i64).unwrap_or(0);
        if deadline <= ready {
            out.push(Problem::invalid(
                "spec.progressDeadlineSeconds",
                &json!(deadline),
                "must be greater than minReadySeconds",
            ));
        }
    }
}

fn stateful(spec: &Value, out: &mut Vec<Problem>) {
    let strategy = spec.get("updateStrategy").cloned().unwrap_or_default();
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    if let Some(rolling) = rolling
        && text(&strategy, "/type") == "OnDelete"
    {
        let number = |name: &str| rolling.get(name).cloned().unwrap_or_default();
        let partition = rolling.get("partition").and_then(Value::as_i64).unwrap_or(0);
        let shown = format!(
            "{{\"Partition\":{partition},\"MaxUnavailable\":{}}}",
            number("maxUnavailable")
        );
        out.push(Problem {
            reason: "FieldValueInvalid",
            field: "spec.updateStrategy.rollingUpdate".to_owned(),
            message: format!(
                "Invalid value: {shown}: only allowed for updateStrategy 'RollingUpdate'"
            ),
        });
    }
}

fn claim_templates(spec: &Value, out: &mut Vec<Problem>) {
    let templates = spec.get("volumeClaimTemplates").and_then(Value::as_array);
    for (index, claim) in templates.into_iter().flatten().enumerate() {
        let claim = claim.get("spec").cloned().unwrap_or_default();
        claims::check(&claim, &format!("spec.volumeClaimTemplates[{index}].spec"), out);
    }
}

/// Checks a changed stateful set: its claims cannot change, so that they are not looked at, and a
/// template that was wrong before may stay so.
pub(super) fn check_stateful(live: &Value, object: &Value, given: bool, out: &mut Vec<Problem>) {
    let check_rest = |object: &Value| {
        let mut found = Vec::new();
        check("StatefulSet", object, given, &mut found);
        found.retain(|problem| !problem.field.starts_with("spec.volumeClaimTemplates"));
        found
    };
    let before = check_rest(live);
    let mut found = check_rest(object);
    if !before.is_empty() {
        let policy = "spec.template.spec.restartPolicy";
        found.retain(|problem| {
            !problem.field.starts_with("spec.template")
                || problem.field == policy
                || problem.message.ends_with(SELECTOR)
        });
    }
    out.extend(found);
}

/// Refuses a change of what a stateful set keeps.
pub(super) fn check_stateful_change(live: &Value, object: &Value, out: &mut Vec<Problem>) {
    let rest = |value: &Value| {
        let mut spec = value.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
        for name in [
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
        ] {
            spec.remove(name);
        }
        spec
    };
    if rest(live) != rest(object) {
        out.push(Problem::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', \
             'template', 'updateStrategy', 'revisionHistoryLimit', \
             'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}

/// Refuses a change of the selector.
pub(super) fn check_selector_change(
    kind: &str,
    live: &Value,
    object: &Value,
    out: &mut Vec<Problem>,
) {
    if !matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet") {
        return;
    }
    let selector = object.at("/spec/selector");
    if live.at("/spec/selector") != selector {
        let value = selector.unwrap_or(&Value::Null);
        out.push(Problem::invalid("spec.selector", value, "field is immutable"));
    }
}
