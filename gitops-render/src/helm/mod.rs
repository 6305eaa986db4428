//! Helm charts, rendered in process.

mod funcs;
pub mod template;
pub mod value;
