//! What Helm says on its way, beside the result.

use super::text::log_value;

/// One remark that Helm makes on its way, such as about a value that it skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave it is: `INFO`, `WARN` or `ERROR`.
    pub level: &'static str,
    /// What it is about.
    pub message: String,
    /// Further facts: name and text.
    pub facts: Vec<(&'static str, String)>,
}

impl Notice {
    /// A remark without further facts.
    pub(in crate::helm) fn printed(message: &str) -> Self {
        Self { level: "INFO", message: message.to_owned(), facts: Vec::new() }
    }

    pub(in crate::helm) fn warning(message: &str, facts: Vec<(&'static str, String)>) -> Self {
        Self { level: "WARN", message: message.to_owned(), facts }
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "level={} msg={}", self.level, log_value(&self.message))?;
        for (name, fact) in &self.facts {
            write!(f, " {name}={}", log_value(fact))?;
        }
        Ok(())
    }
}
