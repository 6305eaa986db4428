//! Controllers in the background: woken by writes and by the clock.

use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use super::{Controllers, lock};

/// How long the background waits for a write before it looks at the clock, in seconds.
pub(crate) const IDLE_SECONDS_MAX: u64 = 3600;

/// Controllers that run in the background; dropping it ends that.
#[derive(Debug)]
pub struct Running {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    pub(super) fn new(controllers: Controllers) -> Self {
        Self { task: tokio::spawn(run(controllers)) }
    }
}

/// How long to wait for a write when something is due at a time.
fn pause(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let most = Duration::from_secs(IDLE_SECONDS_MAX);
    let wait = next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
    wait.map_or(most, |wait| wait.min(most))
}

async fn run(controllers: Controllers) {
    let mut changed = lock(&controllers.world).store.subscribe();
    loop {
        changed.mark_unchanged();
        if controllers.step() > 0 {
            // Requests come between two steps, as they do on a real server.
            tokio::task::yield_now().await;
            continue;
        }
        let pause = pause(controllers.next(), controllers.clock.now());
        let waiting = std::pin::pin!(changed.changed());
        if let Either::Left((Err(_), _)) = select(waiting, controllers.clock.sleep(pause)).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Duration, IDLE_SECONDS_MAX, pause};

    #[test]
    fn waits_until_something_is_due_but_not_for_ever() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let due = |seconds| Some(now + SignedDuration::from_secs(seconds));
        let most = Duration::from_secs(IDLE_SECONDS_MAX);
        assert_eq!(pause(None, now), most);
        assert_eq!(pause(due(i64::try_from(IDLE_SECONDS_MAX).unwrap() + 1), now), most);
        assert_eq!(pause(due(7), now), Duration::from_secs(7));
        assert_eq!(pause(due(-7), now), Duration::ZERO);
    }
}
