//! Jobs and what starts them.

use std::time::Duration;

use expect_test::expect;
use gitops_kube::apiserver::{Behaviour, Pods};

use super::{Cluster, PODS};

const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";
const JOB: &str = "/apis/batch/v1/namespaces/default/jobs/once";
const CRONS: &str = "/apis/batch/v1/namespaces/default/cronjobs";

fn job(spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: once}}\nspec:\n  template:\n    spec: {{restartPolicy: \
         Never, containers: [{{name: c, image: x}}]}}\n  {spec}\n"
    )
}

fn without_times(status: &str) -> String {
    let (first, rest) = status.split_once('\n').unwrap();
    let mut first: serde_json::Value = serde_json::from_str(first).unwrap();
    let map = first.as_object_mut().unwrap();
    map.retain(|field, _| !field.ends_with("Time"));
    format!("{first}\n{rest}")
}

#[test]
fn completes() {
    let cluster = Cluster::new();
    cluster.post(JOBS, &job("completions: 3\n  parallelism: 2"));
    cluster.settle();
    expect![[r#"
        {"ready":0,"succeeded":3,"terminating":0,"uncountedTerminatedPods":{}}
        SuccessCriteriaMet True CompletionsReached Reached expected number of succeeded pods
        Complete True CompletionsReached Reached expected number of succeeded pods
    "#]]
    .assert_eq(&without_times(&cluster.status(JOB)));
    let pods = cluster.list(PODS, &["/status/phase", "/metadata/finalizers"]);
    assert_eq!(pods.matches(" Succeeded -\n").count(), 3, "{pods}");
}

#[test]
fn fails_after_its_retries() {
    let cluster = Cluster::new();
    cluster.controllers.script(Pods::of("once"), Behaviour::Exit(3));
    cluster.post(JOBS, &job("backoffLimit: 2"));
    cluster.settle();
    assert_eq!(cluster.at(JOB)["status"]["failed"], 1, "the second pod waits");
    cluster.pass(10);
    assert_eq!(cluster.at(JOB)["status"]["failed"], 2);
    cluster.pass(20);
    expect![[r#"
        {"failed":3,"ready":0,"terminating":0,"uncountedTerminatedPods":{}}
        FailureTarget True BackoffLimitExceeded Job has reached the specified backoff limit
        Failed True BackoffLimitExceeded Job has reached the specified backoff limit
    "#]]
    .assert_eq(&without_times(&cluster.status(JOB)));
}

#[test]
fn ends_at_its_deadline_and_is_cleaned_up() {
    let cluster = Cluster::new();
    let hour = Behaviour::ExitAfter(Duration::from_secs(3600), 0);
    cluster.controllers.script(Pods::of("once"), hour);
    cluster.post(JOBS, &job("activeDeadlineSeconds: 60\n  ttlSecondsAfterFinished: 100"));
    cluster.settle();
    assert_eq!(cluster.at(JOB)["status"]["active"], 1);
    cluster.pass(60);
    let status = cluster.status(JOB);
    assert!(status.contains("Failed True DeadlineExceeded"), "{status}");
    cluster.pass(100);
    assert_eq!(cluster.world.get(JOB).0, 404);
    assert_eq!(cluster.list(PODS, &[]), "");
}

#[test]
fn counts_indexes() {
    let cluster = Cluster::new();
    cluster.post(JOBS, &job("completions: 4\n  parallelism: 2\n  completionMode: Indexed"));
    cluster.settle();
    let status = cluster.at(JOB)["status"].take();
    assert_eq!((&status["completedIndexes"], &status["succeeded"]), (&"0-3".into(), &4.into()));
}

#[test]
fn a_suspended_job_has_no_pods() {
    let cluster = Cluster::new();
    cluster.post(JOBS, &job("suspend: true"));
    cluster.settle();
    assert_eq!(cluster.list(PODS, &[]), "");
    assert!(cluster.status(JOB).contains("Suspended True JobSuspended Job suspended"));
    cluster.merge(JOB, r#"{"spec":{"suspend":false}}"#);
    cluster.settle();
    assert!(cluster.status(JOB).contains("Complete True"), "{}", cluster.status(JOB));
}

#[test]
fn a_cron_job_starts_jobs_by_the_clock() {
    let cluster = Cluster::new();
    cluster.post(
        CRONS,
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec:\n  schedule: '*/10 * * * *'\n  \
         successfulJobsHistoryLimit: 1\n  jobTemplate:\n    spec:\n      template:\n        spec: {restartPolicy: \
         Never, containers: [{name: c, image: x}]}\n",
    );
    cluster.settle();
    assert_eq!(cluster.list(JOBS, &[]), "");
    assert_eq!(cluster.controllers.next().unwrap().to_string(), "2026-01-02T03:10:00Z");
    cluster.pass(360);
    assert_eq!(cluster.list(JOBS, &["/status/succeeded"]), "tick-29455390 1\n");
    cluster.pass(600);
    assert_eq!(cluster.list(JOBS, &["/status/succeeded"]), "tick-29455400 1\n", "one is kept");
    let status = cluster.at(&format!("{CRONS}/tick"))["status"].take();
    assert_eq!(status["lastScheduleTime"], "2026-01-02T03:20:00Z");
    assert_eq!(status.get("active"), None);
}
