//! An implementation that breaks a rule fails the tests of that rule, and no others.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "conformance_bites/clusters.rs"]
mod clusters;
mod conformance_memory;
#[path = "conformance_bites/inventories.rs"]
mod inventories;
#[path = "conformance_bites/renderers.rs"]
mod renderers;
#[path = "conformance_bites/sources.rs"]
mod sources;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use gitops_core::conformance::Rule;

/// Runs every rule, and returns the names of those that are broken.
async fn broken(rules: Vec<Rule>) -> Vec<&'static str> {
    let mut broken = Vec::new();
    for rule in rules {
        if AssertUnwindSafe((rule.run)()).catch_unwind().await.is_err() {
            broken.push(rule.name);
        }
    }
    broken
}

/// One test for each bug: which rules the harness with this bug breaks.
#[macro_export]
macro_rules! bites {
    ($rules:ident($harness:ident): $($bug:ident => $broken:expr),* $(,)?) => { $(
        #[allow(non_snake_case, reason = "the test is named after its bug")]
        #[tokio::test]
        async fn $bug() {
            let expected: &[&str] = &$broken;
            assert_eq!($crate::broken($rules::<$harness<{ bug::$bug }>>()).await, expected);
        }
    )* };
}
