//! Runs the embedded API server on a socket, for `kubectl` and other clients.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};
use gitops_kube::apiserver::ApiServer;

/// A Kubernetes API server without a cluster.
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8001")]
    listen: SocketAddr,
    /// Whether the server does what controllers do.
    #[arg(long, value_enum, default_value_t = Controllers::All)]
    controllers: Controllers,
    /// Writes a kubeconfig here.
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Controllers {
    /// Objects stay as they were written.
    None,
    /// Deleted namespaces empty themselves.
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
    let controllers = args.controllers == Controllers::All;
    let server = ApiServer::builder().controllers(controllers).build();
    let listening = server.listen(args.listen).await?;
    if let Some(path) = &args.kubeconfig {
        std::fs::write(path, listening.kubeconfig())?;
    }
    println!("{}", listening.url());
    tokio::signal::ctrl_c().await
}
