//! What the user asks for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Delivers what a Git repository describes to a cluster.
///
/// Exit codes: without --plan 0 when everything is delivered, with --plan 0 when there is nothing
/// to do and 2 when there are changes; always 1 for an error and 3 when a person has to decide.
#[derive(Clone, Debug, Parser)]
#[command(name = "deliver")]
pub(crate) struct Args {
    /// The repository: a path, or a URL with https://, ssh:// or file://.
    pub(crate) repository: String,
    /// The directory of the repository that holds the manifests.
    #[arg(default_value = ".")]
    pub(crate) path: String,
    /// Where to: an API server within this process, or the cluster of the kubeconfig.
    #[arg(long, value_enum, default_value = "embedded")]
    pub(crate) to: To,
    /// What to deliver: a branch, a tag, a commit, refs/…, or semver:RANGE over the tags.
    #[arg(long = "ref", value_name = "REF", default_value = "HEAD")]
    pub(crate) reference: String,
    /// Only show what would be done.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Keep going: deliver new commits and heal drift until interrupted.
    #[arg(long, conflicts_with = "plan")]
    pub(crate) watch: bool,
    /// How often to look, in seconds.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) interval: u64,
    /// Execute a plan that a guard blocks, by the digest that --plan showed.
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub(crate) approve: Option<String>,
    /// How to print the result. JSON stands alone on stdout.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) output: Output,
    /// The namespace of the inventory, and of objects that name none.
    #[arg(long, default_value = "default")]
    pub(crate) namespace: String,
    /// The name of the inventory; made from repository and path when absent.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where mirrors of remote repositories are kept.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) cache: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// An API server within this process, empty at the start.
    Embedded,
    /// The current context of the kubeconfig.
    Kubeconfig,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs: one value for each run.
    Json,
}
