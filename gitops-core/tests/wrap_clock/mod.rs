//! A clock that does not wait.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use gitops_core::Clock;
use jiff::Timestamp;

/// Every sleep is over at once, and noted.
#[derive(Debug, Default)]
pub(crate) struct Skipping {
    pub(crate) slept: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Clock for Skipping {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
    }
}
