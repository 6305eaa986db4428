//! The rules of events.

use serde_json::{Value, json};

use super::super::{status::Problem, world::text};

/// Checks that an event stands beside the object it is about.
pub(super) fn check(event: &Value, out: &mut Vec<Problem>) {
    let own = text(event, "/metadata/namespace");
    let about = text(event, "/involvedObject/namespace");
    // Objects of the cluster have their events in the default namespace.
    let fits = if about.is_empty() { matches!(own, "" | "default") } else { own == about };
    if !fits {
        let detail = "does not match event.namespace";
        out.push(Problem::invalid("involvedObject.namespace", &json!(about), detail));
    }
}
