//! The rules of roles: what they allow, and which of them are covered by others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::attributes::Attributes;

/// How many single permissions a role is taken apart into before it is not looked at further.
pub(crate) const PERMISSIONS_MAX: usize = 65_536;

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) verbs: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) urls: Vec<String>,
}

impl Rule {
    /// Reads the rules of a role.
    pub(crate) fn all_of(role: &Value) -> Vec<Self> {
        let rules = role.get("rules").and_then(Value::as_array);
        rules.into_iter().flatten().map(Self::of).collect()
    }

    fn of(rule: &Value) -> Self {
        let list = |name: &str| {
            let list = rule.get(name).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
        }
    }

    /// Writes the part of the rule that a review shows: about resources, or about paths.
    pub(crate) fn shown(&self, resources: bool) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, list: &[String]| {
            if !list.is_empty() {
                map.insert(name.to_owned(), json!(list));
            }
        };
        if resources {
            put("apiGroups", &self.groups);
            put("resources", &self.resources);
            put("resourceNames", &self.names);
        } else {
            put("nonResourceURLs", &self.urls);
        }
        map.insert("verbs".to_owned(), json!(self.verbs));
        Value::Object(map)
    }

    /// Whether the rule allows an action.
    pub(crate) fn allows(&self, action: &Attributes) -> bool {
        if !has(&self.verbs, &action.verb) {
            return false;
        }
        if let Some(path) = &action.path {
            return self.urls.iter().any(|url| url == "*" || url_covers(url, path));
        }
        let combined = action.combined();
        let any = format!("*/{}", action.subresource);
        has(&self.groups, &action.group)
            && self.resources.iter().any(|resource| {
                resource == "*"
                    || *resource == combined
                    || (!action.subresource.is_empty() && *resource == any)
            })
            && (self.names.is_empty() || self.names.contains(&action.name))
    }

    /// Takes the rule apart into rules of one verb, one resource and one name each.
    fn apart(&self, out: &mut Vec<Self>) {
        let one = |text: &String| vec![text.clone()];
        for (group, resource) in
            self.groups.iter().flat_map(|group| self.resources.iter().map(move |r| (group, r)))
        {
            for verb in &self.verbs {
                let single = Self {
                    verbs: one(verb),
                    groups: one(group),
                    resources: one(resource),
                    ..Self::default()
                };
                if PERMISSIONS_MAX < out.len() + self.names.len().max(1) {
                    return;
                }
                if self.names.is_empty() {
                    out.push(single);
                } else {
                    let named = |name| Self { names: one(name), ..single.clone() };
                    out.extend(self.names.iter().map(named));
                }
            }
        }
        for url in &self.urls {
            for verb in &self.verbs {
                if PERMISSIONS_MAX <= out.len() {
                    return;
                }
                out.push(Self { verbs: one(verb), urls: one(url), ..Self::default() });
            }
        }
    }

    /// Whether this rule allows everything that a rule of one verb and one resource does.
    fn covers(&self, single: &Self) -> bool {
        let all = |have: &[String], want: &[String]| {
            have.iter().any(|text| text == "*") || want.iter().all(|text| have.contains(text))
        };
        let resources = self.resources.iter().any(|text| text == "*")
            || single.resources.iter().all(|resource| {
                self.resources.contains(resource)
                    || resource
                        .split_once('/')
                        .is_some_and(|(_, sub)| self.resources.contains(&format!("*/{sub}")))
            });
        let names = if single.names.is_empty() {
            self.names.is_empty()
        } else {
            self.names.is_empty() || single.names.iter().all(|name| self.names.contains(name))
        };
        let urls = single
            .urls
            .iter()
            .all(|path| self.urls.iter().any(|url| url == path || url_covers(url, path)));
        all(&self.verbs, &single.verbs)
            && all(&self.groups, &single.groups)
            && resources
            && names
            && urls
    }

    /// Writes the rule as refusals name it.
    fn text(&self) -> String {
        let parts = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| format!("{name}:{}", quoted(list)))
            .collect();
        format!("{{{}}}", parts.join(", "))
    }
}

/// Writes a list as Go does: `["a" "b"]`.
pub(crate) fn quoted(list: &[String]) -> String {
    let texts: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", texts.join(" "))
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|text| text == "*" || text == wanted)
}

fn url_covers(url: &str, path: &str) -> bool {
    url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
}

/// What a rule of one resource is about: group, resource and name.
type Target = (Vec<String>, Vec<String>, Vec<String>);

/// Returns the permissions of `wanted` that `held` lacks, as refusals name them.
pub(crate) fn missing(held: &[Rule], wanted: &[Rule]) -> BTreeSet<String> {
    let mut singles = Vec::new();
    for rule in wanted {
        rule.apart(&mut singles);
    }
    singles.retain(|single| !held.iter().any(|rule| rule.covers(single)));
    // Verbs of one resource are named together.
    let mut out = BTreeSet::new();
    let mut together: BTreeMap<Target, Rule> = BTreeMap::new();
    for single in singles {
        if !single.urls.is_empty() {
            out.insert(single.text());
            continue;
        }
        let at = (single.groups.clone(), single.resources.clone(), single.names.clone());
        match together.get_mut(&at) {
            Some(rule) => rule.verbs.extend(single.verbs),
            None => {
                together.insert(at, single);
            }
        }
    }
    out.extend(together.values().map(Rule::text));
    out
}

#[cfg(test)]
mod tests {
    use super::{PERMISSIONS_MAX, Rule, missing};

    fn rule(verbs: &str, resources: &str) -> Rule {
        let list = |text: &str| text.split(',').map(str::to_owned).collect();
        Rule {
            verbs: list(verbs),
            groups: vec![String::new()],
            resources: list(resources),
            ..Rule::default()
        }
    }

    #[test]
    fn what_is_missing_is_named_by_resource() {
        let found = missing(&[rule("get", "pods")], &[rule("get,list,watch", "pods,secrets")]);
        let found: Vec<String> = found.into_iter().collect();
        assert_eq!(
            found,
            [
                r#"{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}"#,
                r#"{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "watch"]}"#,
            ]
        );
        assert!(missing(&[rule("*", "*")], &[rule("get", "pods/log")]).is_empty());
        assert!(missing(&[rule("get", "*/log")], &[rule("get", "pods/log")]).is_empty());
    }

    #[test]
    fn a_role_is_taken_apart_up_to_a_limit() {
        let many: Vec<String> = (0..400).map(|i| i.to_string()).collect();
        let big = Rule {
            verbs: many.clone(),
            groups: many.clone(),
            resources: vec!["pods".to_owned()],
            ..Rule::default()
        };
        let mut out = Vec::new();
        big.apart(&mut out);
        assert_eq!(out.len(), PERMISSIONS_MAX);
    }
}
