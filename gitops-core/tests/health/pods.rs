//! Single pods.

use expect_test::expect;

use super::check;

#[test]
fn ready_pod_is_current() {
    check(
        r#"v1 Pod
        status.phase = "Running"
        status.conditions = [{"type": "Ready", "status": "True"}]"#,
        &expect!["Current: Pod is Ready"],
    );
    check(
        "v1 Pod\nstatus.phase = \"Running\"",
        &expect!["InProgress: Pod is running but is not Ready"],
    );
    check(
        "v1 Pod\nstatus.phase = \"Pending\"",
        &expect!["InProgress: Pod is in the Pending phase"],
    );
    check("v1 Pod", &expect!["InProgress: Pod phase not available"]);
    check(
        "v1 Pod\nstatus.phase = \"Succeeded\"",
        &expect!["Current: Pod has completed successfully"],
    );
}

#[test]
fn failed_pod_has_failed_unless_a_job_counts_it() {
    let failed = "v1 Pod\nstatus.phase = \"Failed\"\n";
    check(
        &format!("{failed}status.reason = \"Evicted\""),
        &expect![[r#"
            kstatus Current: Pod has completed, but not successfully
            strict Failed: Pod has completed, but not successfully: Evicted"#]],
    );
    check(
        &format!(r#"{failed}metadata.ownerReferences = [{{"kind": "Job", "name": "migrate"}}]"#),
        &expect!["Current: Pod has completed, but not successfully"],
    );
}

#[test]
fn crashing_container_fails_its_pod() {
    check(
        r#"v1 Pod
        status.phase = "Running"
        status.containerStatuses = [\
            {"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},\
            {"name": "side", "state": {"running": {}}}]"#,
        &expect![[r#"
            kstatus Failed: Containers in CrashLoop state: app
            strict Failed: container app is in CrashLoopBackOff"#]],
    );
}

#[test]
fn init_containers_count() {
    for phase in ["Pending", "Running"] {
        let text = format!(
            r#"v1 Pod
            status.phase = "{phase}"
            status.initContainerStatuses = [{{"name": "wait", "state": {{"waiting": {{\
                "reason": "ImagePullBackOff", "message": "no such image"}}}}}}]"#
        );
        let kstatus = match phase {
            "Pending" => expect![[r#"
                kstatus InProgress: Pod is in the Pending phase
                strict Failed: init container wait is in ImagePullBackOff: no such image"#]],
            _ => expect![[r#"
                kstatus InProgress: Pod is running but is not Ready
                strict Failed: init container wait is in ImagePullBackOff: no such image"#]],
        };
        check(&text, &kstatus);
    }
}

#[test]
fn creating_container_is_awaited() {
    check(
        r#"v1 Pod
        status.phase = "Pending"
        status.containerStatuses = [\
            {"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}]"#,
        &expect!["InProgress: Pod is in the Pending phase"],
    );
}

#[test]
fn pod_without_a_node_fails_after_the_schedule_window() {
    let pod = |created: &str| {
        format!(
            r#"v1 Pod
            metadata.creationTimestamp = "{created}"
            status.phase = "Pending"
            status.conditions = [{{"type": "PodScheduled", "status": "False", \
                "reason": "Unschedulable", "message": "no room"}}]"#
        )
    };
    check(&pod("2026-01-01T00:00:46Z"), &expect!["InProgress: Pod has not been scheduled"]);
    let late = expect![[r#"
        kstatus Failed: Pod could not be scheduled
        strict Failed: Pod could not be scheduled: no room"#]];
    check(&pod("2026-01-01T00:00:45Z"), &late);
}

#[test]
fn phase_that_does_not_exist_is_unknown() {
    check(
        "v1 Pod\nstatus.phase = \"Waiting\"",
        &expect!["Unknown: health cannot be told: status.phase is not a phase of a pod"],
    );
    check(
        "v1 Pod\nstatus.phase = \"Running\"\nstatus.containerStatuses = {}",
        &expect!["Unknown: health cannot be told: status.containerStatuses is not a list"],
    );
}
