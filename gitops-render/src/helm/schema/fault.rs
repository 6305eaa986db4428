//! What is wrong with a value, as a tree.

use crate::helm::text::go_quote;

/// One thing that is wrong with a value, and what led to it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The path of the value.
    pub(super) at: Vec<String>,
    /// What is wrong.
    pub(super) problem: Problem,
    /// What led to it.
    pub(super) causes: Vec<Fault>,
}

#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// Several things.
    Group,
    /// What another schema found, which is shown in its place when it is one thing.
    Reference,
    /// This.
    Text(String),
}

impl Fault {
    pub(super) fn new(at: &[String], problem: impl Into<String>, causes: Vec<Self>) -> Self {
        Self { at: at.to_vec(), problem: Problem::Text(problem.into()), causes }
    }

    /// Returns several faults as one, one fault as it is.
    pub(super) fn together(at: &[String], mut faults: Vec<Self>) -> Option<Self> {
        match faults.len() {
            0 => None,
            1 => faults.pop(),
            _ => Some(Self { at: at.to_vec(), problem: Problem::Group, causes: faults }),
        }
    }

    /// Returns the faults that a group is made of.
    pub(super) fn flat(self) -> Vec<Self> {
        match self.problem {
            Problem::Group => self.causes,
            Problem::Reference | Problem::Text(_) => vec![self],
        }
    }

    /// Returns faults as lines, each after a line break.
    pub(super) fn list(faults: &[Self]) -> String {
        let mut text = String::new();
        for fault in faults {
            fault.show(&mut text, 1);
        }
        text
    }

    fn show(&self, text: &mut String, indent: usize) {
        let skipped = matches!(self.problem, Problem::Reference) && self.causes.len() == 1;
        let mut inner = indent;
        if !skipped {
            text.push('\n');
            text.push_str(&"  ".repeat(indent - 1));
            let problem = match &self.problem {
                Problem::Group | Problem::Reference => "validation failed",
                Problem::Text(problem) => problem,
            };
            text.push_str(&["- at ", &quote(&pointer(&self.at)), ": ", problem].concat());
            inner += 1;
        }
        for cause in &self.causes {
            cause.show(text, inner);
        }
    }
}

fn pointer(steps: &[String]) -> String {
    let step = |step: &String| format!("/{}", step.replace('~', "~0").replace('/', "~1"));
    steps.iter().map(step).collect()
}

/// Returns `text` in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = go_quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    format!("'{inner}'")
}

/// Returns texts in single quotes, with commas between them.
pub(super) fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| quote(text)).collect::<Vec<_>>().join(", ")
}
