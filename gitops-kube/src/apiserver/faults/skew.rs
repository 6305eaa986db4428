//! A clock that is wrong.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use gitops_core::Clock;
use jiff::{SignedDuration, Timestamp};

/// A clock that is ahead of another, or behind it.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use gitops_kube::apiserver::{ApiServer, faults::Skewed};
///
/// let clock = Arc::new(gitops_core::clock::TokioClock::system());
/// let ahead = Skewed::by(clock, jiff::SignedDuration::from_mins(7));
/// let server = ApiServer::builder().clock(Arc::new(ahead)).build();
/// # drop(server);
/// ```
pub struct Skewed {
    clock: Arc<dyn Clock>,
    ahead: SignedDuration,
}

impl Skewed {
    /// Wraps a clock; a negative `ahead` is behind it.
    pub fn by(clock: Arc<dyn Clock>, ahead: SignedDuration) -> Self {
        Self { clock, ahead }
    }
}

impl fmt::Debug for Skewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Skewed({})", self.ahead)
    }
}

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        // At the ends of time there is no more skew.
        self.clock.now().saturating_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}
