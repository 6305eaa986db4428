//! One run over the waves of a plan.

use futures_util::{StreamExt as _, stream};

use super::{Ending, Entry, gate, step};
use crate::{
    Delivery, Event, Outcome,
    error::chain,
    plan::{Plan, Step, Wave},
};

/// One run: what was done so far, and whether it may go on.
#[derive(Debug)]
pub(super) struct Run<'a> {
    delivery: &'a Delivery<'a>,
    plan: &'a Plan,
    entries: Vec<Entry>,
    // Why the rest is skipped, once something went wrong.
    stopped: Option<String>,
}

impl<'a> Run<'a> {
    pub(super) fn new(delivery: &'a Delivery<'a>, plan: &'a Plan) -> Self {
        Self { delivery, plan, entries: Vec::new(), stopped: None }
    }

    /// Goes through all waves, and after them through the deletions. What fails stops the waves
    /// after it, never the changes beside it.
    pub(super) async fn waves(&mut self) {
        let plan = self.plan;
        let waves = plan.waves.len() + plan.prune.len();
        for (index, wave) in plan.waves.iter().enumerate() {
            self.wave(wave, index + 1, waves).await;
            let rest = &plan.waves[index + 1..];
            if self.stopped.is_none() && rest.iter().any(changes) {
                let next_asked = rest.first().is_some_and(|next| next.wave != wave.wave);
                self.stopped = gate::wait(self.delivery, wave, next_asked).await;
            }
        }
        if !plan.blocked.iter().all(crate::plan::Blocked::can_be_approved) {
            // What is blocked may have been meant to take the place of what is deleted.
            let because = "other objects are blocked, and nothing is pruned then".to_owned();
            self.stopped.get_or_insert(because);
        }
        for (index, wave) in plan.prune.iter().enumerate() {
            self.wave(wave, plan.waves.len() + index + 1, waves).await;
        }
    }

    async fn wave(&mut self, wave: &Wave, number: usize, waves: usize) {
        if let Some(because) = &self.stopped {
            let skipped = |step: &Step| {
                let ending = if step.is_unchanged() {
                    Ending::Done { outcome: Outcome::Unchanged }
                } else {
                    Ending::Skipped { because: because.clone() }
                };
                Entry { id: step.id().clone(), ending, content: step.content }
            };
            self.entries.extend(wave.steps.iter().map(skipped));
            return;
        }
        if changes(wave) {
            let objects = wave.steps.iter().filter(|step| !step.is_unchanged()).count();
            self.delivery.observer.observe(&Event::WaveStarted { wave: number, waves, objects });
        }
        let delivery = self.delivery;
        let made = wave.steps.iter().map(|step| async move {
            let ending = step::make(delivery, step).await;
            Entry { id: step.id().clone(), ending, content: step.content }
        });
        let mut entries = stream::iter(made).buffered(delivery.policy.concurrency.max(1));
        while let Some(entry) = entries.next().await {
            if let Ending::Failed { error } = &entry.ending {
                let because = format!("{} failed before: {}", entry.id, chain(error));
                self.stopped.get_or_insert(because);
            }
            self.entries.push(entry);
        }
    }

    /// Returns the endings, and whether the run came to its end.
    pub(super) fn finish(self) -> (Vec<Entry>, bool) {
        (self.entries, self.stopped.is_none())
    }
}

fn changes(wave: &Wave) -> bool {
    wave.steps.iter().any(|step| !step.is_unchanged())
}
