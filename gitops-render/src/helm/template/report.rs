//! Turns the errors of Go's templates into the texts that Helm shows.

use super::error::{Stage, TemplateError};
use super::failure::Failure;

/// `fail` and `required` put their message between these.
pub(crate) const WARN_START: &str = "HELM_ERR_START";
/// See [`WARN_START`].
pub(crate) const WARN_END: &str = "HELM_ERR_END";

/// The error of a text that does not parse.
pub(super) fn parse_error(file: &str, text: &str) -> TemplateError {
    let tokens: Vec<&str> = text.split(": ").collect();
    let message = match (tokens.get(1), tokens.last()) {
        (Some(location), Some(problem)) => format!("parse error at ({location}): {problem}"),
        _ => format!("parse error in ({file}): {text}"),
    };
    TemplateError { stage: Stage::Parse, message }
}

/// The error of a template that fails.
pub(super) fn execution_error(file: &str, failure: &Failure) -> TemplateError {
    TemplateError { stage: Stage::Execute, message: reworded(file, failure) }
}

fn reworded(file: &str, failure: &Failure) -> String {
    let text = failure.text();
    if !failure.executing {
        return text;
    }
    let mut tokens = text.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (tokens.next(), tokens.next(), tokens.next())
    else {
        return format!("execution error in ({file}): {text}");
    };
    if let Some(message) = warned(rest) {
        return format!("execution error at ({location}): {message}");
    }
    let mut traces: Vec<Trace<'_>> = Vec::new();
    for start in failure.starts() {
        let Some(trace) = Trace::read(&text[start..]) else {
            return text;
        };
        if traces.last() != Some(&trace) {
            traces.push(trace);
        }
    }
    traces.iter().map(Trace::print).collect::<String>().trim().to_owned()
}

fn warned(text: &str) -> Option<&str> {
    let from = text.find(WARN_START)? + WARN_START.len();
    let to = from + text[from..].rfind(WARN_END)?;
    Some(&text[from..to])
}

/// One level of an error, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Trace<'a> {
    location: &'a str,
    message: &'a str,
    executed: Option<(&'a str, &'a str)>,
}

impl<'a> Trace<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Self { location: "", message: text, executed: None });
        }
        Self::executing(rest).or_else(|| Self::simple(rest))
    }

    /// `FILE:LINE:COLUMN: executing "NAME" at <NODE>: PROBLEM`
    fn executing(rest: &'a str) -> Option<Self> {
        let (location, after) = rest.split_once(": executing ")?;
        let (function, after) = after.strip_prefix('"')?.split_once('"')?;
        let (node, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
        let message = uncut(message);
        Some(Self { location, message, executed: Some((function, node)) })
    }

    fn simple(rest: &'a str) -> Option<Self> {
        let (location, message) = rest.rsplit_once(": ")?;
        Some(Self { location, message: uncut(message), executed: None })
    }

    fn print(&self) -> String {
        let mut out = String::new();
        if !self.location.is_empty() {
            out.push_str(&format!("{}\n  ", self.location));
        }
        if let Some((function, node)) = self.executed {
            out.push_str(&format!("executing \"{function}\" at <{node}>:\n    "));
        }
        if !self.message.is_empty() {
            out.push_str(&format!("{}\n", self.message));
        }
        out
    }
}

/// Without the next error that the message drags along.
fn uncut(message: &str) -> &str {
    message.find(" template:").map_or(message, |at| &message[..at])
}
