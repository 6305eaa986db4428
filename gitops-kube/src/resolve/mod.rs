//! Which address the objects of a kind have, as the server's discovery says.

mod discovery;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gitops_core::{Kind, ObjectId};
use jiff::Timestamp;

pub(crate) use self::discovery::Endpoint;
use self::discovery::{Discovered, Found};
use crate::call::{Caller, Failure};

/// How many kinds in a row may each have the server asked anew what it serves.
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
    // Goes up with every answer of the server.
    round: u64,
    spent: u32,
    last: Timestamp,
    // Kinds whose definition was applied through us: they may appear at any moment.
    awaited: BTreeSet<(String, String)>,
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

    /// Notes that the server said it does not serve what was found here.
    pub(crate) fn forget(&self) {
        self.lock().discovered = None;
    }

    /// Notes that a definition of the kind was just applied.
    pub(crate) fn expect_kind(&self, group: &str, kind: &str) {
        self.lock().awaited.insert((group.to_owned(), kind.to_owned()));
    }

    async fn find(
        &self,
        caller: &Caller,
        group: &str,
        kind: &str,
        version: Option<&str>,
    ) -> Result<Option<Arc<Endpoint>>, Failure> {
        let (seen, round) = self.seen();
        let remembered = seen.map(|discovered| discovered.find(group, kind, version));
        let found = match remembered {
            Some(served @ Found::Served(_)) => served,
            Some(missing) if !self.may_refresh(caller.clock().now(), group, kind) => missing,
            Some(_) | None => self.refreshed(caller, round).await?.find(group, kind, version),
        };
        match found {
            Found::Served(endpoint) => {
                self.lock().awaited.remove(&(group.to_owned(), kind.to_owned()));
                Ok(Some(endpoint))
            }
            Found::NotServed => Ok(None),
            Found::Silent { api } => {
                let problem = format!("the server lists {api}, but who serves it does not answer");
                Err(Failure::Transport { cause: problem.into() })
            }
        }
    }

    async fn refreshed(&self, caller: &Caller, round: u64) -> Result<Arc<Discovered>, Failure> {
        let _asking = self.asking.lock().await;
        let (seen, now) = self.seen();
        if let (Some(discovered), true) = (seen, round < now) {
            return Ok(discovered);
        }
        let discovered = Arc::new(Discovered::ask(caller).await?);
        let mut known = self.lock();
        known.discovered = Some(Arc::clone(&discovered));
        known.round += 1;
        Ok(discovered)
    }

    fn may_refresh(&self, now: Timestamp, group: &str, kind: &str) -> bool {
        let mut known = self.lock();
        if known.awaited.contains(&(group.to_owned(), kind.to_owned())) {
            return true;
        }
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

    fn seen(&self) -> (Option<Arc<Discovered>>, u64) {
        let known = self.lock();
        (known.discovered.clone(), known.round)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
