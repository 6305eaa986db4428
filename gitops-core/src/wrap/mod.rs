//! Traits around traits: retry, timeout, tracing, caching.
//!
//! Each wrapper holds any implementation and is one itself, so that they stack:
//! `Traced::new(Retry::new(Timeout::new(source, …), …))`. All of them forward every method by name:
//! a method that joins a trait has to be considered in each.

mod cached;
#[cfg(feature = "conformance")]
mod faulty;
mod pointer;
mod random;
mod retry;
mod timeout;
mod traced;

#[cfg(feature = "conformance")]
pub use self::faulty::{Faults, Faulty, Injected};
pub use self::{
    cached::{CACHED_RENDERS_MAX, Cached},
    retry::{Retry, RetryPolicy},
    timeout::{TimedOut, Timeout},
    traced::Traced,
};
