//! A plan as a person likes to read it.

use std::fmt::{self, Display, Write as _};

use serde_json::Value;

use super::{FieldView, Plan, PlanView, StepView, Totals, ValueView, Verdict};
use crate::{After, Cause};

// Longer values are cut: the digest in the JSON form is whole.
const VALUE_CHARS_MAX: usize = 120;

impl Display for Plan {
    /// Shows what drifted first, then every change by path with its cause, then what is kept and
    /// blocked, and last one line of totals that is always of the same shape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl Display for PlanView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drifted = |field: &&FieldView| matches!(field.cause, Cause::Drift { .. });
        if self.steps.iter().any(|step| step.fields.iter().any(|field| drifted(&field))) {
            writeln!(f, "Changed outside of Git since the last delivery:")?;
            for step in &self.steps {
                for field in step.fields.iter().filter(drifted) {
                    writeln!(f, "  {} {}{}", step.id, field.path, by(&field.cause))?;
                }
            }
            writeln!(f)?;
        }
        for step in &self.steps {
            step.fmt(f)?;
        }
        for kept in &self.kept {
            writeln!(f, "  = keep {}: {}", kept.id, kept.because)?;
        }
        for blocked in &self.blocked {
            writeln!(f, "! blocked {blocked}")?;
        }
        if self.verdict == Verdict::Clean {
            return writeln!(f, "No changes. The cluster matches {}.", self.revision);
        }
        if !self.steps.is_empty() || !self.kept.is_empty() || !self.blocked.is_empty() {
            writeln!(f)?;
        }
        writeln!(f, "Plan: {}.", self.totals)
    }
}

impl Display for StepView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (symbol, word) = match self.action.as_str() {
            "create" => ("  +", "create"),
            "update" => ("  ~", "update"),
            "replace" => ("-/+", "replace"),
            "delete" => ("  -", "prune"),
            _ => ("  =", "unchanged"),
        };
        write!(f, "{symbol} {word} {}", self.id)?;
        if let Some(origin) = &self.origin {
            write!(f, "  ({origin})")?;
        }
        match &self.after {
            Some(After::Namespace(name)) => write!(f, "  known after namespace {name}")?,
            Some(After::Kind { kind, .. }) => write!(f, "  known after the definition of {kind}")?,
            None => {}
        }
        if let Some(because) = &self.because {
            write!(f, "  because {because}")?;
        }
        writeln!(f)?;
        if let Some(summary) = &self.summary {
            writeln!(f, "      {summary}")?;
        }
        for field in &self.fields {
            writeln!(f, "      {field}")?;
        }
        for conflict in &self.takes {
            writeln!(f, "      {} is taken over from {}", conflict.path, conflict.manager)?;
        }
        for conflict in &self.yields {
            writeln!(f, "      {} is left to {}", conflict.path, conflict.manager)?;
        }
        Ok(())
    }
}

impl Display for FieldView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  ", self.path)?;
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "+ {after}")?,
            (Some(before), None) => write!(f, "- {before}")?,
            (Some(before), Some(after)) => write!(f, "{before} -> {after}")?,
            (None, None) => f.write_str("moves to our manager")?,
        }
        f.write_str(&by(&self.cause))
    }
}

impl Display for ValueView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Masked { masked } => write!(f, "(masked #{masked})"),
            Self::Shown(Value::String(text)) if is_plain(text) => f.write_str(&cut(text)),
            Self::Shown(value) => f.write_str(&cut(&value.to_string())),
        }
    }
}

impl Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { create, update, replace, prune, unchanged, blocked } = self;
        write!(
            f,
            "{create} to create, {update} to update, {replace} to replace, {prune} to prune, \
             {unchanged} unchanged, {blocked} blocked"
        )
    }
}

fn by(cause: &Cause) -> String {
    match cause {
        Cause::Git => "  (git)".to_owned(),
        Cause::Server => "  (server)".to_owned(),
        Cause::Drift { managers } if managers.is_empty() => "  (drift)".to_owned(),
        Cause::Drift { managers } => format!("  (drift: {})", managers.join(", ")),
    }
}

// Quotes are only in the way where a text shows by itself that it is one.
fn is_plain(text: &str) -> bool {
    let shows = |char: char| !char.is_control() && char != '"';
    !text.is_empty()
        && text.trim() == text
        && text.chars().all(shows)
        && serde_json::from_str::<Value>(text).is_err()
}

fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(VALUE_CHARS_MAX) else { return text.to_owned() };
    let mut shown = text[..end].to_owned();
    // Writing to a string cannot fail.
    let _ = write!(shown, "… ({} characters)", text.chars().count());
    shown
}
