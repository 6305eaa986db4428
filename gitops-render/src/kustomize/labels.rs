//! Selectors of labels in the syntax of Kubernetes.

use super::problem::{Outcome, problem};

/// What labels must be.
#[derive(Debug, Default)]
pub(super) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Debug)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector such as `app=web,tier notin (db, cache),!canary`.
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let mut parser = Parser { rest: text };
        let mut requirements = Vec::new();
        parser.skip();
        while !parser.rest.is_empty() {
            let requirement = parser.requirement();
            let requirement =
                requirement.ok_or_else(|| problem(format!("{text:?} is no selector of labels")))?;
            requirements.push(requirement);
            parser.skip();
            if parser.take(",") {
                parser.skip();
                if parser.rest.is_empty() {
                    return Err(problem(format!("{text:?} ends with a comma")));
                }
            } else if !parser.rest.is_empty() {
                let rest = parser.rest;
                return Err(problem(format!("selector {text:?}: unexpected {rest:?}")));
            }
        }
        Ok(Self { requirements })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether the pairs are what is asked for.
    pub(super) fn matches(&self, pairs: &[(&str, &str)]) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = pairs.iter().find(|(key, _)| *key == requirement.key).map(|pair| pair.1);
            match &requirement.operator {
                Operator::In(values) => value.is_some_and(|value| contains(values, value)),
                Operator::NotIn(values) => value.is_none_or(|value| !contains(values, value)),
                Operator::Exists => value.is_some(),
                Operator::Absent => value.is_none(),
                Operator::Above(least) => number(value).is_some_and(|found| *least < found),
                Operator::Below(most) => number(value).is_some_and(|found| found < *most),
            }
        })
    }
}

fn contains(values: &[String], value: &str) -> bool {
    values.iter().any(|found| found == value)
}

fn number(value: Option<&str>) -> Option<i64> {
    value?.parse().ok()
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        self.skip();
        let special = |char: char| char.is_whitespace() || "=!(),><".contains(char);
        let end = self.rest.find(special).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.skip();
        word
    }

    fn requirement(&mut self) -> Option<Requirement> {
        let absent = self.take("!");
        let key = self.word().to_owned();
        if key.is_empty() {
            return None;
        }
        if absent {
            return Some(Requirement { key, operator: Operator::Absent });
        }
        let operator = if self.take("==") || self.take("=") {
            Operator::In(vec![self.word().to_owned()])
        } else if self.take("!=") {
            Operator::NotIn(vec![self.word().to_owned()])
        } else if self.take(">") {
            Operator::Above(self.word().parse().ok()?)
        } else if self.take("<") {
            Operator::Below(self.word().parse().ok()?)
        } else if self.rest.is_empty() || self.rest.starts_with(',') {
            Operator::Exists
        } else {
            match self.word() {
                "in" => Operator::In(self.values()?),
                "notin" => Operator::NotIn(self.values()?),
                _ => return None,
            }
        };
        Some(Requirement { key, operator })
    }

    fn values(&mut self) -> Option<Vec<String>> {
        if !self.take("(") {
            return None;
        }
        let mut values = Vec::new();
        loop {
            values.push(self.word().to_owned());
            if self.take(")") {
                return Some(values);
            }
            if !self.take(",") {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LabelSelector;

    #[test]
    fn selectors_ask_for_values_and_presence() {
        let pairs = [("app", "web"), ("tier", "front"), ("size", "7")];
        let check = |text: &str, want: bool| {
            assert_eq!(LabelSelector::parse(text).unwrap().matches(&pairs), want, "{text}");
        };
        check("app=web,tier in (back, front)", true);
        check("app == web , !canary", true);
        check("tier notin (front)", false);
        check("absent!=x", true);
        check("size>6,size<8", true);
        check("canary", false);
        assert!(LabelSelector::parse("app in web").is_err());
        assert!(LabelSelector::parse("a=b,").is_err());
    }
}
