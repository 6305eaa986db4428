//! What the API server says when it refuses.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

/// How much of an answer that is no `Status` is kept.
const TEXT_CHARS_MAX: usize = 300;

/// A `Status` answer, or what stands in for one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) reason: String,
    message: String,
    pub(crate) causes: Vec<Cause>,
    /// The name that the server speaks of.
    pub(crate) name: String,
    /// The resource that the server speaks of.
    pub(crate) resource: String,
    pub(crate) retry_after: Option<Duration>,
    // Whether the text must not be shown: it may quote what is secret.
    withheld: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) field: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    reason: String,
    message: String,
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: String,
    kind: String,
    causes: Option<Vec<Cause>>,
    retry_after_seconds: u64,
}

impl Refusal {
    pub(crate) fn read(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let seconds = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
        let Ok(status) = serde_json::from_slice::<Status>(body) else {
            let text = String::from_utf8_lossy(body);
            return Self {
                code: code.as_u16(),
                message: text.trim().chars().take(TEXT_CHARS_MAX).collect(),
                retry_after: seconds.map(Duration::from_secs),
                ..Self::default()
            };
        };
        let details = status.details.unwrap_or_default();
        let said = Some(details.retry_after_seconds).filter(|seconds| *seconds != 0);
        Self {
            code: code.as_u16(),
            reason: status.reason,
            message: status.message,
            causes: details.causes.unwrap_or_default(),
            name: details.name,
            resource: details.kind,
            retry_after: seconds.or(said).map(Duration::from_secs),
            withheld: false,
        }
    }

    /// Keeps the server's own words out of the text: they may quote what is secret.
    pub(crate) fn withhold(&mut self) {
        self.withheld = true;
        self.message.clear();
        for cause in &mut self.causes {
            cause.message.clear();
        }
    }

    pub(crate) fn has_cause(&self, reason: &str) -> bool {
        self.causes.iter().any(|cause| cause.reason == reason)
    }

    /// Whether the refusal is about the body, though the server calls it its own failure.
    pub(crate) fn blames_body(&self) -> bool {
        // What server-side apply cannot read is answered with 500 and no reason.
        let starts = ["failed to create typed", "failed to convert new object"];
        self.reason.is_empty() && starts.iter().any(|start| self.message.starts_with(start))
    }

    /// Whether a field cannot be changed.
    pub(crate) fn is_immutable(&self) -> bool {
        // The server has no reason of its own for it, and each kind words it in its own way.
        const WORDS: [&str; 7] = [
            "immutable",
            "may not change",
            "may not be changed",
            "cannot change",
            "cannot be changed",
            "updates to ",
            "may not be updated",
        ];
        let says = |text: &str| {
            let text = text.to_lowercase();
            WORDS.iter().any(|words| text.contains(words))
        };
        self.causes.iter().any(|cause| says(&cause.message)) || says(&self.message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answers {}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, " {}", self.reason)?;
        }
        if !self.withheld {
            return write!(f, ": {}", self.message);
        }
        for (at, cause) in self.causes.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            write!(f, "{before}{} at {}", cause.reason, cause.field)?;
        }
        f.write_str("; its words are withheld, for they may quote the secret")
    }
}

impl std::error::Error for Refusal {}
