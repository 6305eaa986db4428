//! YAML is read and printed as Go's own libraries do: their recorded answers.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::yaml::{self, Duplicates};
use serde_json::{Value, json};

const QUESTIONS: &str = include_str!("golden/yaml/questions.jsonl");
const ANSWERS: &str = include_str!("golden/yaml/answers.jsonl");

fn answer(question: &Value) -> Value {
    let answer = match question["do"].as_str().unwrap() {
        "yaml.decode" => {
            let strict = question["strict"].as_bool().unwrap();
            let duplicates = if strict { Duplicates::Refuse } else { Duplicates::Last };
            let value = yaml::decode(question["text"].as_str().unwrap().as_bytes(), duplicates);
            // Go prints what it has read: so numbers are compared as they are printed.
            value.map(|value| serde_json::from_str(&yaml::to_json(&value)).unwrap())
        }
        "yaml.encode" => yaml::encode(&question["value"]).map(Value::from),
        other => panic!("nothing called {other}"),
    };
    match answer {
        Ok(ok) => json!({ "ok": ok }),
        Err(err) => json!({ "error": err.to_string() }),
    }
}

#[test]
fn answers_are_those_of_go() {
    assert_eq!(QUESTIONS.lines().count(), ANSWERS.lines().count());
    let mut differ = Vec::new();
    for (question, expected) in QUESTIONS.lines().zip(ANSWERS.lines()) {
        let expected: Value = serde_json::from_str(expected).unwrap();
        let found = answer(&serde_json::from_str(question).unwrap());
        if found != expected {
            differ.push(format!("{question}\n  expected {expected}\n  found    {found}\n"));
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.concat());
}
