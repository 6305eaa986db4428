//! Delivery to Kubernetes, over server-side apply.
//!
//! A [`KubeCluster`] is the way to one cluster. From it come a [`ServerSideDiffer`], which tells
//! what would change, a [`ServerSideApplier`], which changes it, and a [`ConfigMapInventory`],
//! which remembers what belongs to a delivery.

mod applier;
mod body;
mod call;
mod cluster;
mod compare;
mod connect;
mod differ;
mod error;
mod inventory;
mod managed;
mod manager;
mod paths;
mod pin;
mod refusal;
mod replace;
mod resolve;
mod secret;
mod settled;

#[cfg(feature = "apiserver")]
pub mod apiserver;

pub use crate::{
    applier::{REPLACE_WAIT_MAX, ServerSideApplier},
    call::{ANSWER_BYTES_MAX, ATTEMPTS_MAX, CONCURRENCY_DEFAULT, RETRY_AFTER_MAX},
    cluster::{ClusterOptions, KubeCluster},
    connect::{ConnectError, connect, connect_with},
    differ::{COMPARE_ATTEMPTS_MAX, ServerSideDiffer},
    inventory::{ConfigMapInventory, INVENTORY_BYTES_MAX},
    managed::LIST_ITEMS_MAX,
    manager::{FIELD_MANAGER_BYTES_MAX, FieldManager, InvalidFieldManager},
    resolve::{REFRESH_BURST_MAX, REFRESH_INTERVAL},
};
