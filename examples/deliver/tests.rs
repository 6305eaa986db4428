//! What a user sees: exit codes, output, and what is wrong with what they gave.

use std::path::Path;

use clap::Parser as _;
use gitops_kube::KubeCluster;
use serde_json::Value;

use crate::{
    args::Args,
    output::Progress,
    repository::Repository,
    run::{EXIT_BLOCKED, EXIT_CHANGES, EXIT_ERROR, EXIT_OK, deliver, run},
    target::connect,
};

struct Seen {
    code: u8,
    out: String,
    progress: String,
}

fn args(directory: &Path, more: &[&str]) -> Args {
    let directory = directory.to_string_lossy();
    Args::parse_from(["deliver", &*directory].iter().chain(more))
}

async fn see(directory: &Path, more: &[&str]) -> Seen {
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let code = run(&args(directory, more), &mut out, &mut progress).await;
    seen(code, out, progress)
}

async fn see_on(cluster: &KubeCluster, directory: &Path, more: &[&str]) -> Seen {
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let args = args(directory, more);
    let ended = deliver(&args, cluster, &mut out, &Progress::new(&mut progress)).await;
    seen(ended.unwrap(), out, progress)
}

fn seen(code: u8, out: Vec<u8>, progress: Vec<u8>) -> Seen {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Seen { code, out: text(out), progress: text(progress) }
}

fn repository(directory: &Path, files: &[(&str, &str)]) -> Repository {
    let mut repository = Repository::create(directory).unwrap();
    for (path, content) in files {
        repository.write(path, content);
    }
    repository.commit("Begin").unwrap();
    repository
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: \"1\"\n";

#[tokio::test]
async fn a_plan_shows_and_a_delivery_delivers() {
    let directory = tempfile::tempdir().unwrap();
    repository(directory.path(), &[("one.yaml", MAP)]);
    let plan = see(directory.path(), &["--plan"]).await;
    assert_eq!(plan.code, EXIT_CHANGES, "{}", plan.progress);
    assert!(plan.out.contains("+ create ConfigMap/default/one  (one.yaml:1)"), "{}", plan.out);
    let delivered = see(directory.path(), &[]).await;
    assert_eq!(delivered.code, EXIT_OK, "{}", delivered.progress);
    assert!(delivered.out.contains("1 created"), "{}", delivered.out);
}

#[tokio::test]
async fn a_second_delivery_has_nothing_to_do() {
    let directory = tempfile::tempdir().unwrap();
    repository(directory.path(), &[("one.yaml", MAP)]);
    let cluster = connect(&args(directory.path(), &[])).await.unwrap();
    assert_eq!(see_on(&cluster, directory.path(), &[]).await.code, EXIT_OK);
    let plan = see_on(&cluster, directory.path(), &["--plan"]).await;
    assert_eq!(plan.code, EXIT_OK);
    assert!(plan.out.starts_with("No changes. The cluster matches main@sha1:"), "{}", plan.out);
}

#[tokio::test]
async fn json_stands_alone_on_stdout() {
    let directory = tempfile::tempdir().unwrap();
    repository(directory.path(), &[("one.yaml", MAP)]);
    let plan = see(directory.path(), &["--plan", "--output", "json"]).await;
    let value: Value = serde_json::from_str(&plan.out).unwrap();
    assert_eq!(value["plan"]["totals"]["create"], 1);
    let delivered = see(directory.path(), &["--output", "json"]).await;
    let value: Value = serde_json::from_str(&delivered.out).unwrap();
    assert_eq!(value["complete"], true);
    assert_eq!(value["report"]["entries"][0]["outcome"], "created");
}

#[tokio::test]
async fn emptying_the_repository_is_blocked_until_approved() {
    let directory = tempfile::tempdir().unwrap();
    let mut repository = repository(directory.path(), &[("one.yaml", MAP)]);
    let cluster = connect(&args(directory.path(), &[])).await.unwrap();
    assert_eq!(see_on(&cluster, directory.path(), &[]).await.code, EXIT_OK);
    repository.remove("one.yaml");
    repository.write("README.md", "# Nothing here\n");
    repository.commit("Take everything out").unwrap();
    let plan = see_on(&cluster, directory.path(), &["--plan", "--output", "json"]).await;
    assert_eq!(plan.code, EXIT_BLOCKED);
    let refused = see_on(&cluster, directory.path(), &[]).await;
    assert_eq!(refused.code, EXIT_BLOCKED);
    assert!(refused.out.contains("Nothing was written."), "{}", refused.out);
    let value: Value = serde_json::from_str(&plan.out).unwrap();
    let digest = value["plan"]["digest"].as_str().unwrap();
    let approved = see_on(&cluster, directory.path(), &["--approve", digest]).await;
    assert_eq!(approved.code, EXIT_OK, "{}", approved.out);
    assert!(approved.out.contains("1 pruned"), "{}", approved.out);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let bad = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n data: x\n";
    let nameless = "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n";
    let elsewhere = MAP.replace("name: one", "name: one\n  namespace: nowhere");
    for (file, more, expected) in [
        (MAP, &["--ref", "mian"] as &[&str], &["mian"] as &[&str]),
        (MAP, &["no/such/path"], &["no/such/path", "does not exist"]),
        (MAP, &["../outside"], &["../outside", "leaves the tree"]),
        (bad, &[], &["one.yaml:5"]),
        (nameless, &[], &["one.yaml:1", "metadata.name"]),
    ] {
        let directory = tempfile::tempdir().unwrap();
        repository(directory.path(), &[("one.yaml", file)]);
        let seen = see(directory.path(), more).await;
        assert_eq!(seen.code, EXIT_ERROR, "{more:?}: {}", seen.progress);
        for word in expected {
            assert!(seen.progress.contains(word), "{word:?} is not in: {}", seen.progress);
        }
        assert_eq!(seen.out, "", "an error stands on stderr");
    }
    let directory = tempfile::tempdir().unwrap();
    repository(directory.path(), &[("one.yaml", &elsewhere)]);
    let seen = see(directory.path(), &[]).await;
    assert_eq!(seen.code, EXIT_ERROR);
    let expected = "one.yaml:1: ConfigMap/nowhere/one: namespace nowhere does not exist";
    assert!(seen.out.contains(expected), "{}", seen.out);
}

#[tokio::test]
async fn no_repository_is_a_clear_error() {
    let directory = tempfile::tempdir().unwrap();
    let seen = see(directory.path(), &[]).await;
    assert_eq!(seen.code, EXIT_ERROR);
    let path = directory.path().to_string_lossy();
    assert!(seen.progress.contains(&*path), "{}", seen.progress);
}
