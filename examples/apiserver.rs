//! Runs the embedded API server on a socket, for `kubectl` and other clients.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to its user")]

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};
use gitops_kube::apiserver::ApiServer;

/// A Kubernetes API server without a cluster.
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8001")]
    listen: SocketAddr,
    /// Whether controllers run.
    #[arg(long, value_enum, default_value_t = Controllers::All)]
    controllers: Controllers,
    /// How many nodes run pods; with 0, pods stay pending.
    #[arg(long, default_value_t = 0)]
    nodes: usize,
    /// Writes a kubeconfig here.
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Controllers {
    /// Objects stay as they were written.
    None,
    /// Workloads make their pods, services find them, garbage is collected.
    All,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("apiserver: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> std::io::Result<()> {
    let run = args.controllers == Controllers::All;
    let server = ApiServer::builder().controllers(run).build();
    let _running = run.then(|| server.controllers().nodes(args.nodes).start());
    let listening = server.listen(args.listen).await?;
    if let Some(path) = &args.kubeconfig {
        std::fs::write(path, listening.kubeconfig())?;
    }
    println!("{}", listening.url());
    tokio::signal::ctrl_c().await
}
