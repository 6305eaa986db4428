//! How the measurements measure and print.
#![allow(clippy::print_stdout, dead_code, reason = "a measurement, shared by several programs")]

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// Returns what `work` gives and how long it took.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let value = work();
    (value, started.elapsed())
}

/// Returns what `work` gives and how long it took.
pub(crate) async fn time_async<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    let value = work.await;
    (value, started.elapsed())
}

/// Prints minimum, median and maximum.
pub(crate) fn show(what: &str, runs: &mut [Duration]) {
    runs.sort();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    if let (Some(min), Some(max)) = (runs.first(), runs.last()) {
        let median = runs[runs.len() / 2];
        println!(
            "{what}: median {:.2} ms (min {:.2}, max {:.2}, {} runs)",
            ms(median),
            ms(*min),
            ms(*max),
            runs.len()
        );
    }
}
