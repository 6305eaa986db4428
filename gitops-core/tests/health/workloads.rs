//! Deployments, stateful sets, daemon sets, replica sets and jobs.

use expect_test::expect;

use super::check;

#[test]
fn deployment_counts_its_replicas() {
    let full = "spec.replicas = 2\nstatus.replicas = 2\nstatus.updatedReplicas = 2\n\
                status.availableReplicas = 2\nstatus.readyReplicas = 2\n";
    let available = r#"status.conditions = [{"type": "Available", "status": "True"}]"#;
    for (change, expected) in [
        ("status.replicas = 1", expect!["InProgress: Replicas: 1/2"]),
        ("status.updatedReplicas = 1", expect!["InProgress: Updated: 1/2"]),
        ("status.replicas = 3", expect!["InProgress: Pending termination: 1"]),
        ("status.availableReplicas = 1", expect!["InProgress: Available: 1/2"]),
        ("status.readyReplicas = 1", expect!["InProgress: Ready: 1/2"]),
        ("spec.progressDeadlineSeconds = 600", expect!["InProgress: ReplicaSet not Available"]),
        ("spec.paused = false", expect!["InProgress: Deployment not Available"]),
        (available, expect!["Current: Deployment is available. Replicas: 2"]),
    ] {
        check(&format!("apps/v1 Deployment\n{full}{change}"), &expected);
    }
}

#[test]
fn deployment_past_its_deadline_has_failed() {
    check(
        r#"apps/v1 Deployment
        status.conditions = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]"#,
        &expect!["Failed: Progress deadline exceeded"],
    );
}

#[test]
fn deployment_says_why_pods_are_missing() {
    check(
        r#"apps/v1 Deployment
        status.conditions = [{\
            "type": "ReplicaFailure", "status": "True", "message": "over quota"}]"#,
        &expect![[r#"
            kstatus InProgress: Replicas: 0/1
            strict InProgress: Replicas: 0/1: over quota"#]],
    );
    check(
        "apps/v1 Deployment\nspec.paused = true\nstatus.replicas = 1",
        &expect![[r#"
            kstatus InProgress: Updated: 0/1
            strict InProgress: Updated: 0/1, and the rollout is paused"#]],
    );
}

#[test]
fn what_a_controller_has_not_seen_is_in_progress() {
    check(
        "apps/v1 Deployment\nmetadata.generation = 2\nstatus.observedGeneration = 1",
        &expect!["InProgress: Deployment generation is 2, but latest observed generation is 1"],
    );
    // An empty stateful set looks complete to who only counts.
    check(
        "apps/v1 StatefulSet\nmetadata.generation = 1\nspec.replicas = 0",
        &expect![[r#"
            kstatus Current: All replicas scheduled as expected. Replicas: 0
            strict InProgress: StatefulSet status.observedGeneration not found"#]],
    );
}

#[test]
fn stateful_set_updated_by_hand_is_counted() {
    let on_delete = "apps/v1 StatefulSet\nspec.updateStrategy.type = \"OnDelete\"\n";
    check(
        on_delete,
        &expect![[r#"
            kstatus Current: StatefulSet is using the ondelete update strategy
            strict InProgress: Replicas: 0/1"#]],
    );
    check(
        &format!("{on_delete}status.replicas = 1\nstatus.readyReplicas = 1"),
        &expect!["Current: StatefulSet is using the ondelete update strategy"],
    );
}

#[test]
fn stateful_set_rolls_out_by_partition() {
    let full = "apps/v1 StatefulSet\nspec.replicas = 3\nstatus.replicas = 3\n\
                status.readyReplicas = 3\nstatus.currentRevision = \"r1\"\n\
                status.updateRevision = \"r2\"\n";
    let rollout = |partition: u8, updated: u8| {
        let field = "spec.updateStrategy.rollingUpdate.partition";
        format!("{full}{field} = {partition}\nstatus.updatedReplicas = {updated}")
    };
    check(&rollout(2, 0), &expect!["InProgress: updated: 0/1"]);
    check(&rollout(2, 1), &expect!["Current: Partition rollout complete. updated: 1"]);
    check(
        &rollout(0, 3),
        &expect![[r#"
            kstatus Current: Partition rollout complete. updated: 3
            strict InProgress: Waiting for updated revision to match current"#]],
    );
    check(full, &expect!["InProgress: current: 0/3"]);
    check(
        &format!("{full}status.currentReplicas = 3"),
        &expect!["InProgress: Waiting for updated revision to match current"],
    );
    check(
        &format!("{full}status.currentReplicas = 3\nstatus.currentRevision = \"r2\""),
        &expect!["Current: All replicas scheduled as expected. Replicas: 3"],
    );
}

#[test]
fn daemon_set_waits_for_every_node() {
    let seen = "apps/v1 DaemonSet\nmetadata.generation = 1\nstatus.observedGeneration = 1\n";
    check(
        "apps/v1 DaemonSet",
        &expect![[r#"
        kstatus InProgress: DaemonSet metadata.generation not found
        strict InProgress: DaemonSet status.observedGeneration not found"#]],
    );
    check(seen, &expect!["InProgress: Missing .status.desiredNumberScheduled"]);
    let all = format!(
        "{seen}status.desiredNumberScheduled = 2\nstatus.currentNumberScheduled = 2\n\
         status.numberAvailable = 2\nstatus.numberReady = 2\n"
    );
    check(&all, &expect!["InProgress: Updated: 0/2"]);
    check(
        &format!("{all}spec.updateStrategy.type = \"OnDelete\""),
        &expect![[r#"
            kstatus InProgress: Updated: 0/2
            strict Current: All replicas scheduled as expected. Replicas: 2"#]],
    );
    let updated = format!("{all}status.updatedNumberScheduled = 2\n");
    check(&updated, &expect!["Current: All replicas scheduled as expected. Replicas: 2"]);
    check(
        &format!("{updated}status.currentNumberScheduled = 1"),
        &expect!["InProgress: Current: 1/2"],
    );
    check(&format!("{updated}status.numberAvailable = 1"), &expect!["InProgress: Available: 1/2"]);
    check(&format!("{updated}status.numberReady = 1"), &expect!["InProgress: Ready: 1/2"]);
}

#[test]
fn replica_set_counts_its_replicas() {
    let full = "apps/v1 ReplicaSet\nstatus.replicas = 1\nstatus.fullyLabeledReplicas = 1\n\
                status.availableReplicas = 1\nstatus.readyReplicas = 1\n";
    check(full, &expect!["Current: ReplicaSet is available. Replicas: 1"]);
    check("apps/v1 ReplicaSet", &expect!["InProgress: Labelled: 0/1"]);
    check(&format!("{full}spec.replicas = 0"), &expect!["InProgress: Pending termination: 1"]);
    check(
        &format!(
            "{full}status.conditions = [{}]",
            r#"{"type": "ReplicaFailure", "status": "True", "message": "over quota"}"#
        ),
        &expect![[r#"
            kstatus InProgress: Replica Failure condition. Check Pods
            strict InProgress: Replica Failure condition. Check Pods: over quota"#]],
    );
}

#[test]
fn running_job_is_not_done() {
    check(
        "batch/v1 Job\nstatus.startTime = \"2026-01-01T00:00:00Z\"\nstatus.active = 1",
        &expect![[r#"
            kstatus Current: Job in progress. success:0, active: 1, failed: 0
            strict InProgress: Job in progress. success:0, active: 1, failed: 0"#]],
    );
    check("batch/v1 Job", &expect!["InProgress: Job not started"]);
    check(
        "batch/v1 Job\nspec.suspend = true",
        &expect![[r#"
            kstatus InProgress: Job not started
            strict Current: Job is suspended, as was asked for"#]],
    );
}

#[test]
fn ended_job_says_how() {
    check(
        r#"batch/v1 Job
        spec.completions = 3
        status.succeeded = 3
        status.conditions = [{"type": "Complete", "status": "True"}]"#,
        &expect!["Current: Job Completed. succeeded: 3/3"],
    );
    check(
        r#"batch/v1 Job
        status.failed = 6
        status.conditions = [{"type": "Failed", "status": "True", "message": "too many retries"}]"#,
        &expect![[r#"
            kstatus Failed: Job Failed. failed: 6/1
            strict Failed: Job Failed. failed: 6/1: too many retries"#]],
    );
    check(
        r#"batch/v1 Job
        status.startTime = "2026-01-01T00:00:00Z"
        status.conditions = [{"type": "FailureTarget", "status": "True", "reason": "Policy"}]"#,
        &expect![[r#"
            kstatus Current: Job in progress. success:0, active: 0, failed: 0
            strict Failed: Job is about to fail. failed: 0/1: Policy"#]],
    );
}
