//! Who wins when two managers want one field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Conflict;

/// What to do about a field that another manager owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The desired state wins: the field is taken over.
    Take,
    /// The other manager wins: the field is left out of what is applied.
    Yield,
    /// Nobody wins: the object is blocked until a person decides.
    Fail,
}

/// One rule: the first one that matches a conflict decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Which paths; `*` stands for any text.
    pub path: String,
    /// Which field managers; `*` stands for any text.
    pub manager: String,
    /// What to do.
    pub verdict: Verdict,
}

/// The rules by which conflicts are decided. A conflict that no rule matches fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Rules(
    /// The rules; the first match decides.
    pub Vec<Rule>,
);

impl Rules {
    /// The rules that suit most clusters: what people changed by hand with kubectl, and what an
    /// earlier client-side apply or Helm left behind, is taken over; autoscalers keep the number
    /// of replicas and injectors their certificates.
    pub fn usual() -> Self {
        let rule = |path: &str, manager: &str, verdict| Rule {
            path: path.to_owned(),
            manager: manager.to_owned(),
            verdict,
        };
        Self(vec![
            rule("spec.replicas", "kube-controller-manager", Verdict::Yield),
            rule("*caBundle", "*", Verdict::Yield),
            rule("*", "kubectl-*", Verdict::Take),
            rule("*", "helm", Verdict::Take),
            rule("*", "before-first-apply", Verdict::Take),
        ])
    }

    /// Every conflict fails.
    pub fn strict() -> Self {
        Self(Vec::new())
    }

    /// Decides one conflict.
    pub fn decide(&self, conflict: &Conflict) -> Verdict {
        let matching = self.0.iter().find(|rule| {
            matches(&rule.path, &conflict.path) && matches(&rule.manager, &conflict.manager)
        });
        matching.map_or(Verdict::Fail, |rule| rule.verdict)
    }
}

// `*` stands for any text, also none.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("a*", "a"),
            ("*c", "abc"),
            ("a*c", "abc"),
            ("a*b*c", "a-b-b-c"),
            ("a", "a"),
        ] {
            assert!(matches(pattern, text), "{pattern} does not match {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*c", "ab"), ("a*a", "a"), ("", "a"), ("b*", "ab")] {
            assert!(!matches(pattern, text), "{pattern} matches {text}");
        }
    }

    #[test]
    fn hands_lose_and_unknown_managers_block() {
        let decide = |path: &str, manager: &str| {
            let conflict = Conflict { path: path.to_owned(), manager: manager.to_owned() };
            Rules::usual().decide(&conflict)
        };
        assert_eq!(decide("data.color", "kubectl-edit"), Verdict::Take);
        assert_eq!(decide("spec.replicas", "kube-controller-manager"), Verdict::Yield);
        assert_eq!(decide("data.color", "other-controller"), Verdict::Fail);
    }
}
