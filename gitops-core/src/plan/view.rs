//! A plan for people and programs to look at: every secret masked.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Blocked, Kept, Plan, Step, Verdict, summary::summary};
use crate::{
    After, Cause, Change, Conflict, Digest, FieldChange, ObjectId, Origin, Owner, Revision,
};

/// A plan as it may be shown: what changes and why, with the values of secrets masked.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanView {
    /// The form of this value; it changes when a reader has to.
    pub schema: u32,
    /// Whose objects these are.
    pub owner: Owner,
    /// What is delivered.
    pub revision: Revision,
    /// The address of what the plan does: the name by which it is approved.
    pub digest: Digest,
    /// Where the plan leads.
    pub verdict: Verdict,
    /// How much of each.
    pub totals: Totals,
    /// The changes and deletions, without what is unchanged, in the order of execution.
    pub steps: Vec<StepView>,
    /// What left the desired state and is not deleted.
    pub kept: Vec<Kept>,
    /// What cannot be done before somebody decides or mends something.
    pub blocked: Vec<Blocked>,
}

/// One change as it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepView {
    /// What is done: create, update, replace, delete or unchanged.
    pub action: String,
    /// The object.
    pub id: ObjectId,
    /// Where the desired object is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What a new object is, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldView>,
    /// What must be there before, where the result is known only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Why the object is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The fields that are taken over from other managers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<Conflict>,
    /// The fields that are left to other managers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub yields: Vec<Conflict>,
}

/// One path that differs, as it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FieldView {
    /// The path.
    pub path: String,
    /// The live value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<ValueView>,
    /// The value after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ValueView>,
    /// Why it differs.
    pub cause: Cause,
}

/// A value, or a number in its place.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueView {
    /// A secret value. Within one plan, equal numbers stand for equal values.
    Masked {
        /// The number.
        masked: usize,
    },
    /// A value that may be shown.
    Shown(Value),
}

/// How much of each kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// Objects that are new.
    pub create: usize,
    /// Objects that change.
    pub update: usize,
    /// Objects that are deleted and made anew.
    pub replace: usize,
    /// Objects that are deleted.
    pub prune: usize,
    /// Objects that are as desired.
    pub unchanged: usize,
    /// What is blocked.
    pub blocked: usize,
}

impl Plan {
    /// Returns the plan as it may be shown.
    pub fn view(&self) -> PlanView {
        let mut masks = Masks::default();
        PlanView {
            schema: super::PLAN_SCHEMA,
            owner: self.owner.clone(),
            revision: self.revision.clone(),
            digest: self.digest(),
            verdict: self.verdict(),
            totals: self.totals(),
            steps: self
                .steps()
                .filter(|step| !step.is_unchanged())
                .map(|step| step.view(&mut masks))
                .collect(),
            kept: self.kept.clone(),
            blocked: self.blocked.clone(),
        }
    }

    /// Returns how much of each kind of change there is.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { blocked: self.blocked.len(), ..Totals::default() };
        for step in self.steps() {
            match step.change {
                Change::Create { .. } => totals.create += 1,
                Change::Update { .. } => totals.update += 1,
                Change::Replace { .. } => totals.replace += 1,
                Change::Delete { .. } => totals.prune += 1,
                Change::Unchanged { .. } => totals.unchanged += 1,
            }
        }
        totals
    }
}

impl Step {
    fn view(&self, masks: &mut Masks) -> StepView {
        let fields = self.change.fields().iter().zip(&self.causes);
        StepView {
            action: self.change.verb().to_owned(),
            id: self.id().clone(),
            origin: self.origin.clone(),
            summary: match &self.change {
                Change::Create { desired, .. } => summary(desired),
                _ => None,
            },
            fields: fields.map(|(field, cause)| masks.field(field, cause)).collect(),
            after: match &self.change {
                Change::Create { after, .. } => after.clone(),
                _ => None,
            },
            because: match &self.change {
                Change::Replace { because, .. } => Some(because.clone()),
                _ => None,
            },
            takes: self.change.takes().to_vec(),
            yields: self.yielded.clone(),
        }
    }
}

/// Gives equal secret values equal numbers, in the order in which they are met.
#[derive(Default)]
struct Masks {
    numbers: HashMap<Digest, usize>,
}

impl Masks {
    fn field(&mut self, field: &FieldChange, cause: &Cause) -> FieldView {
        let before = field.before.as_ref().map(|value| self.value(value, field.sensitive));
        let after = field.after.as_ref().map(|value| self.value(value, field.sensitive));
        FieldView { path: field.path.clone(), before, after, cause: cause.clone() }
    }

    fn value(&mut self, value: &Value, sensitive: bool) -> ValueView {
        if !sensitive {
            return ValueView::Shown(value.clone());
        }
        let next = self.numbers.len() + 1;
        let masked = *self.numbers.entry(Digest::of(value.to_string())).or_insert(next);
        ValueView::Masked { masked }
    }
}
