//! The rules of [`InventoryStore`], I1 to I4.

use std::sync::Arc;

use async_trait::async_trait;

use super::Rule;
use crate::{Digest, Inventory, InventoryError, InventoryStore, ObjectId, Revision, Version};

/// What a backend brings to be tested.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// Makes a place for one inventory, with nothing in it.
    async fn start() -> Self;

    /// Returns a handle of its own to the same inventory.
    fn store(&self) -> Arc<dyn InventoryStore>;
}

/// I1: before the first save, the inventory is empty.
pub async fn i1_starts_empty<H: Harness>(harness: H) {
    let (inventory, _) = load(&harness).await;
    assert_eq!(inventory, Inventory::default());
}

/// I1: `load` gives what was last saved, through any handle.
pub async fn i1_load_gives_what_was_saved<H: Harness>(harness: H) {
    let store = harness.store();
    let (_, mut version) = store.load().await.expect("load");
    for count in [3, 1, 0, 2] {
        let inventory = sample(count);
        version = store.save(&inventory, &version).await.expect("nobody else saves");
        assert_eq!(load(&harness).await, (inventory, version.clone()));
    }
}

/// I2: a save that does not know the last one is refused and stores nothing.
pub async fn i2_outdated_save_is_refused<H: Harness>(harness: H) {
    let (_, first) = load(&harness).await;
    let stored = sample(2);
    let second = harness.store().save(&stored, &first).await.expect("the version is current");
    for outdated in [first, Version("no such version".to_owned())] {
        let saved = harness.store().save(&sample(3), &outdated).await;
        let err = saved.expect_err("an outdated save was accepted");
        assert!(matches!(err, InventoryError::Conflict { .. }), "expected Conflict, got {err:?}");
        assert!(!err.is_transient(), "saving again without a load cannot succeed");
    }
    assert_eq!(load(&harness).await, (stored, second), "a refused save has stored something");
}

/// I2: of two saves that start from one version, one is refused.
pub async fn i2_one_of_two_wins<H: Harness>(harness: H) {
    let (_, version) = load(&harness).await;
    let (one, other) = (sample(1), sample(2));
    let (first, second) = (harness.store(), harness.store());
    let saves = futures_util::join!(first.save(&one, &version), second.save(&other, &version));
    let (stored, _) = load(&harness).await;
    match saves {
        (Ok(_), Err(InventoryError::Conflict { .. })) => assert_eq!(stored, one),
        (Err(InventoryError::Conflict { .. }), Ok(_)) => assert_eq!(stored, other),
        saves => panic!("expected one save and one conflict, got {saves:?}"),
    }
}

/// I3: a large inventory comes back whole.
pub async fn i3_saves_are_whole<H: Harness>(harness: H) {
    let (_, version) = load(&harness).await;
    let large = sample(500);
    let version = harness.store().save(&large, &version).await.expect("500 claims are not many");
    assert_eq!(load(&harness).await, (large, version.clone()));
    // What is no longer claimed leaves nothing behind.
    let small = sample(1);
    let version = harness.store().save(&small, &version).await.expect("the version is current");
    assert_eq!(load(&harness).await, (small, version));
}

/// I4: saving what is stored changes nothing, not even the version.
pub async fn i4_saving_the_same_changes_nothing<H: Harness>(harness: H) {
    let (_, version) = load(&harness).await;
    let inventory = sample(2);
    let first = harness.store().save(&inventory, &version).await.expect("save");
    let second = harness.store().save(&inventory, &first).await.expect("save again");
    assert_eq!(first, second, "saving the same made another version");
    assert_eq!(load(&harness).await, (inventory, first));
}

async fn load<H: Harness>(harness: &H) -> (Inventory, Version) {
    harness.store().load().await.expect("an inventory can be loaded")
}

// Claims with and without content, namespace and group.
fn sample(count: usize) -> Inventory {
    let mut inventory = Inventory::default();
    for index in 0..count {
        let id = ObjectId {
            group: if index % 3 == 0 { "apps".to_owned() } else { String::new() },
            kind: if index % 3 == 0 { "Deployment" } else { "ConfigMap" }.to_owned(),
            namespace: (index % 2 == 0).then(|| "shop".to_owned()),
            name: format!("object-{index}"),
        };
        match index % 4 {
            0 => inventory.claim(id),
            _ => inventory.applied(id, Digest::of(index.to_string())),
        }
    }
    if 1 < count {
        inventory.revision = Some(Revision::at("main", format!("sha1:{count}")));
    }
    inventory
}

/// Returns every rule as a value.
pub fn rules<H: Harness>() -> Vec<Rule> {
    crate::__inventory_rules!(__conformance_list, H)
}

/// The list of rules, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __inventory_rules {
    ($then:ident, $($args:tt)*) => {
        $crate::$then! { ($($args)*)
            i1_starts_empty,
            i1_load_gives_what_was_saved,
            i2_outdated_save_is_refused,
            i2_one_of_two_wins,
            i3_saves_are_whole,
            i4_saving_the_same_changes_nothing,
        }
    };
}

/// Tests an [`InventoryStore`](crate::InventoryStore) against every rule: one test for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __inventory_conformance {
    ($harness:ty $(, skip $skips:tt)? $(,)?) => {
        $crate::__inventory_rules! {
            __conformance_tests, $crate::conformance::inventory, $harness, [$($skips)?]
        }
    };
}
