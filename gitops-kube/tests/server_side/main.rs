//! Differ, applier and inventory against servers that answer: the same bodies run on the embedded
//! server, and on a real one where `GITOPS_TEST_KUBECONFIG` names it.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod agreeing;
mod applying;
mod comparing;
mod conflicts;
mod connecting;
mod inventory;
mod kinds;
mod secrets;
#[path = "../servers/mod.rs"]
mod servers;
mod world;
