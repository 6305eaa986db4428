//! Every wrapper around an implementation that keeps the rules keeps them too.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod conformance_memory;
mod wrap_clock;

use std::{marker::PhantomData, sync::Arc, time::Duration};

use async_trait::async_trait;
use conformance_memory::{Cluster, Inventories, Rendering, Sources};
use gitops_core::{
    Applier, Clock, Differ, InventoryStore, Object, ObjectId, Renderer, Revision, Source,
    conformance::{self, File, cluster, inventory, renderer, source},
    wrap::{Cached, Faults, Faulty, Retry, RetryPolicy, Timeout, Traced},
};
use serde_json::Value;
use wrap_clock::Skipping;

/// What is put around an implementation.
trait Wrap: Send + Sync + 'static {
    fn source(inner: Arc<dyn Source>) -> Arc<dyn Source>;
    fn renderer(inner: Arc<dyn Renderer>) -> Arc<dyn Renderer>;
    fn differ(inner: Arc<dyn Differ>) -> Arc<dyn Differ>;
    fn applier(inner: Arc<dyn Applier>) -> Arc<dyn Applier>;
    fn store(inner: Arc<dyn InventoryStore>) -> Arc<dyn InventoryStore>;
}

/// A harness whose implementations are wrapped.
struct Around<W, H>(H, PhantomData<W>);

macro_rules! wrap {
    ($name:ident, |$inner:ident| $make:expr) => {
        struct $name;

        impl Wrap for $name {
            fn source($inner: Arc<dyn Source>) -> Arc<dyn Source> {
                Arc::new($make)
            }
            fn renderer($inner: Arc<dyn Renderer>) -> Arc<dyn Renderer> {
                Arc::new($make)
            }
            fn differ($inner: Arc<dyn Differ>) -> Arc<dyn Differ> {
                Arc::new($make)
            }
            fn applier($inner: Arc<dyn Applier>) -> Arc<dyn Applier> {
                Arc::new($make)
            }
            fn store($inner: Arc<dyn InventoryStore>) -> Arc<dyn InventoryStore> {
                Arc::new($make)
            }
        }
    };
}

wrap!(Pointed, |inner| Box::new(Arc::new(Box::new(inner))));
wrap!(Retried, |inner| Retry::new(inner, patient(), clock()));
wrap!(Timed, |inner| Timeout::new(inner, Duration::from_secs(30), clock()));
wrap!(Told, |inner| Traced::new(inner));
wrap!(Lossless, |inner| Faulty::new(inner, Faults::default(), 1, clock()));
// Three of ten calls are lost before they are made; nobody notices.
wrap!(Recovering, |inner| Retry::new(lossy(inner, 300, 0), patient(), clock()));
// Three of ten answers are lost as well.
wrap!(Guessing, |inner| Retry::new(lossy(inner, 200, 300), patient(), clock()));

fn clock() -> Arc<dyn Clock> {
    Arc::new(Skipping::default())
}

fn patient() -> RetryPolicy {
    // A half to the power of forty: no seed comes near it.
    RetryPolicy { attempts_max: 40, ..RetryPolicy::default() }
}

fn lossy<T>(inner: T, lost_before: u16, lost_after: u16) -> Faulty<T> {
    let faults = Faults { lost_before, lost_after, slow: 100, slow_for: Duration::from_secs(60) };
    Faulty::new(inner, faults, 4711, clock())
}

#[async_trait]
impl<W: Wrap, H: source::Harness> source::Harness for Around<W, H> {
    async fn start() -> Self {
        Self(H::start().await, PhantomData)
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        self.0.publish(files).await;
    }

    fn source(&self) -> Arc<dyn Source> {
        W::source(self.0.source())
    }

    fn unknown(&self) -> Revision {
        self.0.unknown()
    }
}

#[async_trait]
impl<W: Wrap, H: renderer::Harness> renderer::Harness for Around<W, H> {
    async fn start() -> Self {
        Self(H::start().await, PhantomData)
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        W::renderer(self.0.renderer())
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        self.0.others().into_iter().map(W::renderer).collect()
    }

    fn good(&self) -> renderer::Files {
        self.0.good()
    }

    fn broken(&self) -> (renderer::Files, String, Option<u32>) {
        self.0.broken()
    }

    fn duplicate(&self) -> renderer::Files {
        self.0.duplicate()
    }
}

#[async_trait]
impl<W: Wrap, H: cluster::Harness> cluster::Harness for Around<W, H> {
    async fn start() -> Self {
        Self(H::start().await, PhantomData)
    }

    fn namespace(&self) -> String {
        self.0.namespace()
    }

    fn differ(&self) -> Arc<dyn Differ> {
        W::differ(self.0.differ())
    }

    fn applier(&self) -> Arc<dyn Applier> {
        W::applier(self.0.applier())
    }

    fn disconnected(&self) -> (Arc<dyn Differ>, Arc<dyn Applier>) {
        let (differ, applier) = self.0.disconnected();
        (W::differ(differ), W::applier(applier))
    }

    async fn apply_as(&self, object: &Object, manager: &str) {
        self.0.apply_as(object, manager).await;
    }

    async fn patch_as(&self, id: &ObjectId, patch: Value, manager: &str) {
        self.0.patch_as(id, patch, manager).await;
    }

    async fn delete(&self, id: &ObjectId) {
        self.0.delete(id).await;
    }

    async fn stored(&self, id: &ObjectId) -> Option<Value> {
        self.0.stored(id).await
    }
}

#[async_trait]
impl<W: Wrap, H: inventory::Harness> inventory::Harness for Around<W, H> {
    async fn start() -> Self {
        Self(H::start().await, PhantomData)
    }

    fn store(&self) -> Arc<dyn InventoryStore> {
        W::store(self.0.store())
    }
}

/// A renderer that remembers, between all calls of one rule.
struct Remembering(Rendering, Arc<Cached<Arc<dyn Renderer>>>);

#[async_trait]
impl renderer::Harness for Remembering {
    async fn start() -> Self {
        let inner = <Rendering as renderer::Harness>::start().await;
        let cached = Arc::new(Cached::new(inner.renderer()));
        Self(inner, cached)
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::clone(&self.1) as _
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        self.0.others()
    }

    fn good(&self) -> renderer::Files {
        self.0.good()
    }

    fn broken(&self) -> (renderer::Files, String, Option<u32>) {
        self.0.broken()
    }

    fn duplicate(&self) -> renderer::Files {
        self.0.duplicate()
    }
}

mod cached {
    super::conformance::renderer!(
        super::Remembering,
        skip { r3_unreadable_files_are_errors: "a kept result needs no file to be read again" }
    );
}

macro_rules! suites {
    ($($module:ident: $wrap:ident),* $(,)?) => { $(
        mod $module {
            mod source {
                crate::conformance::source!(crate::Around<crate::$wrap, crate::Sources>);
            }
            mod renderer {
                crate::conformance::renderer!(crate::Around<crate::$wrap, crate::Rendering>);
            }
            mod differ {
                crate::conformance::differ!(crate::Around<crate::$wrap, crate::Cluster>);
            }
            mod applier {
                crate::conformance::applier!(crate::Around<crate::$wrap, crate::Cluster>);
            }
            mod inventory {
                crate::conformance::inventory!(crate::Around<crate::$wrap, crate::Inventories>);
            }
        }
    )* };
}

suites! {
    pointed: Pointed,
    retried: Retried,
    timed: Timed,
    told: Told,
    lossless: Lossless,
    recovering: Recovering,
}

// A change that was made before and whose answer is lost counts as made by this call: the rules
// about the second time do not hold for its outcome.
mod guessing {
    mod source {
        crate::conformance::source!(crate::Around<crate::Guessing, crate::Sources>);
    }
    mod renderer {
        crate::conformance::renderer!(crate::Around<crate::Guessing, crate::Rendering>);
    }
    mod differ {
        crate::conformance::differ!(crate::Around<crate::Guessing, crate::Cluster>);
    }
    mod applier {
        crate::conformance::applier!(crate::Around<crate::Guessing, crate::Cluster>, skip {
            a1_creating_twice_creates_once: "the outcome of the second time is a guess",
            a1_updating_twice_updates_once: "the outcome of the second time is a guess",
            a1_deleting_twice_deletes_once: "the outcome of the second time is a guess",
            a1_replacing_twice_replaces_once: "the outcome of the second time is a guess",
            a1_unchanged_changes_nothing: "the outcome of the second time is a guess",
            a4_deleting_what_is_gone_is_unchanged: "the outcome of the second time is a guess",
            a8_finalizers_hold: "the outcome of the second time is a guess",
        });
    }
    mod inventory {
        crate::conformance::inventory!(crate::Around<crate::Guessing, crate::Inventories>);
    }
}
