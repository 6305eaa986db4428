//! A megabyte of manifests: what reading and printing it costs.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;

use std::{fmt::Write as _, time::Duration};

use gitops_core::yaml::{self, Duplicates, Input};

const OBJECTS: usize = 2_000;
const RUNS: usize = 9;

fn main() {
    let mut text = String::from("items:\n");
    for index in 0..OBJECTS {
        let _ = write!(
            text,
            "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web-{index}\n    \
             labels:\n      app.kubernetes.io/name: web\n      tier: \"{index}\"\n  spec:\n    \
             replicas: {index}\n    template:\n      spec:\n        containers:\n        \
             - name: web\n          image: registry.example.com/web:1.0.{index}\n          \
             args: [--port, \"8080\", --verbose]\n          resources:\n            \
             limits:\n              cpu: 500m\n              memory: 128Mi\n"
        );
    }
    let file = std::env::temp_dir().join("gitops-bench.yaml");
    std::fs::write(&file, &text).unwrap();
    println!("the text, {} bytes, is in {} for other programs to read", text.len(), file.display());
    let value = yaml::decode(text.as_bytes(), Duplicates::Refuse).unwrap();
    let (mut parse, mut decode, mut encode) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let input = Input::new(text.as_bytes());
        let (documents, took) = measure::time(|| yaml::documents(&input).unwrap());
        assert_eq!(documents.len(), 1);
        parse.push(took);
        let (read, took) =
            measure::time(|| yaml::decode(text.as_bytes(), Duplicates::Refuse).unwrap());
        assert_eq!(read, value);
        decode.push(took);
        let (printed, took) = measure::time(|| yaml::encode(&value).unwrap());
        assert!(text.len() / 2 < printed.len());
        encode.push(took);
    }
    for (what, runs) in [
        ("YAML to nodes with lines", &mut parse),
        ("YAML to JSON values", &mut decode),
        ("JSON values to YAML", &mut encode),
    ] {
        measure::show(what, runs);
        println!("  {:.0} MB/s", speed(text.len(), runs[runs.len() / 2]));
    }
}

#[allow(clippy::cast_precision_loss, reason = "a text has few megabytes")]
fn speed(bytes: usize, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}
