//! Time, as a parameter.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

/// Where time comes from.
///
/// Nothing in this workspace reads the system's time by itself: whoever embeds it passes a clock,
/// and a test passes one whose time it moves.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the time.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    async fn sleep(&self, duration: Duration);
}

/// The system's time at the start, moved on by tokio's timer.
///
/// Under tokio's paused time this is a virtual clock: sleeping takes no time at all.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    start: Timestamp,
    since: tokio::time::Instant,
}

#[cfg(feature = "tokio")]
impl TokioClock {
    /// Starts at the system's time.
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// Starts at `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, since: tokio::time::Instant::now() }
    }
}

#[cfg(feature = "tokio")]
#[async_trait]
impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        // A clock that runs past the year 9999 stands still there.
        let elapsed = jiff::SignedDuration::try_from(self.since.elapsed()).unwrap_or_default();
        self.start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
