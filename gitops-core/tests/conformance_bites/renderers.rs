//! Renderers that break one rule each.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use gitops_core::{
    Digest, Object, RenderError, Renderer, Tree, TreePath,
    conformance::renderer::{Files, Harness, rules},
};

use crate::conformance_memory::Rendering;

mod bug {
    pub(super) const NONE: u8 = 0;
    pub(super) const SHUFFLES: u8 = 1;
    pub(super) const DROPS_DUPLICATES: u8 = 2;
    pub(super) const SKIPS_UNREADABLE: u8 = 3;
    pub(super) const SKIPS_BROKEN: u8 = 4;
    pub(super) const READS_TOO_MUCH: u8 = 5;
    pub(super) const NAMES_NO_LINE: u8 = 6;
    pub(super) const FORGETS_PLACES: u8 = 7;
    pub(super) const FRESH_FINGERPRINTS: u8 = 8;
}

#[derive(Debug)]
struct Bent<const BUG: u8>(Arc<dyn Renderer>, Arc<AtomicU64>);

#[async_trait]
impl<const BUG: u8> Renderer for Bent<BUG> {
    async fn render(&self, tree: &Tree) -> Result<Vec<Object>, RenderError> {
        if BUG == bug::READS_TOO_MUCH {
            tree.digest(&TreePath::root()).unwrap();
        }
        let mut rendered = self.0.render(tree).await;
        match (BUG, &mut rendered) {
            (bug::SHUFFLES, Ok(objects)) => {
                let other = self.1.fetch_add(1, Ordering::Relaxed) % 2;
                objects.sort_by_key(|object| (object.id().name == "a") == (other == 1));
            }
            (bug::FORGETS_PLACES, Ok(objects)) => {
                for object in objects {
                    *object = Object::try_from(object.value().clone()).unwrap();
                }
            }
            (bug::NAMES_NO_LINE, Err(RenderError::Invalid { at, .. })) => at.line = 1,
            (bug::DROPS_DUPLICATES, Err(RenderError::Duplicate { .. }))
            | (bug::SKIPS_UNREADABLE, Err(RenderError::Tree { .. }))
            | (bug::SKIPS_BROKEN, Err(RenderError::Invalid { .. })) => return Ok(Vec::new()),
            _ => {}
        }
        rendered
    }

    fn fingerprint(&self) -> Digest {
        if BUG != bug::FRESH_FINGERPRINTS {
            return self.0.fingerprint();
        }
        Digest::of(self.1.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

struct Rendered<const BUG: u8>(Rendering, Arc<AtomicU64>);

#[async_trait]
impl<const BUG: u8> Harness for Rendered<BUG> {
    async fn start() -> Self {
        Self(<Rendering as Harness>::start().await, Arc::default())
    }

    fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::new(Bent::<BUG>(self.0.renderer(), Arc::clone(&self.1)))
    }

    fn others(&self) -> Vec<Arc<dyn Renderer>> {
        self.0.others()
    }

    fn good(&self) -> Files {
        self.0.good()
    }

    fn broken(&self) -> (Files, String, Option<u32>) {
        self.0.broken()
    }

    fn duplicate(&self) -> Files {
        self.0.duplicate()
    }
}

crate::bites! { rules(Rendered):
    NONE => [],
    SHUFFLES => ["r1_rendering_repeats", "r4_only_reads_decide"],
    DROPS_DUPLICATES => ["r2_duplicates_name_both_places"],
    SKIPS_UNREADABLE => ["r3_unreadable_files_are_errors"],
    SKIPS_BROKEN => ["r3_broken_files_are_errors", "r5_errors_name_the_place"],
    READS_TOO_MUCH => ["r4_only_reads_decide"],
    NAMES_NO_LINE => ["r5_errors_name_the_place"],
    FORGETS_PLACES => ["r5_objects_know_their_place"],
    FRESH_FINGERPRINTS => ["r6_fingerprints_tell_configurations_apart"],
}
