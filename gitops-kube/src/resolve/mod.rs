//! Which address the objects of a kind have, as the server's discovery says.

mod discovery;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gitops_core::{Kind, ObjectId};
use jiff::Timestamp;

pub(crate) use self::discovery::Endpoint;
use self::discovery::{Discovered, Found};
use crate::call::{Caller, Failure};

/// How often in a row the server is asked anew what it serves, because a kind is missing.
pub const REFRESH_BURST_MAX: u32 = 5;

/// How long it takes until the server may be asked once more, when the burst is used up.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// Remembers what the server serves, and asks again when a kind is missing.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    known: Mutex<Known>,
    // Held while the server is asked, so that many callers in want of one kind ask once.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    discovered: Option<Arc<Discovered>>,
    // Whether the server has denied since what it said then.
    doubtful: bool,
    // Goes up with every answer of the server.
    round: u64,
    spent: u32,
    last: Timestamp,
}

impl Resolver {
    /// Returns the address of `kind`; `None` when the server does not serve it.
    pub(crate) async fn exact(
        &self,
        caller: &Caller,
        kind: &Kind,
    ) -> Result<Option<Arc<Endpoint>>, Failure> {
        self.find(caller, &kind.group, &kind.kind, Some(&kind.version)).await
    }

    /// Returns the address of the kind of `id` in the version that the server prefers.
    pub(crate) async fn preferred(
        &self,
        caller: &Caller,
        id: &ObjectId,
    ) -> Result<Option<Arc<Endpoint>>, Failure> {
        self.find(caller, &id.group, &id.kind, None).await
    }

    /// Notes that the server does not serve what was found here.
    pub(crate) fn doubt(&self) {
        self.lock().doubtful = true;
    }

    /// Notes that a definition was just applied: its kind may appear at any moment.
    pub(crate) fn expect_kinds(&self) {
        self.lock().spent = 0;
    }

    async fn find(
        &self,
        caller: &Caller,
        group: &str,
        kind: &str,
        version: Option<&str>,
    ) -> Result<Option<Arc<Endpoint>>, Failure> {
        let (seen, round, doubtful) = self.seen();
        let remembered = seen.map(|discovered| discovered.find(group, kind, version));
        let found = match remembered {
            Some(served @ Found::Served(_)) if !doubtful => served,
            Some(_) | None => self.refreshed(caller, round).await?.find(group, kind, version),
        };
        match found {
            Found::Served(endpoint) => Ok(Some(endpoint)),
            Found::NotServed => Ok(None),
            Found::Silent { api } => {
                let problem = format!("the server lists {api}, but who serves it does not answer");
                Err(Failure::Transport { cause: problem.into() })
            }
        }
    }

    /// Asks the server what it serves, unless somebody has since `round`, or it was asked too
    /// often.
    async fn refreshed(&self, caller: &Caller, round: u64) -> Result<Arc<Discovered>, Failure> {
        let _asking = self.asking.lock().await;
        let (seen, now, _) = self.seen();
        if let Some(discovered) = seen
            && (round < now || !self.may_refresh(caller.clock().now()))
        {
            return Ok(discovered);
        }
        let discovered = Arc::new(Discovered::ask(caller).await?);
        let mut known = self.lock();
        known.discovered = Some(Arc::clone(&discovered));
        known.doubtful = false;
        known.round += 1;
        Ok(discovered)
    }

    fn may_refresh(&self, now: Timestamp) -> bool {
        let mut known = self.lock();
        let since = Duration::try_from(now.duration_since(known.last)).unwrap_or_default();
        let regained = since.as_millis() / REFRESH_INTERVAL.as_millis();
        if regained != 0 {
            known.spent = known.spent.saturating_sub(u32::try_from(regained).unwrap_or(u32::MAX));
            known.last = now;
        }
        if REFRESH_BURST_MAX <= known.spent {
            return false;
        }
        known.spent += 1;
        true
    }

    fn seen(&self) -> (Option<Arc<Discovered>>, u64, bool) {
        let known = self.lock();
        (known.discovered.clone(), known.round, known.doubtful)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
