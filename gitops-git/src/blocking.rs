//! Work on a thread of its own that really stops.

use std::{
    fmt,
    panic::resume_unwind,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::error::GitError;

type OnStop = Box<dyn FnOnce() + Send>;

/// Tells work on another thread to stop.
#[derive(Default)]
pub(crate) struct Interrupt {
    // What gix looks at between its steps.
    flag: AtomicBool,
    // What wakes up work that waits for someone else.
    waiting: Mutex<Vec<OnStop>>,
    stopped: Condvar,
}

impl Interrupt {
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    pub(crate) fn check(&self) -> Result<(), GitError> {
        if self.flag.load(Ordering::SeqCst) { Err(GitError::Stopped) } else { Ok(()) }
    }

    /// Runs `act` when the work is to stop, or at once if that was said already.
    pub(crate) fn on_stop(&self, act: impl FnOnce() + Send + 'static) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.flag.load(Ordering::SeqCst) {
            drop(waiting);
            act();
        } else {
            waiting.push(Box::new(act));
        }
    }

    /// Waits, but not longer than the work may go on.
    pub(crate) fn wait(&self, duration: Duration) -> Result<(), GitError> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let running = |_: &mut Vec<OnStop>| !self.flag.load(Ordering::SeqCst);
        drop(
            self.stopped
                .wait_timeout_while(waiting, duration, running)
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.check()
    }

    fn stop(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.flag.store(true, Ordering::SeqCst);
        let acts = std::mem::take(&mut *waiting);
        drop(waiting);
        self.stopped.notify_all();
        for act in acts {
            act();
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("flag", &self.flag).finish_non_exhaustive()
    }
}

// Also when the future that waits for the work is dropped.
struct StopOnDrop(Arc<Interrupt>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Runs `work` on a thread for blocking work, for `timeout` at most.
///
/// Dropping the future stops the work.
pub(crate) async fn run<T, F>(timeout: Duration, work: F) -> Result<T, GitError>
where
    T: Send + 'static,
    F: FnOnce(&Arc<Interrupt>) -> Result<T, GitError> + Send + 'static,
{
    let interrupt = Arc::new(Interrupt::default());
    let _stop = StopOnDrop(Arc::clone(&interrupt));
    let task = tokio::task::spawn_blocking(move || work(&interrupt));
    match tokio::time::timeout(timeout, task).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(err)) if err.is_panic() => resume_unwind(err.into_panic()),
        Ok(Err(_)) => Err(GitError::Stopped),
        Err(_) => Err(GitError::TimedOut { seconds: timeout.as_secs() }),
    }
}
