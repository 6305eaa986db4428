//! Controllers in the background: woken by writes and by the clock.

use std::time::Duration;

use futures_util::future::{Either, select};

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

async fn run(controllers: Controllers) {
    let mut changed = lock(&controllers.world).store.subscribe();
    loop {
        changed.mark_unchanged();
        if controllers.step() > 0 {
            // Requests come between two steps, as they do on a real server.
            tokio::task::yield_now().await;
            continue;
        }
        let mut pause = Duration::from_secs(IDLE_SECONDS_MAX);
        if let Some(next) = controllers.next() {
            let wait = next.duration_since(controllers.clock.now());
            pause = pause.min(Duration::try_from(wait).unwrap_or_default());
        }
        let waiting = std::pin::pin!(changed.changed());
        if let Either::Left((Err(_), _)) = select(waiting, controllers.clock.sleep(pause)).await {
            return;
        }
    }
}
