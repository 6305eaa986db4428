//! A plan as a file.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::{BoxError, Digest};

/// The form of saved plans that this version writes and reads.
pub const PLAN_SCHEMA: u32 = 1;

/// Why a text is no plan that can be executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlan {
    /// The text is no plan.
    #[error("the text is no saved plan")]
    Unreadable {
        /// What the parser reported.
        #[source]
        cause: BoxError,
    },
    /// Another version wrote it.
    #[error("the plan has schema {found}, this version reads {PLAN_SCHEMA}: plan again")]
    Schema {
        /// The schema of the text.
        found: u32,
    },
    /// The content is not what was saved.
    #[error("the plan says its digest is {expected}, but it is {found}: plan again")]
    Changed {
        /// The digest that was saved.
        expected: Digest,
        /// The digest of the content.
        found: Digest,
    },
}

#[derive(Serialize, Deserialize)]
struct Saved<P> {
    schema: u32,
    digest: Digest,
    plan: P,
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
}

impl Plan {
    /// Writes the plan as JSON, from which [`load`](Self::load) makes an equal one.
    ///
    /// The text holds the desired content whole, also that of secrets: keep it as you would keep
    /// them. What people should see is [`view`](Self::view).
    pub fn save(&self) -> String {
        let saved = Saved { schema: PLAN_SCHEMA, digest: self.digest(), plan: self };
        serde_json::to_string(&saved).expect("a plan has string keys only")
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    ///
    /// [`InvalidPlan`] when the text is no plan, from another version, or changed since.
    pub fn load(text: &str) -> Result<Self, InvalidPlan> {
        let unreadable = |err: serde_json::Error| InvalidPlan::Unreadable { cause: err.into() };
        let head: Head = serde_json::from_str(text).map_err(unreadable)?;
        if head.schema != PLAN_SCHEMA {
            return Err(InvalidPlan::Schema { found: head.schema });
        }
        let saved: Saved<Self> = serde_json::from_str(text).map_err(unreadable)?;
        let found = saved.plan.digest();
        if found != saved.digest || !saved.plan.is_sound() {
            return Err(InvalidPlan::Changed { expected: saved.digest, found });
        }
        Ok(saved.plan)
    }

    // The digest covers the effects; each effect must be that of its change.
    fn is_sound(&self) -> bool {
        self.steps().all(|step| step.effect == step.change.effect())
    }
}
