//! An inventory that is kept in memory.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::{Inventory, InventoryError, InventoryStore, Version};

/// Keeps the inventory of one delivery in memory.
#[derive(Debug, Default)]
pub struct MemoryInventory {
    stored: Mutex<Stored>,
}

#[derive(Debug, Default)]
struct Stored {
    inventory: Inventory,
    saves: u64,
}

impl MemoryInventory {
    /// Starts with nothing stored.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how often something else than before was stored.
    pub fn saves(&self) -> u64 {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).saves
    }

    /// Returns what is stored.
    pub fn stored(&self) -> Inventory {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).inventory.clone()
    }
}

impl Stored {
    fn version(&self) -> Version {
        match self.saves {
            0 => Version::default(),
            saves => Version(saves.to_string()),
        }
    }
}

#[async_trait]
impl InventoryStore for MemoryInventory {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((stored.inventory.clone(), stored.version()))
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if *version != stored.version() {
            return Err(InventoryError::Conflict { store: "memory".to_owned() });
        }
        if *inventory != stored.inventory {
            stored.inventory = inventory.clone();
            stored.saves += 1;
        }
        Ok(stored.version())
    }
}
