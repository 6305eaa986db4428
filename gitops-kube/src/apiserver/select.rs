//! Label and field selectors.

use serde_json::Value;

use super::status::{Failure, Result};

/// What objects a list or a watch is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    Above(i64),
    Below(i64),
}

impl Selector {
    /// Reads both selectors of a request.
    ///
    /// # Errors
    ///
    /// 400 when one of them cannot be read.
    pub(crate) fn new(labels: &str, fields: &str) -> Result<Self> {
        Ok(Self { labels: parse_labels(labels)?, fields: parse_fields(fields)? })
    }

    /// Whether everything is selected.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Returns the fields the selector asks about.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _, _)| name.as_str())
    }

    /// Whether an object is selected.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.labels.iter().all(|requirement| requirement.matches(object))
            && self
                .fields
                .iter()
                .all(|(name, equal, value)| (field(object, name) == *value) == *equal)
    }
}

fn field(object: &Value, name: &str) -> String {
    let pointer = format!("/{}", name.replace('.', "/"));
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => match name {
            "spec.unschedulable" => "false".to_owned(),
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    }
}

impl Requirement {
    fn matches(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        let label = labels.and_then(|labels| labels.get(&self.key)).and_then(Value::as_str);
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => label.is_some_and(|label| values.iter().any(|v| v == label)),
            Test::NotIn(values) => label.is_none_or(|label| values.iter().all(|v| v != label)),
            Test::Exists => label.is_some(),
            Test::Missing => label.is_none(),
            Test::Above(bound) => number().is_some_and(|number| *bound < number),
            Test::Below(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

fn parse_fields(text: &str) -> Result<Vec<(String, bool, String)>> {
    let mut out = Vec::new();
    for term in text.split(',').filter(|term| !term.is_empty()) {
        let (name, equal, value) = if let Some((name, value)) = term.split_once("!=") {
            (name, false, value)
        } else if let Some((name, value)) = term.split_once("==") {
            (name, true, value)
        } else if let Some((name, value)) = term.split_once('=') {
            (name, true, value)
        } else {
            return Err(Failure::bad_request(format!(
                "invalid selector: '{text}'; can't understand '{term}'"
            )));
        };
        out.push((name.to_owned(), equal, value.to_owned()));
    }
    Ok(out)
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut out = Vec::new();
    while parser.peek().is_some() {
        let requirement = parser
            .requirement()
            .map_err(|why| Failure::bad_request(format!("unable to parse requirement: {why}")))?;
        out.push(requirement);
        match parser.next().as_deref() {
            None => break,
            Some(",") => {}
            Some(other) => {
                return Err(Failure::bad_request(format!(
                    "found '{other}', expected: ',' or 'end of string'"
                )));
            }
        }
    }
    Ok(out)
}

fn tokens(text: &str) -> Vec<String> {
    let (mut out, mut word) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !matches!(c, '(' | ')' | ',' | '!' | '=' | '<' | '>') && !c.is_whitespace() {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if c.is_whitespace() {
            continue;
        }
        let mut sign = c.to_string();
        if matches!(c, '!' | '=') && chars.peek() == Some(&'=') {
            chars.next();
            sign.push('=');
        }
        out.push(sign);
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn requirement(&mut self) -> std::result::Result<Requirement, String> {
        let missing = self.peek() == Some("!");
        if missing {
            self.next();
        }
        let key = match self.next() {
            Some(key) if is_word(&key) => key,
            Some(other) => return Err(format!("found '{other}', expected: identifier")),
            None => return Err("found '', expected: identifier".to_owned()),
        };
        if missing {
            return Ok(Requirement { key, test: Test::Missing });
        }
        if matches!(self.peek(), None | Some(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let operator = self.next().unwrap_or_default();
        let test = match operator.as_str() {
            "=" | "==" => Test::In(vec![self.value()]),
            "!=" => Test::NotIn(vec![self.value()]),
            "in" => Test::In(self.values()?),
            "notin" => Test::NotIn(self.values()?),
            ">" | "<" => {
                let value = self.value();
                let Ok(bound) = value.parse() else {
                    return Err(format!(
                        "values[0]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, \
                         the value must be an integer"
                    ));
                };
                if operator == ">" { Test::Above(bound) } else { Test::Below(bound) }
            }
            other => {
                return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        };
        Ok(Requirement { key, test })
    }

    fn value(&mut self) -> String {
        match self.peek() {
            Some(word) if is_word(word) => self.next().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn values(&mut self) -> std::result::Result<Vec<String>, String> {
        match self.next().as_deref() {
            Some("(") => {}
            other => {
                return Err(format!("found '{}', expected: '('", other.unwrap_or_default()));
            }
        }
        let mut out = Vec::new();
        loop {
            out.push(self.value());
            match self.next().as_deref() {
                Some(",") => {}
                Some(")") => return Ok(out),
                other => {
                    return Err(format!(
                        "found '{}', expected: ',', or ')'",
                        other.unwrap_or_default()
                    ));
                }
            }
        }
    }
}

fn is_word(token: &str) -> bool {
    !matches!(token, "(" | ")" | "," | "!" | "=" | "==" | "!=" | "<" | ">")
}
