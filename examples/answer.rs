//! Answers questions about text, one JSON object a line in and one a line out.
//!
//! A question names what is asked in `do`; the answer is `{"ok": …}` or `{"error": "text"}`. A
//! property test can so compare this workspace with the tools it agrees with, by the thousand.

#![expect(clippy::print_stdout, reason = "the answers are what the program is for")]

use std::io::{self, BufRead as _, Write as _};

use gitops_core::{
    TreePath,
    yaml::{self, Duplicates},
};
use gitops_render::plain::SourceIgnore;
use serde_json::{Map, Value, json};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let reply = match answer(&line) {
            Ok(ok) => format!("{{\"ok\":{ok}}}"),
            Err(error) => json!({ "error": error }).to_string(),
        };
        writeln!(out, "{reply}")?;
    }
    out.flush()
}

// Returns the answer as JSON text.
fn answer(line: &str) -> Result<String, String> {
    let ask: Map<String, Value> =
        serde_json::from_str(line).map_err(|err| format!("no question: {err}"))?;
    match text(&ask, "do")? {
        "yaml.decode" => yaml_decode(&ask),
        "yaml.encode" => yaml_encode(&ask),
        "ignore.match" => ignore_match(&ask),
        other => Err(format!("nothing called {other:?}")),
    }
}

fn yaml_decode(ask: &Map<String, Value>) -> Result<String, String> {
    let strict = ask.get("strict").and_then(Value::as_bool).unwrap_or(false);
    let duplicates = if strict { Duplicates::Refuse } else { Duplicates::Last };
    let value = yaml::decode(text(ask, "text")?.as_bytes(), duplicates);
    value.map(|value| yaml::to_json(&value)).map_err(|err| err.to_string())
}

fn yaml_encode(ask: &Map<String, Value>) -> Result<String, String> {
    let text = yaml::encode(ask.get("value").unwrap_or(&Value::Null));
    text.map(|text| Value::from(text).to_string()).map_err(|err| err.to_string())
}

// A path that ends in `/` is a directory.
fn ignore_match(ask: &Map<String, Value>) -> Result<String, String> {
    let mut ignore = SourceIgnore::new();
    ignore.add(&TreePath::root(), text(ask, "text")?);
    let paths = ask.get("paths").and_then(Value::as_array).ok_or("paths is no list")?;
    let matches = |path: &Value| {
        let path = path.as_str().unwrap_or_default();
        let plain = path.strip_suffix('/').unwrap_or(path);
        ignore.matches(&plain.split('/').collect::<Vec<_>>(), plain.len() < path.len())
    };
    Ok(Value::from_iter(paths.iter().map(matches)).to_string())
}

fn text<'a>(ask: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    ask.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is no text"))
}
