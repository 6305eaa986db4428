//! The rules of where pods may run, and under which names and settings.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names,
    pod::list,
    selector,
};

/// Checks what the spec of a pod says about nodes, names and kernel settings.
pub(super) fn check(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    check_sysctls(spec, path, out);
    check_affinity(spec, path, out);
    check_spread(spec, path, out);
    let account = text(spec, "/serviceAccountName");
    for problem in names::subdomain(account).iter().filter(|_| !account.is_empty()) {
        let field = format!("{path}.serviceAccountName");
        out.push(Problem::invalid(field, &json!(account), problem));
    }
    for name in ["hostname", "subdomain"] {
        let value = text(spec, &format!("/{name}"));
        for problem in names::label(value).iter().filter(|_| !value.is_empty()) {
            out.push(Problem::invalid(format!("{path}.{name}"), &json!(value), problem));
        }
    }
    check_tolerations(spec, path, out);
    check_aliases(spec, path, out);
}

fn check_sysctls(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    let context = spec.get("securityContext").unwrap_or(&Value::Null);
    let mut seen: Vec<&str> = Vec::new();
    for (index, sysctl) in list(context, "sysctls").iter().enumerate() {
        let at = format!("{path}.securityContext.sysctls[{index}].name");
        let name = text(sysctl, "/name");
        if name.is_empty() {
            out.push(Problem::required(at, ""));
        } else if seen.contains(&name) {
            out.push(Problem::duplicate(at, &json!(name)));
        } else {
            seen.push(name);
        }
    }
}

fn check_affinity(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    for which in ["podAffinity", "podAntiAffinity"] {
        let Some(affinity) = spec.pointer(&format!("/affinity/{which}")) else { continue };
        let at = format!("{path}.affinity.{which}");
        for (index, term) in list(affinity, REQUIRED).iter().enumerate() {
            check_topology(term, &format!("{at}.{REQUIRED}[{index}]"), out);
        }
        for (index, term) in list(affinity, PREFERRED).iter().enumerate() {
            let at = format!("{at}.{PREFERRED}[{index}]");
            let weight = term.get("weight").and_then(Value::as_i64).unwrap_or(0);
            if !(1..=100).contains(&weight) {
                let detail = "must be in the range 1-100";
                out.push(Problem::invalid(format!("{at}.weight"), &json!(weight), detail));
            }
            let term = term.get("podAffinityTerm").unwrap_or(&Value::Null);
            check_topology(term, &format!("{at}.podAffinityTerm"), out);
        }
    }
}

fn check_topology(term: &Value, path: &str, out: &mut Vec<Problem>) {
    if let Some(selector) = term.get("labelSelector").filter(|found| found.is_object()) {
        selector::check(selector, &format!("{path}.labelSelector"), out);
    }
    for name in list(term, "namespaces") {
        for problem in names::label(name.as_str().unwrap_or_default()) {
            out.push(Problem::invalid(format!("{path}.namespace"), name, &problem));
        }
    }
    let (key, at) = (text(term, "/topologyKey"), format!("{path}.topologyKey"));
    if key.is_empty() {
        out.push(Problem::required(&at, "can not be empty"));
    }
    for problem in names::qualified(key) {
        out.push(Problem::invalid(&at, &json!(key), &problem));
    }
}

fn check_aliases(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    for (index, alias) in list(spec, "hostAliases").iter().enumerate() {
        let address = text(alias, "/ip");
        if address.parse::<IpAddr>().is_err() {
            let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            let field = format!("{path}.hostAliases[{index}].ip");
            out.push(Problem::invalid(field, &json!(address), detail));
        }
        for (at, name) in list(alias, "hostnames").iter().enumerate() {
            let field = format!("{path}.hostAliases[{index}].hostnames[{at}]");
            for problem in names::subdomain(name.as_str().unwrap_or_default()) {
                out.push(Problem::invalid(&field, name, &problem));
            }
        }
    }
}

fn check_tolerations(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    for (index, toleration) in list(spec, "tolerations").iter().enumerate() {
        let at = format!("{path}.tolerations[{index}]");
        let part = |name: &str| text(toleration, name);
        let (key, value) = (part("/key"), part("/value"));
        let (operator, effect) = (part("/operator"), part("/effect"));
        for problem in names::qualified(key).iter().filter(|_| !key.is_empty()) {
            out.push(Problem::invalid(format!("{at}.key"), &json!(key), problem));
        }
        if key.is_empty() && operator != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all \
                          values and all keys\"";
            out.push(Problem::invalid(format!("{at}.operator"), &json!(operator), detail));
        }
        if toleration.get("tolerationSeconds").is_some_and(Value::is_number)
            && effect != "NoExecute"
        {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            out.push(Problem::invalid(format!("{at}.effect"), &json!(effect), detail));
        }
        check_toleration_value(operator, value, &format!("{at}.operator"), out);
        if !matches!(effect, "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            let valid = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
            out.push(Problem::not_supported(format!("{at}.effect"), &json!(effect), &valid));
        }
    }
}

fn check_toleration_value(operator: &str, value: &str, path: &str, out: &mut Vec<Problem>) {
    match operator {
        "" | "Equal" => {
            let problems = names::label_value(value);
            if !problems.is_empty() {
                out.push(Problem::invalid(path, &json!(value), &problems.join(";")));
            }
        }
        "Exists" if !value.is_empty() => {
            let detail = "value must be empty when `operator` is 'Exists'";
            out.push(Problem::invalid(path, &json!(value), detail));
        }
        "Exists" => {}
        "Lt" | "Gt" => {
            let valid = ["Equal", "Exists", "Gt", "Lt"];
            out.push(Problem::not_supported(path, &json!(operator), &valid));
        }
        _ => out.push(Problem::not_supported(path, &json!(operator), &["Equal", "Exists"])),
    }
}

fn check_spread(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    for (index, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let at = format!("{path}.topologySpreadConstraints[{index}]");
        let skew = constraint.get("maxSkew").and_then(Value::as_i64).unwrap_or(0);
        if skew <= 0 {
            let detail = "must be greater than zero";
            out.push(Problem::invalid(format!("{at}.maxSkew"), &json!(skew), detail));
        }
        if text(constraint, "/topologyKey").is_empty() {
            out.push(Problem::required(format!("{at}.topologyKey"), "can not be empty"));
        }
        let action = text(constraint, "/whenUnsatisfiable");
        if !matches!(action, "DoNotSchedule" | "ScheduleAnyway") {
            let valid = ["DoNotSchedule", "ScheduleAnyway"];
            let field = format!("{at}.whenUnsatisfiable");
            out.push(Problem::not_supported(field, &json!(action), &valid));
        }
        let pair = |constraint: &Value| {
            let part = |name: &str| text(constraint, name).to_owned();
            (part("/topologyKey"), part("/whenUnsatisfiable"))
        };
        let later = list(spec, "topologySpreadConstraints").iter().skip(index + 1);
        if later.map(pair).any(|other| other == pair(constraint)) {
            let (key, action) = pair(constraint);
            let field = format!("{at}.{{topologyKey, whenUnsatisfiable}}");
            out.push(Problem::duplicate(field, &json!(format!("{{{key}, {action}}}"))));
        }
        if let Some(domains) = constraint.get("minDomains").and_then(Value::as_i64) {
            let field = format!("{at}.minDomains");
            if domains <= 0 {
                let detail = "must be greater than zero";
                out.push(Problem::invalid(&field, &json!(domains), detail));
            }
            if action != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                );
                out.push(Problem::invalid(&field, &json!(domains), &detail));
            }
        }
        if let Some(selector) = constraint.get("labelSelector").filter(|found| found.is_object()) {
            selector::check(selector, &format!("{at}.labelSelector"), out);
        }
    }
}
