//! Hooks: objects that live for one event of a release.

use super::{Manifest, head::Head};

pub(super) const ANNOTATION: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const OUTPUT_LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// When a hook is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookEvent {
    /// Before the first install.
    PreInstall,
    /// After the first install.
    PostInstall,
    /// Before the release is deleted.
    PreDelete,
    /// After the release is deleted.
    PostDelete,
    /// Before an upgrade.
    PreUpgrade,
    /// After an upgrade.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// When the release is tested.
    Test,
}

/// An object that lives for some events of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The object.
    pub manifest: Manifest,
    /// Its name.
    pub name: String,
    /// When it is run.
    pub events: Vec<HookEvent>,
    /// Hooks of one event are run from the lowest weight up.
    pub weight: i64,
    /// When the object is deleted: `before-hook-creation`, `hook-succeeded`, `hook-failed`.
    pub delete_policies: Vec<String>,
    /// When its logs are shown: `hook-succeeded`, `hook-failed`.
    pub output_log_policies: Vec<String>,
}

impl Hook {
    /// Reads the hook of a document; `None` where an event is unknown.
    pub(super) fn read(manifest: Manifest, head: &Head, events: &str) -> Option<Self> {
        let events = words(events).iter().map(|event| HookEvent::named(event)).collect();
        let events: Option<Vec<_>> = events;
        let policies = |name| head.annotation(name).map(words).unwrap_or_default();
        let weight = head.annotation(WEIGHT).and_then(|weight| weight.parse().ok());
        Some(Self {
            manifest,
            name: head.name.clone(),
            events: events?,
            weight: weight.unwrap_or(0),
            delete_policies: policies(DELETE_POLICY),
            output_log_policies: policies(OUTPUT_LOG_POLICY),
        })
    }

    /// Whether the hook is run when the release is tested.
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}

impl HookEvent {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }

    /// Whether the event belongs to bringing a release to what its chart says.
    pub fn is_delivery(self) -> bool {
        match self {
            Self::PreInstall | Self::PostInstall | Self::PreUpgrade | Self::PostUpgrade => true,
            Self::PreDelete
            | Self::PostDelete
            | Self::PreRollback
            | Self::PostRollback
            | Self::Test => false,
        }
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_lowercase()).collect()
}
