//! Watching a collection: its changes as they come.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    future::{Either, select},
    stream,
};
use gitops_core::Clock;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::json;

use super::{
    answer::{Answer, Body},
    held::Held,
    kinds::Kind,
    params::ListOptions,
    read::{not_a_number, selector},
    select::Selector,
    shown::Shown,
    status::{Failure, Result},
    store::Event,
    table::Shaper,
    world::{Call, World},
};

/// How long a watch runs when the request does not say, in seconds.
pub(crate) const WATCH_SECONDS_DEFAULT: u64 = 1800;
/// How long a watch runs at most, in seconds.
pub(crate) const WATCH_SECONDS_MAX: u64 = 86_400;
/// How often a watch that wants bookmarks gets one, in seconds.
pub(crate) const WATCH_BOOKMARK_SECONDS: u64 = 60;

/// The server whose changes a watch waits for, and its clock.
type Bound = (Arc<Mutex<World>>, Arc<dyn Clock>);

/// A change as a watch sees it.
#[derive(Debug)]
struct Seen {
    what: &'static str,
    object: Shown,
}

impl Seen {
    fn expired(message: String) -> Self {
        Self { what: "ERROR", object: Failure::expired(message).to_value().into() }
    }
}

/// A watch before it is bound to a server.
pub(crate) struct Watching {
    kind: Arc<Kind>,
    namespace: String,
    name: String,
    selector: Selector,
    shaper: Option<Shaper>,
    /// Whether an event was shown, with the heads of columns.
    headed: bool,
    bookmarks: bool,
    seconds: u64,
    version: u64,
    first: Vec<Seen>,
    bound: Option<Bound>,
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watching({} since {})", self.kind.info.plural, self.version)
    }
}

/// Opens a watch.
pub(crate) fn open(world: &World, call: &Call<'_>) -> Result<Answer> {
    let selector = selector(call)?;
    let request = call.request;
    let options = ListOptions::of(request)?;
    let asked = request.param("resourceVersion").unwrap_or_default();
    let since = match asked {
        "" | "0" => None,
        // A watch fails inside the server, a list at its door.
        text => Some(text.parse::<u64>().map_err(|_| Failure::internal(not_a_number(text)))?),
    };
    let initial = options.initial.unwrap_or(false);
    let bookmarks = request.flag("allowWatchBookmarks");
    let seconds = options.seconds.filter(|seconds| 0 < *seconds).unwrap_or(WATCH_SECONDS_DEFAULT);
    let mut watching = Watching {
        kind: Arc::clone(&call.kind),
        namespace: call.namespace.clone(),
        name: call.name.clone(),
        selector,
        shaper: None,
        headed: false,
        bookmarks,
        seconds: seconds.min(WATCH_SECONDS_MAX),
        version: since.unwrap_or_else(|| world.store.version()),
        first: Vec::new(),
        bound: None,
    };
    let gone = since.is_some_and(|version| world.store.since(version).is_none());
    if gone && !initial {
        let message = format!("too old resource version: {asked} ({})", world.store.version());
        watching.first.push(Seen::expired(message));
        watching.seconds = 0;
        return Ok(Answer::Watch(watching));
    }
    if (since.is_none() && options.initial != Some(false)) || initial {
        watching.version = world.store.version();
        watching.first_objects(world);
        if initial && bookmarks {
            watching.first.push(watching.bookmark(true));
        }
    }
    Ok(Answer::Watch(watching))
}

impl Watching {
    /// Binds the watch to the server whose changes it waits for.
    pub(crate) fn bind(&mut self, world: Arc<Mutex<World>>, clock: Arc<dyn Clock>) {
        self.bound = Some((world, clock));
    }

    fn first_objects(&mut self, world: &World) {
        let namespace = Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        let objects: Vec<Seen> = world
            .store
            .held_list(&self.kind.resource, namespace)
            .filter(|((_, name), held)| self.wants(world, name, held))
            .map(|(_, held)| self.event("ADDED", Arc::clone(held).into()))
            .collect();
        self.first.extend(objects);
    }

    fn wants(&self, world: &World, name: &str, held: &Held) -> bool {
        (self.name.is_empty() || self.name == name)
            && (self.selector.is_everything() || self.selector.matches(&world.store.tree(held)))
    }

    /// Shows objects in a shape of their own.
    pub(crate) fn shaped(mut self, shaper: Shaper) -> Self {
        self.shaper = Some(shaper);
        self
    }

    fn event(&self, what: &'static str, object: Shown) -> Seen {
        Seen { what, object: object.in_version(&self.kind) }
    }

    /// Gives events the shape that the request asked for.
    fn show(&mut self, events: &mut [Seen], now: jiff::Timestamp) {
        let Some(shaper) = &self.shaper else { return };
        for event in events.iter_mut().filter(|event| event.what != "ERROR") {
            event.object = shaper.event(&event.object.tree(), !self.headed, now).into();
            self.headed = true;
        }
    }

    /// Says how far the watch is; `ends` the objects that were there before.
    fn bookmark(&self, ends: bool) -> Seen {
        let mut metadata = json!({ "resourceVersion": self.version.to_string() });
        if ends {
            metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        let object = json!({
            "apiVersion": self.kind.api_version(),
            "kind": self.kind.info.kind,
            "metadata": metadata,
        });
        Seen { what: "BOOKMARK", object: object.into() }
    }

    /// Says what a change is to this watch.
    fn seen(&self, world: &World, event: &Event) -> Option<Seen> {
        if event.resource != self.kind.resource {
            return None;
        }
        let (namespace, name) = &event.key;
        if !self.namespace.is_empty() && *namespace != self.namespace {
            return None;
        }
        let before = event.old.as_ref().is_some_and(|old| self.wants(world, name, old));
        let after = !event.deleted && self.wants(world, name, &event.object);
        match (before, after) {
            (false, true) => Some(self.event("ADDED", Arc::clone(&event.object).into())),
            (true, true) => Some(self.event("MODIFIED", Arc::clone(&event.object).into())),
            (true, false) if event.deleted => {
                Some(self.event("DELETED", Arc::clone(&event.object).into()))
            }
            (true, false) => {
                // The object left the selection: its last selected state, at the new version.
                let mut last = event.old.as_ref()?.whole();
                last["metadata"]["resourceVersion"] = event.version.to_string().into();
                Some(self.event("DELETED", last.into()))
            }
            (false, false) => None,
        }
    }

    /// Returns what happened since the last look, and whether the watch goes on.
    fn look(&mut self, world: &World) -> (Vec<Seen>, bool) {
        let Some(events) = world.store.since(self.version) else {
            let message =
                format!("too old resource version: {} ({})", self.version, world.store.version());
            return (vec![Seen::expired(message)], false);
        };
        let seen = events.filter_map(|event| self.seen(world, event)).collect();
        self.version = world.store.version();
        (seen, true)
    }

    /// Turns the watch into the body of an answer.
    pub(crate) fn into_body(mut self) -> Body {
        let mut first = std::mem::take(&mut self.first);
        let Some((world, clock)) = self.bound.take() else {
            return http_body_util::Full::from(lines(&first)).boxed_unsync();
        };
        self.show(&mut first, clock.now());
        let first = lines(&first);
        let changed = world.lock().unwrap_or_else(PoisonError::into_inner).store.subscribe();
        let ends = clock.now().checked_add(jiff::SignedDuration::from_secs(
            i64::try_from(self.seconds).unwrap_or(i64::MAX),
        ));
        let ends = ends.unwrap_or(jiff::Timestamp::MAX);
        let state = Run { watching: self, world, clock, changed, ends, first: Some(first) };
        let frames = stream::unfold(state, |mut state| async move {
            let bytes = state.next().await?;
            Some((Ok(Frame::data(Bytes::from(bytes))), state))
        });
        StreamBody::new(frames).boxed_unsync()
    }
}

struct Run {
    watching: Watching,
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
    changed: tokio::sync::watch::Receiver<u64>,
    ends: jiff::Timestamp,
    first: Option<Vec<u8>>,
}

impl Run {
    async fn next(&mut self) -> Option<Vec<u8>> {
        if let Some(first) = self.first.take()
            && !first.is_empty()
        {
            return Some(first);
        }
        loop {
            let left = Duration::try_from(self.ends.duration_since(self.clock.now())).ok()?;
            if left.is_zero() {
                return None;
            }
            self.changed.mark_unchanged();
            let (mut seen, goes_on) = {
                let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
                self.watching.look(&world)
            };
            if !seen.is_empty() {
                if !goes_on {
                    self.ends = jiff::Timestamp::MIN;
                }
                self.watching.show(&mut seen, self.clock.now());
                return Some(lines(&seen));
            }
            let pause = left.min(Duration::from_secs(WATCH_BOOKMARK_SECONDS));
            let changed = std::pin::pin!(self.changed.changed());
            let (timed_out, closed) = match select(changed, self.clock.sleep(pause)).await {
                Either::Left((change, _)) => (false, change.is_err()),
                Either::Right(_) => (true, false),
            };
            if closed {
                return None;
            }
            if timed_out && self.watching.bookmarks {
                let mut bookmark = [self.watching.bookmark(false)];
                self.watching.show(&mut bookmark, self.clock.now());
                return Some(lines(&bookmark));
            }
        }
    }
}

fn lines(events: &[Seen]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        out.extend_from_slice(br#"{"type":""#);
        out.extend_from_slice(event.what.as_bytes());
        out.extend_from_slice(br#"","object":"#);
        out.extend_from_slice(event.object.json().line());
        out.extend_from_slice(b"}\n");
    }
    out
}
