//! Prints what a chart or a kustomization renders, with the arguments of the tools that people
//! know.

mod helm;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["helm", "template", args @ ..] => helm::template(args),
        _ => {
            let _ = helm::say("usage: render helm template RELEASE CHART [FLAG…]\n");
            ExitCode::from(2)
        }
    }
}
