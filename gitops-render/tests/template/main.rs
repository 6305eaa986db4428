//! The template engine, with what the real one printed.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod errors;
mod functions;
mod limits;
mod properties;

use bytes::Bytes;
use gitops_render::helm::template::{
    Engine, Environment, Random, TemplateFile, limits::REGEX_BYTES_MAX, with_deep_stack,
};
use gitops_render::helm::value::{Map, MapType, Value};
use std::rc::Rc;

/// A source of chance that is none.
#[derive(Debug)]
pub struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(37).wrapping_add(11);
            *byte = self.0;
        }
    }
}

pub fn environment() -> Environment {
    let now = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    let environment = Environment::new(now, Counter(7));
    assert_eq!(environment.limits.regex_bytes, REGEX_BYTES_MAX);
    environment
}

fn data() -> Value {
    let values = serde_json::json!({
        "s": "str", "n": 3, "f": 0.5, "l": [1, "b", null, 2.5],
        "m": { "k": "v", "b": 1, "a": [1] }, "e": "", "t": "{{ .Values.n }}",
        "deep": { "a": { "b": { "c": 1 } } },
    });
    let Value::Map(values) = Value::from_json(&values) else { unreachable!("it is an object") };
    let values = Value::Map(Rc::new(values.retyped(MapType::Values)));
    let release = Value::map([("Name", Value::text("r"))]);
    let top = Map::new(MapType::Values, [("Values", values), ("Release", release)]);
    Value::Map(Rc::new(top))
}

/// What the template prints, or the error.
pub fn render_in(environment: impl FnOnce() -> Environment + Send, text: &str) -> String {
    let text = Bytes::copy_from_slice(text.as_bytes());
    with_deep_stack(move || {
        let file = TemplateFile {
            name: "c/templates/x.yaml".into(),
            base_path: "c/templates".into(),
            text,
            data: data(),
        };
        match Engine::new(environment()).render(&[file]) {
            Ok(mut files) => {
                let text = files.remove("c/templates/x.yaml").unwrap();
                String::from_utf8_lossy(&text).into_owned()
            }
            Err(error) => format!("ERR {error}"),
        }
    })
}

pub fn render(text: &str) -> String {
    render_in(environment, text)
}

/// Each line is a template, ` => ` and what it prints in JSON, or `ERR` and its error, of which
/// further lines are indented by a bar.
pub fn check(cases: &str) {
    for case in cases.trim_matches('\n').split("\n\n") {
        let (template, want) = case.split_once("\n=> ").unwrap();
        let got = render(template);
        assert_eq!(got, want, "\n{template}");
    }
}
