//! A commit that changes one file of 50,000: what it costs to notice.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;
#[path = "../examples/quickstart/repository.rs"]
mod repository;

use gitops_core::Source as _;
use gitops_git::GitSource;
use repository::Repository;

const FILES: usize = 50_000;
const RUNS: usize = 15;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let mut repository = Repository::create(directory.path()).unwrap();
    for index in 0..FILES {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m-{index}\n");
        repository.write(&format!("fleet/{}/{}/{index}.yaml", index % 50, index % 1_000), &text);
    }
    repository.commit("Begin").unwrap();
    let source = GitSource::builder(directory.path().to_string_lossy()).build().unwrap();
    let mut before = source.fetch(&source.resolve().await.unwrap()).await.unwrap();
    let mut runs = Vec::new();
    for run in 0..RUNS {
        let path = format!("fleet/{}/{}/{}.yaml", run % 50, run % 1_000, run);
        repository.write(&path, &format!("kind: ConfigMap # {run}\n"));
        repository.commit("Change one file").unwrap();
        let (after, took) = measure::time_async(async {
            let after = source.fetch(&source.resolve().await.unwrap()).await.unwrap();
            let changed = before.changed(&after).unwrap();
            assert_eq!(changed.len(), 1, "one file changed: {changed:?}");
            assert_eq!(changed[0].as_str(), path);
            after
        })
        .await;
        runs.push(took);
        before = after;
    }
    measure::show("one file of 50,000 changed: resolve, tree, changed digests", &mut runs);
}
