//! References, boxes and shared pointers to an implementation are implementations.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Applier, ApplyError, Change, Conflict, DiffError, Differ, Digest, Inventory, InventoryError,
    InventoryStore, Kind, Live, Object, ObjectId, Outcome, RenderError, Renderer, Revision, Scope,
    Source, SourceError, Tree, Version,
};

macro_rules! pointers {
    ($($pointer:ty),*) => { $(
        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Source + ?Sized> Source for $pointer {
            async fn resolve(&self) -> Result<Revision, SourceError> {
                (**self).resolve().await
            }

            async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
                (**self).fetch(revision).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Renderer + ?Sized> Renderer for $pointer {
            async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
                (**self).render(tree).await
            }

            fn fingerprint(&self) -> Digest {
                (**self).fingerprint()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Differ + ?Sized> Differ for $pointer {
            async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
                (**self).scope(kind).await
            }

            async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
                (**self).diff(desired, takes).await
            }

            async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
                (**self).live(id).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Applier + ?Sized> Applier for $pointer {
            async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
                (**self).apply(change).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: InventoryStore + ?Sized> InventoryStore for $pointer {
            async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
                (**self).load().await
            }

            async fn save(
                &self,
                inventory: &Inventory,
                version: &Version,
            ) -> Result<Version, InventoryError> {
                (**self).save(inventory, version).await
            }
        }
    )* };
}

pointers!(&T, Box<T>, Arc<T>);
