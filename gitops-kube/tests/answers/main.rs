//! Answers that no healthy server gives: too many requests, silence, nonsense, half of discovery.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod discovering;
mod limits;
mod patience;
mod script;
