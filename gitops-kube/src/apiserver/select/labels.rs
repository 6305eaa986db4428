//! Label selectors, as texts and as parts of objects.

use serde_json::{Value, json};

use super::{
    super::{
        status::{Failure, Problem, Result},
        validate::names,
    },
    REQUIREMENTS_MAX,
};

#[derive(Clone, Debug)]
pub(super) struct Requirement {
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

impl Requirement {
    fn new(key: String, operator: &str, values: Vec<String>) -> Parsed<Self> {
        let mut problems = Vec::new();
        let bound = values.first().and_then(|value| value.parse::<i64>().ok());
        if matches!(operator, ">" | "<") && bound.is_none() {
            let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
            let value = json!(values.first());
            problems.push(Problem::invalid("values[0]", &value, detail).text());
        }
        for (index, value) in values.iter().enumerate() {
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                let field = format!("values[{index}][{key}]");
                problems.push(Problem::invalid(field, &json!(value), &wrong.join("; ")).text());
            }
        }
        match problems.as_slice() {
            [] => {}
            [one] => return Err(one.clone()),
            many => return Err(format!("[{}]", many.join(", "))),
        }
        let test = match operator {
            "in" | "=" | "==" => Test::In(values),
            ">" => Test::Above(bound.unwrap_or_default()),
            "<" => Test::Below(bound.unwrap_or_default()),
            _ => Test::NotIn(values),
        };
        Ok(Self { key, test })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
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

/// Whether a selector that stands in an object selects another; an empty one selects everything.
pub(crate) fn matches_labels(selector: &Value, object: &Value) -> bool {
    let label = |key: &str| {
        let labels = object.pointer("/metadata/labels")?;
        labels.get(key)?.as_str()
    };
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    exact.into_iter().flatten().all(|(key, value)| label(key) == value.as_str())
        && expressions.into_iter().flatten().all(|expression| {
            let part = |name: &str| expression.get(name).and_then(Value::as_str);
            let Some(key) = part("key") else { return false };
            let values = expression.get("values").and_then(Value::as_array);
            let among = |label: &str| values.is_some_and(|values| values.contains(&json!(label)));
            match part("operator") {
                Some("In") => label(key).is_some_and(among),
                Some("NotIn") => label(key).is_none_or(|label| !among(label)),
                Some("Exists") => label(key).is_some(),
                Some("DoesNotExist") => label(key).is_none(),
                _ => false,
            }
        })
}

/// Reads a selector such as `app=web,tier in (a,b),!old`.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut out = Vec::new();
    let refuse = |why: String| Err(Failure::bad_request(why));
    while let Some(token) = parser.peek() {
        if is_sign(token) && token != "!" {
            return refuse(format!("found '{token}', expected: !, identifier, or 'end of string'"));
        }
        let requirement = parser
            .requirement()
            .map_err(|why| Failure::bad_request(format!("unable to parse requirement: {why}")))?;
        out.push(requirement);
        if REQUIREMENTS_MAX < out.len() {
            return refuse(format!("a selector may have at most {REQUIREMENTS_MAX} requirements"));
        }
        match parser.next().as_str() {
            "" => break,
            "," => match parser.peek() {
                Some(token) if !is_sign(token) || token == "!" => {}
                other => {
                    let found = other.unwrap_or_default();
                    return refuse(format!("found '{found}', expected: identifier after ','"));
                }
            },
            other => {
                return refuse(format!("found '{other}', expected: ',' or 'end of string'"));
            }
        }
    }
    Ok(out)
}

fn tokens(text: &str) -> Vec<String> {
    const SIGNS: [&str; 9] = [")", ",", "!", "==", "=", ">", "<", "!=", "("];
    let sign = |c: char| matches!(c, '(' | ')' | ',' | '!' | '=' | '<' | '>');
    let space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut out = Vec::new();
    let mut rest = text.trim_start_matches(space);
    while let Some(first) = rest.chars().next() {
        let length = if sign(first) {
            let two = rest.get(..2).filter(|two| SIGNS.contains(two));
            two.map_or(1, str::len)
        } else {
            rest.find(|c| sign(c) || space(c)).unwrap_or(rest.len())
        };
        let (token, more) = rest.split_at(length);
        out.push(token.to_owned());
        rest = more.trim_start_matches(space);
    }
    out
}

fn is_sign(token: &str) -> bool {
    matches!(token, "(" | ")" | "," | "!" | "=" | "==" | "!=" | "<" | ">")
}

type Parsed<T> = std::result::Result<T, String>;

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    /// Takes the next token; at the end, nothing.
    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or_default()
    }

    fn requirement(&mut self) -> Parsed<Requirement> {
        let missing = self.peek() == Some("!");
        if missing {
            self.next();
        }
        let key = self.next();
        if key.is_empty() || is_sign(&key) {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let wrong = names::qualified(&key);
        if !wrong.is_empty() {
            return Err(Problem::invalid("<nil>", &json!(key), &wrong.join("; ")).text());
        }
        if missing {
            return Ok(Requirement { key, test: Test::Missing });
        }
        if matches!(self.peek(), None | Some(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let operator = self.next();
        let values = match operator.as_str() {
            "=" | "==" | "!=" | ">" | "<" => vec![self.value()?],
            "in" | "notin" => self.values()?,
            other => {
                return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        };
        Requirement::new(key, &operator, values)
    }

    fn value(&mut self) -> Parsed<String> {
        if matches!(self.peek(), None | Some(",")) {
            return Ok(String::new());
        }
        match self.next() {
            word if !is_sign(&word) => Ok(word),
            other => Err(format!("found '{other}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Parsed<Vec<String>> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        match self.peek() {
            Some(")") => {
                self.next();
                return Ok(vec![String::new()]);
            }
            Some(token) if !is_sign(token) || token == "," => {}
            other => {
                let found = other.unwrap_or_default();
                return Err(format!("found '{found}', expected: ',', ')' or identifier"));
            }
        }
        let mut out: Vec<String> = Vec::new();
        // An empty value stands before, between and after commas that have nothing beside them.
        let mut empty = true;
        loop {
            match self.next().as_str() {
                "," => {
                    if empty && !out.contains(&String::new()) {
                        out.push(String::new());
                    }
                    empty = true;
                    if self.peek() == Some(")") {
                        self.next();
                        out.push(String::new());
                        break;
                    }
                }
                word if !word.is_empty() && !is_sign(word) => {
                    out.push(word.to_owned());
                    empty = false;
                    match self.peek() {
                        Some(",") => {}
                        Some(")") => {
                            self.next();
                            break;
                        }
                        other => {
                            let found = other.unwrap_or_default();
                            return Err(format!("found '{found}', expected: ',' or ')'"));
                        }
                    }
                }
                other => return Err(format!("found '{other}', expected: ',', or identifier")),
            }
        }
        out.sort();
        out.dedup();
        Ok(out)
    }
}
