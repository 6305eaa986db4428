//! What a kustomization costs, and whether builds get in each other's way.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;

use std::{fmt::Write as _, hint::black_box, thread, time::Instant};

use gitops_core::{Tree, TreePath};
use gitops_render::KustomizeRenderer;

const DEPLOYMENTS: usize = 200;
const RUNS: usize = 51;
const BUILDS: usize = 100;

fn main() {
    let (tree, renderer) = (tree(), KustomizeRenderer::new(TreePath::root()));
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (build, took) = measure::time(|| renderer.build(&tree).unwrap());
        assert_eq!(build.objects.len(), DEPLOYMENTS, "every Deployment is there");
        runs.push(took);
    }
    measure::show("200 Deployments with namePrefix and namespace, as objects", &mut runs);

    let build = || drop(renderer.build(&tree).unwrap());
    // What this machine gives two threads that share nothing.
    let count = || {
        let sum = (0..40_000_000_u64).fold(0, |sum: u64, n| sum.wrapping_mul(31) ^ black_box(n));
        black_box(sum);
    };
    let (mut builds, mut counts) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        builds.push(gain(&|| (0..BUILDS).for_each(|_| build())));
        counts.push(gain(&count));
    }
    show("builds", &mut builds);
    show("of plain arithmetic", &mut counts);
}

// How much more two threads do than one; in turn, so that a busy machine slows both.
fn gain(work: &(impl Fn() + Sync)) -> f64 {
    2.0 * elapsed(work, 1) / elapsed(work, 2)
}

fn show(what: &str, gains: &mut [f64]) {
    gains.sort_by(f64::total_cmp);
    let (min, median, max) = (gains[0], gains[gains.len() / 2], gains[gains.len() - 1]);
    println!("two threads do {median:.2} times as many {what} as one ({min:.2} to {max:.2})");
}

// How long `threads` take to do the work once each, in seconds.
fn elapsed(work: &(impl Fn() + Sync), threads: usize) -> f64 {
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    began.elapsed().as_secs_f64()
}

fn tree() -> Tree {
    let mut all = String::new();
    for index in 0..DEPLOYMENTS {
        write!(
            all,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{index}\n  labels:\n    \
             app: web-{index}\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web-{index}\n  \
             template:\n    metadata:\n      labels:\n        app: web-{index}\n    spec:\n      containers:\n      \
             - name: web\n        image: nginx:1.27\n        ports:\n        - containerPort: 80\n        \
             env:\n        - name: COLOR\n          value: blue\n        resources:\n          limits:\n            \
             cpu: 100m\n            memory: 64Mi\n"
        )
        .unwrap();
    }
    let own = "resources: [all.yaml]\nnamePrefix: shop-\nnamespace: prod\n";
    Tree::from_files([("kustomization.yaml", own.to_owned()), ("all.yaml", all)]).unwrap()
}
