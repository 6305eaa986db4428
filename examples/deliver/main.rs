//! Delivers a Git repository to a cluster: `deliver REPOSITORY [PATH]`.
#![allow(clippy::print_stderr, reason = "a program tells its user what goes wrong")]

mod args;
mod output;
#[cfg(test)]
#[path = "../quickstart/repository.rs"]
mod repository;
mod run;
mod target;
#[cfg(test)]
mod tests;

use std::{io, process::ExitCode};

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(err) => {
            eprintln!("error: cannot start: {err}");
            return ExitCode::from(run::EXIT_ERROR);
        }
    };
    let code = runtime.block_on(run::run(&args, &mut io::stdout(), &mut io::stderr()));
    // A watch ends when its user says so: what still runs in the background is not waited for.
    runtime.shutdown_background();
    ExitCode::from(code)
}
