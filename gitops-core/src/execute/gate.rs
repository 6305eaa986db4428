//! What a wave waits for before the next one begins.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    Delivery, Event, Live, ObjectId,
    error::chain,
    health::{Health, Profile, Status, assess},
    order::Phase,
    plan::Wave,
    policy::Gate,
};

const WAIT_FIRST: Duration = Duration::from_millis(50);
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Waits for the objects of `wave` that the next wave depends on. `asked` says that the next wave
/// was asked for by annotation. Returns why the run must not go on, if so.
pub(super) async fn wait(delivery: &Delivery<'_>, wave: &Wave, asked: bool) -> Option<String> {
    let all = asked && delivery.policy.gate == Gate::Healthy;
    let awaited = |id: &&ObjectId| all || Phase::of(id) == Phase::Foundation;
    let mut pending: Vec<&ObjectId> =
        wave.steps.iter().map(crate::plan::Step::id).filter(awaited).collect();
    let started = delivery.clock.now();
    let mut seen: BTreeMap<ObjectId, Health> = BTreeMap::new();
    let mut pause = WAIT_FIRST;
    loop {
        let waited = delivery.clock.now().duration_since(started).unsigned_abs();
        let mut waiting = Vec::new();
        for id in pending {
            let health = health(delivery, id).await;
            if health.status == Status::Current {
                continue;
            }
            if health.status == Status::Failed {
                return Some(format!("{id} has failed: {}", health.message));
            }
            if seen.get(id) != Some(&health) {
                let (id, health) = (id.clone(), health.clone());
                delivery.observer.observe(&Event::Waiting { id, health, waited });
            }
            seen.insert(id.clone(), health);
            waiting.push(id);
        }
        let first = waiting.first()?;
        if delivery.policy.gate_timeout <= waited {
            let message = seen.get(first).map(|health| health.message.clone()).unwrap_or_default();
            let seconds = waited.as_secs();
            return Some(format!("{first} was not ready after {seconds} s: {message}"));
        }
        delivery.clock.sleep(pause).await;
        pause = WAIT_MAX.min(pause * 2);
        pending = waiting;
    }
}

async fn health(delivery: &Delivery<'_>, id: &ObjectId) -> Health {
    let unknown = |message| Health { status: Status::Unknown, message };
    match delivery.differ.live(id).await {
        Ok(Live::Present(live)) => assess(&live.object, Profile::Strict, delivery.clock.now()),
        Ok(Live::Absent) => {
            Health { status: Status::NotFound, message: "it is not there".to_owned() }
        }
        Ok(Live::Unknown { reason }) => unknown(reason),
        Err(err) => unknown(chain(&err)),
    }
}
