//! What the user sees.

use std::{
    fmt,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use gitops_core::{Event, Observer, Plan, Report};
use serde_json::json;

use crate::args::Output;

/// Prints plan and report.
pub(crate) fn print(
    out: &mut (dyn Write + Send),
    output: Output,
    plan: &Plan,
    report: Option<&Report>,
) -> io::Result<()> {
    match (output, report) {
        (Output::Text, None) => write!(out, "{plan}")?,
        (Output::Text, Some(report)) if plan.is_empty() && !report.changed() => {
            write!(out, "{plan}")?;
        }
        (Output::Text, Some(report)) => write!(out, "{plan}\n{report}")?,
        (Output::Json, report) => {
            let mut shown = json!({ "plan": plan.view() });
            if let Some(report) = report {
                shown["report"] = json!(report);
                shown["complete"] = json!(report.is_complete());
            }
            writeln!(out, "{shown}")?;
        }
    }
    out.flush()
}

/// Tells what happens, a line each, while it happens.
pub(crate) struct Progress<'a> {
    to: Mutex<&'a mut (dyn Write + Send)>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(to: &'a mut (dyn Write + Send)) -> Self {
        Self { to: Mutex::new(to) }
    }

    /// Prints one line. That nobody reads it is no reason to stop a delivery.
    pub(crate) fn line(&self, line: &str) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(to, "{line}");
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

impl Observer for Progress<'_> {
    fn observe(&self, event: &Event) {
        match event {
            Event::Resolved { revision } => self.line(&format!("at {revision}")),
            Event::Rendered { objects, .. } => self.line(&format!("{objects} objects rendered")),
            Event::WaveStarted { wave, waves, objects } => {
                self.line(&format!("wave {wave} of {waves}: {objects} objects"));
            }
            Event::Failed { id, error } => self.line(&format!("{id} failed: {error}")),
            Event::Waiting { id, health, waited } => self.line(&format!(
                "waiting for {id} for {} s: {:?}, {}",
                waited.as_secs(),
                health.status,
                health.message
            )),
            // The plan and the report say the rest.
            _ => {}
        }
    }
}
