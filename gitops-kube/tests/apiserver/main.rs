//! The embedded API server, asked as a client would ask it.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod access;
mod apply;
mod controllers;
mod custom;
mod definitions;
mod kubectl;
mod ownership;
mod patches;
mod read;
mod refusals;
mod robust;
mod shapes;
mod versions;
mod world;
mod write;
