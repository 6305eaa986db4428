//! Renders like `kustomize build`: prints what the library makes of a directory.

mod disk;
mod kustomize;

use std::process::ExitCode;

const USAGE: &str = "usage: render kustomize DIR [kubectl's options]";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "kustomize" => kustomize::run(&rest),
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
