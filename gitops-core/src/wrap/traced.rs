//! Tells `tracing` of every call.

use async_trait::async_trait;
use tracing::{Instrument as _, Span, debug, debug_span};

use crate::{
    Applier, ApplyError, Change, Conflict, DiffError, Differ, Digest, Inventory, InventoryError,
    InventoryStore, Kind, Live, Object, ObjectId, Outcome, RenderError, Renderer, Revision, Scope,
    Source, SourceError, Tree, Version,
};

/// Opens a span for every call and notes how it ended, at the level `DEBUG`.
///
/// A span names what the call is about: revisions, kinds, object ids and counts. It never holds
/// content, so that no secret is written down. Of an error it holds the message alone: the causes
/// behind it come from servers, and are for whoever handles the error.
#[derive(Debug)]
pub struct Traced<T> {
    inner: T,
}

impl<T> Traced<T> {
    /// Tells of every call to `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

fn told<A, E: std::fmt::Display>(
    span: &Span,
    answer: Result<A, E>,
    told: impl FnOnce(&A) -> String,
) -> Result<A, E> {
    span.in_scope(|| match &answer {
        Ok(answer) => debug!(answer = told(answer)),
        Err(err) => debug!(error = %err),
    });
    answer
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Source> Source for Traced<T> {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        let span = debug_span!("resolve");
        let answer = self.inner.resolve().instrument(span.clone()).await;
        told(&span, answer, Revision::to_string)
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let span = debug_span!("fetch", %revision);
        let answer = self.inner.fetch(revision).instrument(span.clone()).await;
        told(&span, answer, |tree| format!("{tree:?}"))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Renderer> Renderer for Traced<T> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        let span = debug_span!("render");
        let answer = self.inner.render(tree).instrument(span.clone()).await;
        told(&span, answer, |objects| format!("{} objects", objects.len()))
    }

    fn fingerprint(&self) -> Digest {
        self.inner.fingerprint()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Differ> Differ for Traced<T> {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        let span = debug_span!("scope", %kind);
        let answer = self.inner.scope(kind).instrument(span.clone()).await;
        told(&span, answer, |scope| format!("{scope:?}"))
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let span = debug_span!("diff", id = %desired.id());
        let answer = self.inner.diff(desired, takes).instrument(span.clone()).await;
        told(&span, answer, |change| change.verb().to_owned())
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        let span = debug_span!("live", %id);
        let answer = self.inner.live(id).instrument(span.clone()).await;
        told(&span, answer, |live| {
            match live {
                Live::Present(_) => "present",
                Live::Absent => "absent",
                Live::Unknown { .. } => "unknown",
            }
            .to_owned()
        })
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Applier> Applier for Traced<T> {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let span = debug_span!("apply", id = %change.id(), action = change.verb());
        let answer = self.inner.apply(change).instrument(span.clone()).await;
        told(&span, answer, |outcome| format!("{outcome:?}"))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: InventoryStore> InventoryStore for Traced<T> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let span = debug_span!("load");
        let answer = self.inner.load().instrument(span.clone()).await;
        told(&span, answer, |(inventory, _)| format!("{} claims", inventory.len()))
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let span = debug_span!("save", claims = inventory.len());
        let answer = self.inner.save(inventory, version).instrument(span.clone()).await;
        told(&span, answer, |version| version.0.clone())
    }
}
