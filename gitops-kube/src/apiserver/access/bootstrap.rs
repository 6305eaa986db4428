//! The roles and bindings that every server starts with, from the table beside this file.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::authorize::RBAC;

/// One object the server starts with: its plural and itself, without uid and time.
type First = (&'static str, Value);

static FIRST: LazyLock<Vec<First>> = LazyLock::new(|| read(include_str!("roles.txt")));

/// Returns the roles and bindings that every server starts with.
pub(crate) fn objects() -> &'static [First] {
    &FIRST
}

fn read(table: &str) -> Vec<First> {
    let mut out: Vec<First> = Vec::new();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            _ if line.starts_with(' ') => {
                if let Some(rules) =
                    out.last_mut().and_then(|(_, role)| role["rules"].as_array_mut())
                {
                    rules.push(rule(&words));
                }
            }
            ["role", name, more @ ..] => out.push(("clusterroles", role(name, more))),
            ["bind", name, groups @ ..] => {
                out.push(("clusterrolebindings", binding(name, groups)));
            }
            _ => {}
        }
    }
    out
}

fn list(word: &str) -> Vec<&str> {
    word.split(',').map(|item| if item == "-" { "" } else { item }).collect()
}

fn rule(words: &[&str]) -> Value {
    match words {
        [verbs, "url", urls] => json!({ "verbs": list(verbs), "nonResourceURLs": list(urls) }),
        [verbs, groups, resources, names @ ..] => {
            let mut rule = json!({
                "verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources),
            });
            if let [names] = names {
                rule["resourceNames"] = json!(list(names));
            }
            rule
        }
        _ => json!({}),
    }
}

fn object(kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": kind,
        "metadata": {
            "name": name,
            "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
            "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
        },
    })
}

fn role(name: &str, words: &[&str]) -> Value {
    let mut role = object("ClusterRole", name);
    role["rules"] = json!([]);
    for word in words {
        if let Some(label) = word.strip_prefix("aggregate=") {
            let selector = json!({ "matchLabels": { label: "true" } });
            role["aggregationRule"] = json!({ "clusterRoleSelectors": [selector] });
            role["rules"] = Value::Null;
        } else {
            role["metadata"]["labels"][word] = "true".into();
        }
    }
    role
}

fn binding(name: &str, groups: &[&str]) -> Value {
    let mut binding = object("ClusterRoleBinding", name);
    binding["roleRef"] = json!({ "apiGroup": RBAC, "kind": "ClusterRole", "name": name });
    let subject = |group: &&str| json!({ "apiGroup": RBAC, "kind": "Group", "name": group });
    binding["subjects"] = groups.iter().map(subject).collect();
    binding
}
