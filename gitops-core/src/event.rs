//! What happens in a run, as it happens.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{ObjectId, Outcome, Revision, health::Health, plan::Totals};

/// One thing that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The source named its current revision.
    Resolved {
        /// The revision.
        revision: Revision,
    },
    /// The files of the revision are there and were rendered.
    Rendered {
        /// The revision.
        revision: Revision,
        /// How many objects it describes.
        objects: usize,
    },
    /// It is known what is to be done.
    Planned {
        /// How much of each.
        totals: Totals,
    },
    /// The inventory names everything that the run may write.
    Claimed {
        /// How many objects.
        objects: usize,
    },
    /// A wave of changes begins.
    WaveStarted {
        /// Which one, counted from 1.
        wave: usize,
        /// Of how many.
        waves: usize,
        /// How many objects it changes.
        objects: usize,
    },
    /// An object was changed, or turned out to need no change.
    Applied {
        /// The object.
        id: ObjectId,
        /// What happened.
        outcome: Outcome,
    },
    /// An object could not be changed.
    Failed {
        /// The object.
        id: ObjectId,
        /// Why, with every cause.
        error: String,
    },
    /// The next wave waits for an object. Sent when its health is seen to change.
    Waiting {
        /// The object.
        id: ObjectId,
        /// How it is.
        health: Health,
        /// For how long the wave has waited.
        waited: Duration,
    },
    /// The run has ended.
    Finished {
        /// Whether everything is as desired.
        complete: bool,
    },
}

/// Who is told of events.
///
/// `observe` is called in the order in which things happen, and must not block.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Takes note of `event`.
    fn observe(&self, event: &Event);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _: &Event) {}
}
