//! Volumes and the claims on them.

use super::{Health, read::Seen};

pub(super) fn claim(seen: Seen<'_>) -> Health {
    match seen.text("status.phase", "unknown") {
        "Bound" => Health::current("PVC is Bound"),
        // The volume behind the claim is gone, and with it what was on it.
        "Lost" if seen.is_strict() => Health::failed("PVC is not Bound. phase: Lost"),
        phase => Health::in_progress(format!("PVC is not Bound. phase: {phase}")),
    }
}

pub(super) fn volume(seen: Seen<'_>) -> Health {
    let phase = seen.text("status.phase", "unknown");
    let message = format!("PersistentVolume phase: {phase}");
    match phase {
        "Available" | "Bound" | "Released" => Health::current(message),
        "Failed" => match seen.text("status.message", "") {
            "" => Health::failed(message),
            why => Health::failed(format!("{message}: {why}")),
        },
        _ => Health::in_progress(message),
    }
}
