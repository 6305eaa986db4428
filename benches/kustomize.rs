//! What a kustomization costs, and whether builds get in each other's way.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;

use std::{fmt::Write as _, thread, time::Instant};

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

    // In turn, so that a busy machine slows both.
    let mut ratios = Vec::new();
    for _ in 0..9 {
        let (one, two) = (elapsed(&tree, 1), elapsed(&tree, 2));
        ratios.push(2.0 * one / two);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "two threads build {:.2} times as much as one ({:.2} to {:.2})",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
}

// How long each of `threads` takes to build its share, in seconds.
fn elapsed(tree: &Tree, threads: usize) -> f64 {
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let renderer = KustomizeRenderer::new(TreePath::root());
                for _ in 0..BUILDS {
                    renderer.build(tree).unwrap();
                }
            });
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
