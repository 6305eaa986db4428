//! Claims of volumes: one that a pod uses stays until the pod is gone.

use serde_json::Value;

use super::{
    desk::{CLAIMS, Desk, PODS},
    object::is_deleting,
    pods,
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Looks at one claim.
pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(claim) = desk.get(CLAIMS, place, called) else { return Ok(Again::Never) };
    if !is_deleting(&claim) {
        return Ok(Again::Never);
    }
    let used =
        desk.list(PODS, place).iter().any(|pod| !pods::is_finished(pod) && uses(pod, called));
    let mut freed = (*claim).clone();
    if !used && pods::drop_finalizer(&mut freed, PROTECTION) {
        desk.update(CLAIMS, &freed)?;
    }
    Ok(Again::Never)
}

/// Returns the names of the claims a pod uses.
pub(super) fn of(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
    let volumes = volumes.into_iter().flatten();
    volumes.map(|volume| text(volume, "/persistentVolumeClaim/claimName"))
}

fn uses(pod: &Value, claim: &str) -> bool {
    of(pod).any(|used| used == claim)
}
