//! The delivery itself, and the exit code it ends with.

use std::{io::Write, time::Duration};

use gitops_core::{
    Clock as _, Delivery, Digest, Plan, Policy, Report, TreePath,
    clock::TokioClock,
    error::chain,
    execute::ExecuteError,
    plan::Verdict,
    policy::{Budget, Gate, Prune},
};
use gitops_git::{GitSource, Reference};
use gitops_kube::KubeCluster;
use gitops_render::DirectoryRenderer;

use crate::{
    args::{Args, To},
    output::{Progress, print},
    target::{connect, inventory_name},
};

pub(crate) const EXIT_OK: u8 = 0;
pub(crate) const EXIT_ERROR: u8 = 1;
pub(crate) const EXIT_CHANGES: u8 = 2;
pub(crate) const EXIT_BLOCKED: u8 = 3;

/// Runs what `args` ask for and returns the exit code.
pub(crate) async fn run(
    args: &Args,
    out: &mut (dyn Write + Send),
    progress: &mut (dyn Write + Send),
) -> u8 {
    let progress = Progress::new(progress);
    let ended = match connect(args).await {
        Ok(cluster) => deliver(args, &cluster, out, &progress).await,
        Err(problem) => Err(problem),
    };
    ended.unwrap_or_else(|problem| {
        progress.line(&format!("error: {problem}"));
        EXIT_ERROR
    })
}

/// Delivers to `cluster`, once or until interrupted.
pub(crate) async fn deliver(
    args: &Args,
    cluster: &KubeCluster,
    out: &mut (dyn Write + Send),
    progress: &Progress<'_>,
) -> Result<u8, String> {
    let source = source(args)?;
    let name = inventory_name(args);
    let path = TreePath::new(&args.path).map_err(|err| chain(&err))?;
    let renderer = DirectoryRenderer::new(path, &name, &args.namespace);
    let inventory = cluster.inventory(&args.namespace, &name);
    let (differ, applier) = (cluster.differ(), cluster.applier());
    let clock = TokioClock::system();
    let delivery = Delivery {
        source: &source,
        renderer: &renderer,
        differ: &differ,
        applier: &applier,
        inventory: &inventory,
        clock: &clock,
        observer: progress,
        owner: inventory.owner().clone(),
        policy: policy(args),
    };
    if !args.watch {
        return once(args, &delivery, out).await;
    }
    loop {
        // A watch outlives what goes wrong: the next look may find it mended.
        if let Err(problem) = once(args, &delivery, out).await {
            progress.line(&format!("error: {problem}"));
        }
        tokio::select! {
            () = clock.sleep(Duration::from_secs(args.interval)) => {}
            interrupted = tokio::signal::ctrl_c() => {
                return interrupted.map(|()| EXIT_OK).map_err(|err| err.to_string());
            }
        }
    }
}

async fn once(
    args: &Args,
    delivery: &Delivery<'_>,
    out: &mut (dyn Write + Send),
) -> Result<u8, String> {
    let plan = delivery.plan().await.map_err(|err| chain(&err))?;
    let mut shown = |report: Option<&Report>| {
        print(out, args.output, &plan, report).map_err(|err| format!("cannot print: {err}"))
    };
    if args.plan {
        shown(None)?;
        return Ok(planned(&plan));
    }
    let executed = match &args.approve {
        Some(text) => {
            let digest: Digest = text.parse().map_err(|err| format!("--approve: {err}"))?;
            delivery.execute_approved(&plan, &digest).await
        }
        None => delivery.execute(&plan).await,
    };
    match executed {
        Ok(report) => {
            shown(Some(&report))?;
            Ok(if report.is_complete() { EXIT_OK } else { EXIT_ERROR })
        }
        Err(ExecuteError::Blocked { .. }) => {
            shown(None)?;
            if args.output == crate::args::Output::Text {
                writeln!(out, "Nothing was written. The plan is {}.", plan.digest())
                    .map_err(|err| format!("cannot print: {err}"))?;
            }
            Ok(planned(&plan))
        }
        Err(err) => Err(chain(&err)),
    }
}

fn planned(plan: &Plan) -> u8 {
    match plan.verdict() {
        Verdict::Clean => EXIT_OK,
        Verdict::Changes => EXIT_CHANGES,
        Verdict::Invalid => EXIT_ERROR,
        Verdict::Blocked => EXIT_BLOCKED,
    }
}

fn source(args: &Args) -> Result<GitSource, String> {
    let reference: Reference = args.reference.parse().map_err(|err| format!("--ref: {err}"))?;
    let mut builder = GitSource::builder(&args.repository).reference(reference);
    if let Some(cache) = &args.cache {
        builder = builder.cache_directory(cache);
    }
    builder.build().map_err(|err| chain(&err))
}

fn policy(args: &Args) -> Policy {
    let mut policy = Policy::new(Prune::Delete(Budget::usual()));
    policy.namespace.clone_from(&args.namespace);
    if args.to == To::Embedded {
        // No controllers run there, so that workloads never get ready.
        policy.gate = Gate::Established;
    }
    policy
}
