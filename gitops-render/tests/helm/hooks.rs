//! Hooks are data, not only text.

use gitops_core::Renderer as _;
use gitops_render::{HelmRenderer, helm::HookEvent};

use super::{chart, path, render};

const HOOKS: &str = "apiVersion: v1
kind: Pod
metadata:
  name: check
  annotations:
    helm.sh/hook: test
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install, post-upgrade
    helm.sh/hook-weight: \"-5\"
    helm.sh/hook-delete-policy: before-hook-creation, hook-succeeded
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: unknown
  annotations:
    helm.sh/hook: pre-lunch
";

#[test]
fn hooks_say_when_they_run_and_when_they_go() {
    let mut notices = Vec::new();
    let release = render(&chart(&[("in/templates/a.yaml", HOOKS)]), &mut notices).unwrap();
    let [check, migrate] = release.hooks.as_slice() else { panic!("two hooks are known") };
    assert!(check.is_test());
    assert_eq!(migrate.events, [HookEvent::PreInstall, HookEvent::PostUpgrade]);
    assert_eq!(migrate.weight, -5);
    assert_eq!(migrate.delete_policies, ["before-hook-creation", "hook-succeeded"]);
    assert_eq!(
        notices[0].to_string(),
        "level=INFO msg=\"skipping unknown hooks\" hookTypes=pre-lunch"
    );
}

#[tokio::test]
async fn only_hooks_of_a_delivery_are_objects() {
    let renderer = HelmRenderer::new(path("in"), "demo", "demo-ns");
    let objects = renderer.render(&chart(&[("in/templates/a.yaml", HOOKS)])).await.unwrap();
    let ids: Vec<_> = objects.iter().map(|object| object.id().to_string()).collect();
    assert_eq!(ids, ["Job/migrate"]);
    assert_eq!(objects[0].origin().unwrap().path, "in/templates/a.yaml");
}
