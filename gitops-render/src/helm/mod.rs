//! Helm charts, rendered in process.
#![allow(
    clippy::format_push_string,
    clippy::naive_bytecount,
    clippy::needless_pass_by_value,
    clippy::similar_names,
    clippy::unnecessary_wraps,
    reason = "functions of one table have one type; error texts are short and read best formatted"
)]

mod funcs;
pub mod template;
pub mod value;
