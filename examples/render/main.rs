//! Prints what a chart or a kustomization renders, with the arguments of the tools that people
//! know.

mod disk;
mod helm;
mod kustomize;

use std::process::ExitCode;

#[cfg(target_env = "musl")]
use {
    spinning_top::RawSpinlock,
    std::alloc::System,
    talc::{TalcLock, source::GlobalAllocSource},
};

#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: TalcLock<RawSpinlock, GlobalAllocSource<System>> =
    TalcLock::new(GlobalAllocSource::new(System));

const USAGE: &str = "usage: render kustomize DIR [kubectl's options]\n       \
                     render helm template RELEASE CHART [FLAG…]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["helm", "template", rest @ ..] => return helm::template(rest),
        ["kustomize", ..] => kustomize::run(&args[1..]),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            print_error(&text);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "errors are for the person at the terminal")]
fn print_error(text: &str) {
    eprintln!("error: {text}");
}
