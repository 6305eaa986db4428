//! Helm charts, rendered in process.

pub mod template;
pub mod value;
