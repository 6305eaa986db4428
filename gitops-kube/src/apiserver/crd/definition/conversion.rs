//! How objects of one version become those of another.

use serde_json::{Value, json};

use super::super::super::{status::Problem, validate::names as forms, world::text};

const REVIEWS: [&str; 2] = ["v1", "v1beta1"];

/// Checks a conversion.
pub(super) fn check(conversion: Option<&Value>, out: &mut Vec<Problem>) {
    let Some(conversion) = conversion else { return };
    let path = "spec.conversion";
    match text(conversion, "/strategy") {
        "" => out.push(Problem::required(format!("{path}.strategy"), "")),
        "None" | "Webhook" => {}
        other => {
            let valid = ["None", "Webhook"];
            out.push(Problem::not_supported(format!("{path}.strategy"), &json!(other), &valid));
        }
    }
    let client = conversion.pointer("/webhook/clientConfig").filter(|client| client.is_object());
    let reviews = conversion.pointer("/webhook/conversionReviewVersions");
    let reviews = reviews.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if text(conversion, "/strategy") != "Webhook" {
        let detail = "should not be set when strategy is not set to Webhook";
        if client.is_some() {
            out.push(Problem::forbidden(format!("{path}.webhookClientConfig"), detail));
        }
        if !reviews.is_empty() {
            out.push(Problem::forbidden(format!("{path}.conversionReviewVersions"), detail));
        }
        return;
    }
    check_client(client, &format!("{path}.webhookClientConfig"), out);
    check_reviews(reviews, &format!("{path}.conversionReviewVersions"), out);
}

fn check_client(client: Option<&Value>, path: &str, out: &mut Vec<Problem>) {
    let Some(client) = client else {
        return out.push(Problem::required(path, "required when strategy is set to Webhook"));
    };
    let url = client.get("url").and_then(Value::as_str);
    let service = client.get("service").filter(|service| service.is_object());
    match (url, service) {
        (None, None) | (Some(_), Some(_)) => {
            out.push(Problem::required(path, "exactly one of url or service is required"));
        }
        (Some(url), None) => check_url(url, &format!("{path}.url"), out),
        (None, Some(service)) => {
            let path = format!("{path}.service");
            for name in ["name", "namespace"] {
                if text(service, &format!("/{name}")).is_empty() {
                    let detail = format!("service {name} is required");
                    out.push(Problem::required(format!("{path}.{name}"), &detail));
                }
            }
            let port = service.get("port").and_then(Value::as_i64).unwrap_or(443);
            if !(1..=65_535).contains(&port) {
                let detail = "port is not valid: must be between 1 and 65535, inclusive";
                out.push(Problem::invalid(format!("{path}.port"), &json!(port), detail));
            }
        }
    }
}

fn check_url(url: &str, path: &str, out: &mut Vec<Problem>) {
    let form = "; desired format: https://host[/path]";
    let Some((scheme, rest)) = url.split_once("://") else {
        let detail = format!("'https' is the only allowed URL scheme{form}");
        out.push(Problem::invalid(path, &json!(url), &detail));
        if !url.contains('/') || url.starts_with('/') {
            let detail = format!("host must be specified{form}");
            out.push(Problem::invalid(path, &json!(""), &detail));
        }
        return;
    };
    if scheme != "https" {
        let detail = format!("'https' is the only allowed URL scheme{form}");
        out.push(Problem::invalid(path, &json!(scheme), &detail));
    }
    if rest.is_empty() || rest.starts_with('/') {
        let detail = format!("host must be specified{form}");
        out.push(Problem::invalid(path, &json!(""), &detail));
    }
    if let Some((_, fragment)) = rest.split_once('#') {
        let detail = "fragments are not permitted in the URL";
        out.push(Problem::invalid(path, &json!(fragment), detail));
    }
    if let Some((_, query)) = rest.split('#').next().unwrap_or_default().split_once('?') {
        let detail = "query parameters are not permitted in the URL";
        out.push(Problem::invalid(path, &json!(query), detail));
    }
}

fn check_reviews(reviews: &[Value], path: &str, out: &mut Vec<Problem>) {
    if reviews.is_empty() {
        return out.push(Problem::required(path, ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, review) in reviews.iter().enumerate() {
        let name = review.as_str().unwrap_or_default();
        let at = format!("{path}[{index}]");
        if seen.contains(&name) {
            out.push(Problem::invalid(at, review, "duplicate version"));
            continue;
        }
        seen.push(name);
        for problem in forms::label_1035(name) {
            out.push(Problem::invalid(&at, review, &problem));
        }
    }
    if !seen.iter().any(|name| REVIEWS.contains(name)) {
        let detail = format!("must include at least one of {}", REVIEWS.join(", "));
        out.push(Problem::invalid(path, &json!(reviews), &detail));
    }
}
