//! The inventory of a delivery, kept in the cluster it delivers to.

mod applyset;
mod claims;

use async_trait::async_trait;
use gitops_core::{
    Inventory, InventoryError, InventoryStore, Kind, Object, ObjectId, Owner, Version,
};
use serde_json::{Value, json};

use self::applyset::{ApplySet, CLAIMS, REVISION};
use crate::{
    KubeCluster,
    body::Expect,
    call::{ApplyMode, Failure},
    cluster::Seen,
    error::Verdict,
    pin,
    resolve::Endpoint,
};

/// How many bytes the claims of one inventory may take; the API server takes objects of little
/// more than 1 MiB.
///
/// At 70 to 80 bytes an object this is room for about 12,000.
pub const INVENTORY_BYTES_MAX: usize = 960 << 10;

/// An [`InventoryStore`] in a `ConfigMap` that is also the parent of an `ApplySet`, so that
/// kubectl and other tools see what belongs to the delivery.
///
/// Two runs at once cannot overwrite each other: each save insists on the state that was loaded.
#[derive(Clone, Debug)]
pub struct ConfigMapInventory {
    cluster: KubeCluster,
    id: ObjectId,
    set: ApplySet,
}

impl ConfigMapInventory {
    pub(crate) fn new(cluster: KubeCluster, namespace: String, name: String) -> Self {
        let owner = Owner::new(&name, &namespace, "ConfigMap", "");
        let set = ApplySet::new(owner, cluster.manager().as_str(), &namespace);
        let kind = "ConfigMap".to_owned();
        let id = ObjectId { group: String::new(), kind, namespace: Some(namespace), name };
        Self { cluster, id, set }
    }

    /// Returns the identity that is written on every object of the delivery.
    pub fn owner(&self) -> &Owner {
        self.set.owner()
    }

    async fn endpoint(&self) -> Result<std::sync::Arc<Endpoint>, InventoryError> {
        let kind = Kind::new("v1", "ConfigMap");
        match self.cluster.exact(&kind).await {
            Ok(Some(endpoint)) => Ok(endpoint),
            Ok(None) => Err(self.invalid("the server has no ConfigMaps")),
            Err(failure) => Err(self.unavailable(failure)),
        }
    }

    fn read(&self, stored: &Value) -> Result<Inventory, InventoryError> {
        self.set.check(stored).map_err(|problem| self.invalid(problem))?;
        let data = |key: &str| stored.get("data")?.get(key)?.as_str();
        let lines = data(CLAIMS).unwrap_or_default();
        let mut inventory = claims::read(lines).map_err(|problem| self.invalid(problem))?;
        if let Some(text) = data(REVISION) {
            let revision = serde_json::from_str(text);
            inventory.revision =
                Some(revision.map_err(|err| self.invalid(format!("data.{REVISION}: {err}")))?);
        }
        Ok(inventory)
    }

    fn write(&self, inventory: &Inventory) -> Result<Object, InventoryError> {
        let lines = claims::write(inventory);
        if INVENTORY_BYTES_MAX < lines.len() {
            return Err(InventoryError::Limit {
                store: self.store(),
                limit: "INVENTORY_BYTES_MAX",
                found: lines.len() as u64,
                max: INVENTORY_BYTES_MAX as u64,
            });
        }
        let mut data = json!({ CLAIMS: lines });
        if let Some(revision) = &inventory.revision {
            let text = serde_json::to_string(revision);
            data[REVISION] = text.map_err(|err| self.invalid(err.to_string()))?.into();
        }
        let mut metadata = self.set.metadata(inventory);
        metadata["name"] = self.id.name.clone().into();
        metadata["namespace"] = self.id.namespace.clone().into();
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data,
        });
        Object::try_from(value).map_err(|err| self.invalid(err.to_string()))
    }

    fn failed(&self, failure: Failure) -> InventoryError {
        let store = self.store();
        match failure.verdict(&self.id) {
            // What is there is ours alone, so that a conflict can only be about its state.
            Verdict::Moved | Verdict::Absent | Verdict::Conflict => {
                InventoryError::Conflict { store }
            }
            Verdict::Denied => InventoryError::Denied { store, cause: failure.into() },
            Verdict::NoNamespace => {
                let namespace = self.id.namespace.as_deref().unwrap_or_default();
                self.invalid(format!("there is no namespace {namespace}: create it first"))
            }
            Verdict::Immutable | Verdict::Invalid => self.invalid(failure.to_string()),
            Verdict::NoKind | Verdict::Unavailable => self.unavailable(failure),
        }
    }

    fn store(&self) -> String {
        self.id.to_string()
    }

    fn invalid(&self, problem: impl Into<String>) -> InventoryError {
        InventoryError::Invalid { store: self.store(), problem: problem.into() }
    }

    fn unavailable(&self, failure: Failure) -> InventoryError {
        InventoryError::Unavailable { store: self.store(), cause: failure.into() }
    }
}

#[async_trait]
impl InventoryStore for ConfigMapInventory {
    async fn load(&self) -> Result<(Inventory, Version), InventoryError> {
        let endpoint = self.endpoint().await?;
        match self.cluster.get(&endpoint, &self.id).await {
            Ok(Seen::Present(stored)) => Ok((self.read(&stored)?, version(&stored))),
            Ok(Seen::Absent) => Ok((Inventory::default(), Version::default())),
            Ok(Seen::NoKind) => Err(self.unavailable(Failure::NoKind)),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    async fn save(
        &self,
        inventory: &Inventory,
        version: &Version,
    ) -> Result<Version, InventoryError> {
        let desired = self.write(inventory)?;
        let endpoint = self.endpoint().await?;
        let pin;
        let expect = match version.0.split_once('/') {
            None if version.0.is_empty() => Expect::Absent,
            None => return Err(InventoryError::Conflict { store: self.store() }),
            Some((uid, state)) => {
                pin = gitops_core::Pin { uid: uid.to_owned(), resource_version: state.to_owned() };
                Expect::Pinned(&pin)
            }
        };
        // The object is ours alone: what somebody else wrote into it is written over. What they
        // wrote since it was loaded is not, for then it is in another state.
        let mode = ApplyMode::Write { force: true };
        let saved = self.cluster.apply(&endpoint, &desired, mode, expect).await;
        Ok(self::version(&saved.map_err(|failure| self.failed(failure))?.value))
    }
}

fn version(stored: &Value) -> Version {
    let pin = pin::of(stored);
    Version(format!("{}/{}", pin.uid, pin.resource_version))
}
