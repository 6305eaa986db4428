//! A plan as a comment on a pull request.

use std::fmt::Write as _;

use super::{PlanView, Verdict};

/// The largest comment, in bytes; forges refuse longer ones.
pub const MARKDOWN_BYTES_MAX: usize = 60_000;

impl PlanView {
    /// Returns the plan as Markdown: what it comes to, and the changes folded below it.
    ///
    /// The text has at most [`MARKDOWN_BYTES_MAX`] bytes; what does not fit is left out, and the
    /// text says so.
    pub fn to_markdown(&self) -> String {
        let headline = match self.verdict {
            Verdict::Clean => {
                return format!("**No changes.** The cluster matches `{}`.\n", self.revision);
            }
            Verdict::Changes => "**Changes**",
            Verdict::Blocked => "**Blocked** until a person decides",
            Verdict::Invalid => "**Invalid**: the desired state cannot be delivered",
        };
        let mut text = format!("{headline}: {} at `{}`.\n\n", self.totals, self.revision);
        let body = self.to_string();
        // A fence longer than any run of backticks inside cannot be closed from within.
        let fence = "`".repeat(3.max(longest_run(&body) + 1));
        let room = MARKDOWN_BYTES_MAX - text.len() - 200;
        let shown = cut(&body, room);
        let left_out = body.len() - shown.len();
        // Writing to a string cannot fail.
        let _ = write!(text, "<details><summary>Plan</summary>\n\n{fence}diff\n{shown}\n{fence}\n");
        if 0 < left_out {
            let _ = write!(text, "\n{left_out} bytes more are left out.\n");
        }
        let _ = write!(text, "\n</details>\n\nPlan digest: `{}`\n", self.digest);
        text
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

// Cuts at the end of a line, so that no change shows by half.
fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text.trim_end();
    }
    let end = text.as_bytes()[..bytes_max].iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    &text[..end]
}
