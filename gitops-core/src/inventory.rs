//! What belongs to a delivery.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{BoxError, Digest, ObjectId, Revision};

/// The objects that belong to a delivery, whether they are live yet or still.
///
/// An object enters the inventory before it is first written and leaves it once it is known to be
/// gone, so that a crash at any point leaves no orphan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// The revision that was last delivered whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    #[serde(with = "claims")]
    claims: BTreeMap<ObjectId, Claim>,
}

/// What the inventory knows of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The content that was last applied with success; `None` before the first time. Where it is
    /// still desired, every difference is drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Digest>,
}

/// Keeps the [`Inventory`] of one delivery.
///
/// # Contract
///
/// - **I1** `load` gives what `save` last stored; before that, the empty inventory.
/// - **I2** `save` with an outdated version stores nothing and is [`InventoryError::Conflict`].
/// - **I3** A `save` is whole or not at all.
/// - **I4** Saving what is stored already changes nothing.
///
/// # Cancellation
///
/// A dropped `save` may have stored its inventory; the next `save` then needs a fresh `load`.
#[async_trait]
pub trait InventoryStore: fmt::Debug + Send + Sync {
    /// Returns the stored inventory and its version.
    ///
    /// # Errors
    ///
    /// Any [`InventoryError`] but a conflict.
    async fn load(&self) -> Result<(Inventory, Version), InventoryError>;

    /// Stores `inventory` in place of the one with `version`, and returns its new version.
    ///
    /// # Errors
    ///
    /// [`InventoryError::Conflict`] when the stored one has another version by now, and any other
    /// [`InventoryError`].
    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError>;
}

/// Which state of a stored inventory was loaded: opaque, compared by its store alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version(
    /// The token of the store; empty when nothing is stored.
    pub String,
);

/// Why an inventory could not be loaded or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// Somebody else saved in between: another run of the same delivery is under way.
    #[error("{store} was changed by another run of this delivery: plan again")]
    Conflict {
        /// Where the inventory is kept.
        store: String,
    },
    /// What is stored is no inventory, or belongs to something else.
    #[error("{store} cannot be used: {problem}")]
    Invalid {
        /// Where the inventory is kept.
        store: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A limit was reached.
    #[error("{store} passes {limit}: {found} where at most {max} are allowed")]
    Limit {
        /// Where the inventory is kept.
        store: String,
        /// The name of the limit.
        limit: &'static str,
        /// What was found.
        found: u64,
        /// What is allowed.
        max: u64,
    },
    /// The store refuses us.
    #[error("{store}: access is not allowed")]
    Denied {
        /// Where the inventory is kept.
        store: String,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
    /// The store did not answer.
    #[error("{store} did not answer")]
    Unavailable {
        /// Where the inventory is kept.
        store: String,
        /// What the backend reported.
        #[source]
        cause: BoxError,
    },
}

impl InventoryError {
    /// Whether the same call may succeed later with nothing changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Conflict { .. }
            | Self::Invalid { .. }
            | Self::Limit { .. }
            | Self::Denied { .. } => false,
        }
    }
}

impl Inventory {
    /// Returns the claim on `id`, if there is one.
    pub fn get(&self, id: &ObjectId) -> Option<&Claim> {
        self.claims.get(id)
    }

    /// Whether `id` belongs to the delivery.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.claims.contains_key(id)
    }

    /// Adds `id` if it is not there; an existing claim stays as it is.
    pub fn claim(&mut self, id: ObjectId) {
        self.claims.entry(id).or_default();
    }

    /// Notes that `id` is live with the content `applied`.
    pub fn applied(&mut self, id: ObjectId, applied: Digest) {
        self.claims.insert(id, Claim { applied: Some(applied) });
    }

    /// Takes `id` out.
    pub fn release(&mut self, id: &ObjectId) {
        self.claims.remove(id);
    }

    /// Returns the ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &ObjectId> {
        self.claims.keys()
    }

    /// Returns ids and claims, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &Claim)> {
        self.claims.iter()
    }

    /// Returns how many objects there are.
    pub fn len(&self) -> usize {
        self.claims.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }
}

impl FromIterator<(ObjectId, Claim)> for Inventory {
    fn from_iter<I: IntoIterator<Item = (ObjectId, Claim)>>(claims: I) -> Self {
        Self { revision: None, claims: claims.into_iter().collect() }
    }
}

// JSON has no maps with structured keys: a list of entries holds the same.
mod claims {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Claim;
    use crate::ObjectId;

    #[derive(Serialize, Deserialize)]
    struct Entry {
        #[serde(flatten)]
        id: ObjectId,
        #[serde(flatten)]
        claim: Claim,
    }

    pub(super) fn serialize<S: Serializer>(
        claims: &BTreeMap<ObjectId, Claim>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(claims.iter().map(|(id, claim)| Entry { id: id.clone(), claim: *claim }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<ObjectId, Claim>, D::Error> {
        let entries = Vec::<Entry>::deserialize(deserializer)?;
        Ok(entries.into_iter().map(|entry| (entry.id, entry.claim)).collect())
    }
}
