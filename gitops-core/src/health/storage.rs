//! Volumes and the claims on them.

use super::{
    Health,
    read::{Reading, Seen},
};

pub(super) fn claim(seen: Seen<'_>) -> Reading<Health> {
    match seen.text("status.phase", "unknown") {
        "Bound" => Ok(Health::current("PVC is Bound")),
        phase => {
            let message = format!("PVC is not Bound. phase: {phase}");
            // The volume behind the claim is gone, and with it what was on it.
            if seen.is_strict() && phase == "Lost" {
                return Ok(Health::failed(message));
            }
            Ok(Health::in_progress(message))
        }
    }
}

pub(super) fn volume(seen: Seen<'_>) -> Reading<Health> {
    let phase = seen.text("status.phase", "unknown");
    let message = format!("PersistentVolume phase: {phase}");
    Ok(match phase {
        "Available" | "Bound" | "Released" => Health::current(message),
        "Failed" => match seen.text("status.message", "") {
            "" => Health::failed(message),
            why => Health::failed(format!("{message}: {why}")),
        },
        _ => Health::in_progress(message),
    })
}
