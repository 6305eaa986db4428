//! Answers questions about text, one JSON object a line in and one a line out.
//!
//! A question names what is asked in `do`; the answer is `{"ok": …}` or `{"error": "text"}`. A
//! property test can so compare this workspace with the tools it agrees with, by the thousand.

mod helm;
mod ignore;
mod kustomize;
mod patch;
mod semver;
mod yaml;

use std::io::{self, BufRead as _, Write as _};

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
        "yaml.decode" => yaml::decode(&ask),
        "yaml.encode" => yaml::encode(&ask),
        "ignore.match" => ignore::matches(&ask),
        "kustomize.build" => kustomize::build(&ask),
        "helm.render" => helm::render(&ask),
        "helm.set" => helm::set(&ask),
        "semver.check" => semver::check(&ask),
        "semver.sort" => semver::sort(&ask),
        "patch.strategic" => patch::strategic(&ask),
        "patch.json" => patch::json(&ask),
        "patch.merge" => patch::merge(&ask),
        other => Err(format!("nothing called {other:?}")),
    }
}

fn text<'a>(ask: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    ask.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is no text"))
}
