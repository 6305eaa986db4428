//! Inventories that break one rule each.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::{
    Inventory, InventoryError, InventoryStore, Revision, Version,
    conformance::inventory::{Harness, rules},
    memory::MemoryInventory,
};

mod bug {
    pub(super) const NONE: u8 = 0;
    pub(super) const FORGETS: u8 = 1;
    pub(super) const IGNORES_VERSIONS: u8 = 2;
    pub(super) const CUTS_OFF: u8 = 3;
    pub(super) const SAVES_TWICE: u8 = 4;
}

#[derive(Debug)]
struct Bent<const BUG: u8>(Arc<MemoryInventory>);

#[async_trait]
impl<const BUG: u8> InventoryStore for Bent<BUG> {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let (inventory, version) = self.0.load().await?;
        Ok((if BUG == bug::FORGETS { Inventory::default() } else { inventory }, version))
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let (stored, current) = self.0.load().await?;
        match BUG {
            bug::IGNORES_VERSIONS => self.0.save(inventory, &current).await,
            bug::CUTS_OFF => {
                let mut short: Inventory =
                    inventory.iter().take(100).map(|(id, claim)| (id.clone(), *claim)).collect();
                short.revision.clone_from(&inventory.revision);
                self.0.save(&short, version).await
            }
            bug::SAVES_TWICE if stored == *inventory => {
                let mut other = stored;
                other.revision = Some(Revision::new("other"));
                let version = self.0.save(&other, version).await?;
                self.0.save(inventory, &version).await
            }
            _ => self.0.save(inventory, version).await,
        }
    }
}

struct Place<const BUG: u8>(Arc<MemoryInventory>);

#[async_trait]
impl<const BUG: u8> Harness for Place<BUG> {
    async fn start() -> Self {
        Self(Arc::default())
    }

    fn store(&self) -> Arc<dyn InventoryStore> {
        Arc::new(Bent::<BUG>(Arc::clone(&self.0)))
    }
}

crate::bites! { rules(Place):
    NONE => [],
    FORGETS => [
        "i1_load_gives_what_was_saved",
        "i2_outdated_save_is_refused",
        "i2_one_of_two_wins",
        "i3_saves_are_whole",
        "i4_saving_the_same_changes_nothing",
    ],
    IGNORES_VERSIONS => ["i2_outdated_save_is_refused", "i2_one_of_two_wins"],
    CUTS_OFF => ["i3_saves_are_whole"],
    SAVES_TWICE => ["i4_saving_the_same_changes_nothing"],
}
