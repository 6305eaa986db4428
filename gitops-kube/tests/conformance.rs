//! Differ, applier and inventory keep every rule: on the embedded server, and on a real one where
//! `GITOPS_TEST_KUBECONFIG` names it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod conformance_kube;
mod servers;

use gitops_core::conformance::{applier, differ, inventory};

use crate::conformance_kube::{Cluster, Real, Store};

#[tokio::test]
async fn a_real_server_keeps_every_rule() {
    if servers::real().await.is_none() {
        return;
    }
    let rules = differ::rules::<Cluster<Real>>()
        .into_iter()
        .chain(applier::rules::<Cluster<Real>>())
        .chain(inventory::rules::<Store<Real>>());
    let mut broken = Vec::new();
    for rule in rules {
        if tokio::spawn((rule.run)()).await.is_err() {
            broken.push(rule.name);
        }
    }
    assert_eq!(broken, [""; 0], "rules are broken on {}", servers::REAL);
}
