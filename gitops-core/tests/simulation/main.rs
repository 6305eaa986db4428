//! Seeded histories with rivals, lost answers and crashes: the live state must still converge.
//!
//! `GITOPS_SEEDS=FIRST..LAST` chooses the seeds, both ends included.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod faults;
mod random;
mod world;

use std::{env, ops::RangeInclusive, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use world::{Claims, World};

const SEEDS: RangeInclusive<u64> = 0..=1_999;

fn seeds() -> RangeInclusive<u64> {
    let Ok(text) = env::var("GITOPS_SEEDS") else { return SEEDS };
    let ends = text.split_once("..").and_then(|(first, last)| {
        Some(first.parse().ok()?..=last.trim_start_matches('=').parse().ok()?)
    });
    ends.unwrap_or_else(|| panic!("GITOPS_SEEDS is {text:?}, write FIRST..LAST"))
}

#[tokio::test(start_paused = true)]
async fn every_seed_converges() {
    for seed in seeds() {
        let mut world = World::new(seed, Claims::Saved);
        // Also a panic of the algorithm itself must show the way that led to it.
        let run = AssertUnwindSafe(world.run()).catch_unwind().await;
        let problem = match run {
            Ok(Ok(())) => continue,
            Ok(Err(problem)) => problem,
            Err(_) => "it panicked".to_owned(),
        };
        panic!(
            "seed {seed}: {problem}\n{}\nrepeat with:\n  GITOPS_SEEDS={seed}..{seed} \
             cargo test -p gitops-core --test simulation every_seed_converges",
            world.trace().join("\n")
        );
    }
}

/// The simulation must be able to fail: without saved claims, a crash leaves orphans.
#[tokio::test(start_paused = true)]
async fn unsaved_claims_leave_orphans() {
    for seed in SEEDS {
        if let Err(problem) = World::new(seed, Claims::Forgotten).run().await {
            assert!(problem.contains("orphan"), "another problem than an orphan: {problem}");
            return;
        }
    }
    panic!("no seed left an orphan: the simulation is blind");
}

/// One seed is one history, however often it is played.
#[tokio::test(start_paused = true)]
async fn a_seed_repeats_its_history() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let mut world = World::new(4711, Claims::Saved);
        world.run().await.unwrap();
        traces.push(world.trace().to_vec());
    }
    assert!(10 < traces[0].len(), "the history is too short to mean anything");
    assert_eq!(traces[0], traces[1]);
}
