//! The algorithm, text in and text out, on the in-memory reference.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod script;

use expect_test::{Expect, expect};

async fn check(script: &str, expected: Expect) {
    expected.assert_eq(&script::play(script).await);
}

#[tokio::test(start_paused = true)]
async fn second_run_changes_nothing() {
    check(
        "commit Namespace/a; ConfigMap/a/x color=red
         plan
         deliver
         deliver
         plan",
        expect![[r#"
              + create Namespace/a  (0.json:1)
              + create ConfigMap/a/x  (1.json:1)  known after namespace a
                  1 key

            Plan: 2 to create, 0 to update, 0 to replace, 0 to prune, 0 unchanged, 0 blocked.
              Namespace/a created
              ConfigMap/a/x created
            Delivered main: 2 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
            Delivered main: 0 created, 0 updated, 0 pruned, 2 unchanged, 0 failed, 0 skipped.
            No changes. The cluster matches main.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn every_difference_says_its_cause() {
    check(
        "commit Namespace/a; ConfigMap/a/x color=red size=1; ConfigMap/a/y color=red
         deliver
         edit kubectl-edit ConfigMap/a/y data.color=blue
         commit Namespace/a; ConfigMap/a/x color=green shape=round; ConfigMap/a/y color=red
         plan
         deliver
         plan",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
              ConfigMap/a/y created
            Delivered main: 3 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
            Changed outside of Git since the last delivery:
              ConfigMap/a/y data.color  (drift: kubectl-edit)

              ~ update ConfigMap/a/x  (1.json:1)
                  data.color  red -> green  (git)
                  data.shape  + round  (git)
                  data.size  - "1"  (git)
              ~ update ConfigMap/a/y  (2.json:1)
                  data.color  blue -> red  (drift: kubectl-edit)
                  data.color is taken over from kubectl-edit

            Plan: 0 to create, 2 to update, 0 to replace, 0 to prune, 1 unchanged, 0 blocked.
              ConfigMap/a/x updated
              ConfigMap/a/y updated
            Delivered main: 0 created, 2 updated, 0 pruned, 1 unchanged, 0 failed, 0 skipped.
            No changes. The cluster matches main.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn secrets_are_masked_and_equal_ones_share_a_number() {
    check(
        "commit Namespace/a; Secret/a/s token=b2xk other=b2xk
         deliver
         commit Namespace/a; Secret/a/s token=bmV3 other=bmV3
         plan",
        expect![[r#"
              Namespace/a created
              Secret/a/s created
            Delivered main: 2 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
              ~ update Secret/a/s  (1.json:1)
                  data.other  (masked #1) -> (masked #2)  (git)
                  data.token  (masked #1) -> (masked #2)  (git)

            Plan: 0 to create, 1 to update, 0 to replace, 0 to prune, 1 unchanged, 0 blocked.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_manager_blocks_and_nothing_is_written() {
    check(
        "commit Namespace/a; ConfigMap/a/x color=red; ConfigMap/a/z n=1
         deliver
         edit autopilot ConfigMap/a/x data.color=blue
         commit Namespace/a; ConfigMap/a/x color=red; ConfigMap/a/z n=2
         plan
         deliver
         policy skip
         deliver",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
              ConfigMap/a/z created
            Delivered main: 3 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
              ~ update ConfigMap/a/z  (2.json:1)
                  data.n  "1" -> "2"  (git)
            ! blocked 1.json:1: ConfigMap/a/x: data.color is owned by autopilot; take the field out of the desired object, or have the other manager give it up

            Plan: 0 to create, 1 to update, 0 to replace, 0 to prune, 1 unchanged, 1 blocked.
            error: the plan is blocked: 1.json:1: ConfigMap/a/x: data.color is owned by autopilot; take the field out of the desired object, or have the other manager give it up
              ConfigMap/a/z updated
            Not all delivered of main: 0 created, 1 updated, 0 pruned, 1 unchanged, 0 failed, 0 skipped.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn objects_of_others_are_left_alone() {
    check(
        "commit Namespace/a
         deliver
         apply helm ConfigMap/a/x color=red
         commit Namespace/a; ConfigMap/a/x color=red
         policy adopt-nothing
         plan",
        expect![[r#"
              Namespace/a created
            Delivered main: 1 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
            ! blocked 1.json:1: ConfigMap/a/x: is there already and belongs to nobody; allow its adoption

            Plan: 0 to create, 0 to update, 0 to replace, 0 to prune, 1 unchanged, 1 blocked.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_leaves_git_is_pruned_unless_it_says_otherwise() {
    check(
        "commit Namespace/a; ConfigMap/a/x; ConfigMap/a/y @helm.sh/resource-policy=keep; ConfigMap/a/z
         deliver
         delete ConfigMap/a/z
         commit Namespace/a
         plan
         deliver
         plan",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
              ConfigMap/a/y created
              ConfigMap/a/z created
            Delivered main: 4 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
              - prune ConfigMap/a/x
              = keep ConfigMap/a/y: its annotation helm.sh/resource-policy says so

            Plan: 0 to create, 0 to update, 0 to replace, 1 to prune, 1 unchanged, 0 blocked.
              ConfigMap/a/x pruned
            Delivered main: 0 created, 0 updated, 1 pruned, 1 unchanged, 0 failed, 0 skipped.
            No changes. The cluster matches main.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_render_and_a_passed_budget_need_approval() {
    check(
        "commit Namespace/a; ConfigMap/a/x; ConfigMap/a/y
         deliver
         commit
         deliver
         policy budget-1
         commit Namespace/a
         plan
         deliver
         approve",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
              ConfigMap/a/y created
            Delivered main: 3 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
            error: the plan is blocked: the desired state is empty, which would delete all 3 objects; approve the plan by its digest if that is meant
              - prune ConfigMap/a/x
              - prune ConfigMap/a/y
            ! blocked 2 objects would be deleted where 1 may be; approve the plan by its digest if that is meant

            Plan: 0 to create, 0 to update, 0 to replace, 2 to prune, 1 unchanged, 1 blocked.
            error: the plan is blocked: 2 objects would be deleted where 1 may be; approve the plan by its digest if that is meant
              ConfigMap/a/x pruned
              ConfigMap/a/y pruned
            Delivered main: 0 created, 0 updated, 2 pruned, 1 unchanged, 0 failed, 0 skipped.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn definitions_and_namespaces_come_before_what_is_in_them() {
    check(
        "commit Widget/a/w; ConfigMap/a/x; CustomResourceDefinition/widgets.example.org; Namespace/a
         plan
         deliver",
        expect![[r#"
              + create Namespace/a  (3.json:1)
              + create CustomResourceDefinition/widgets.example.org  (2.json:1)
              + create ConfigMap/a/x  (1.json:1)  known after namespace a
              + create Widget/a/w  (0.json:1)  known after the definition of Widget

            Plan: 4 to create, 0 to update, 0 to replace, 0 to prune, 0 unchanged, 0 blocked.
              Namespace/a created
              CustomResourceDefinition/widgets.example.org created
              ConfigMap/a/x created
              Widget/a/w created
            Delivered main: 4 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named() {
    check(
        "commit Widget/a/w; ConfigMap/b/x
         plan
         deliver",
        expect![[r#"
            ! blocked 1.json:1: ConfigMap/b/x: namespace b does not exist; create it, or add it to the desired state
            ! blocked 0.json:1: Widget/a/w: the server has no kind Widget in example.org; install its custom resource definition, or add it to the desired state

            Plan: 0 to create, 0 to update, 0 to replace, 0 to prune, 0 unchanged, 2 blocked.
            error: the plan is blocked: 1.json:1: ConfigMap/b/x: namespace b does not exist; create it, or add it to the desired state; 0.json:1: Widget/a/w: the server has no kind Widget in example.org; install its custom resource definition, or add it to the desired state
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_away_is_no_empty_cluster() {
    check(
        "commit Namespace/a; ConfigMap/a/x
         deliver
         commit Namespace/a
         away
         plan
         deliver
         back
         plan",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
            Delivered main: 2 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
            error: cannot compare with the live state: cannot find out about v1, kind Namespace: the server did not answer: the cluster is disconnected
            error: cannot compare with the live state: cannot find out about v1, kind Namespace: the server did not answer: the cluster is disconnected
              - prune ConfigMap/a/x

            Plan: 0 to create, 0 to update, 0 to replace, 1 to prune, 1 unchanged, 0 blocked.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wave_that_never_gets_ready_stops_the_next() {
    check(
        "commit Namespace/a; Job/a/one @argocd.argoproj.io/sync-wave=1; ConfigMap/a/x @argocd.argoproj.io/sync-wave=2
         deliver
         edit controller Job/a/one status.conditions=[{\"type\":\"Complete\",\"status\":\"True\"}]
         deliver",
        expect![[r#"
              Namespace/a created
              Job/a/one created
              ConfigMap/a/x skipped: Job/a/one was not ready after 301 s: Job not started
            Not all delivered of main: 2 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 1 skipped.
              ConfigMap/a/x created
            Delivered main: 1 created, 0 updated, 0 pruned, 2 unchanged, 0 failed, 0 skipped.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wave_that_has_failed_stops_the_next_at_once() {
    check(
        "commit Namespace/a; Job/a/one @argocd.argoproj.io/sync-wave=1
         deliver
         edit controller Job/a/one status.conditions=[{\"type\":\"Failed\",\"status\":\"True\",\"message\":\"no-luck\"}]
         commit Namespace/a; Job/a/one @argocd.argoproj.io/sync-wave=1; ConfigMap/a/x @argocd.argoproj.io/sync-wave=2
         deliver
         policy established
         deliver",
        expect![[r#"
              Namespace/a created
              Job/a/one created
            Delivered main: 2 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
              ConfigMap/a/x skipped: Job/a/one has failed: Job Failed. failed: 0/1: no-luck
            Not all delivered of main: 0 created, 0 updated, 0 pruned, 2 unchanged, 0 failed, 1 skipped.
              ConfigMap/a/x created
            Delivered main: 1 created, 0 updated, 0 pruned, 2 unchanged, 0 failed, 0 skipped.
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn deletions_go_backwards() {
    check(
        "commit Namespace/a; ConfigMap/a/x; Deployment/a/one; ConfigMap/a/y
         deliver
         commit ConfigMap/a/y
         plan
         commit Namespace/a; ConfigMap/a/y
         plan",
        expect![[r#"
              Namespace/a created
              ConfigMap/a/x created
              ConfigMap/a/y created
              Deployment/a/one created
            Delivered main: 4 created, 0 updated, 0 pruned, 0 unchanged, 0 failed, 0 skipped.
              - prune Deployment/a/one
              - prune ConfigMap/a/x
              = keep Namespace/a: it holds ConfigMap/a/y, which is still desired

            Plan: 0 to create, 0 to update, 0 to replace, 2 to prune, 1 unchanged, 0 blocked.
              - prune Deployment/a/one
              - prune ConfigMap/a/x

            Plan: 0 to create, 0 to update, 0 to replace, 2 to prune, 2 unchanged, 0 blocked.
        "#]],
    )
    .await;
}
