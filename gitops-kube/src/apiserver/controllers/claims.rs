//! Claims of volumes: one that a pod uses stays until the pod is gone.

use serde_json::{Value, json};

use super::{
    desk::{CLAIMS, Desk, PODS},
    object::is_deleting,
    pods,
    queue::{Again, Outcome},
};
use crate::apiserver::{
    kinds::Kind,
    world::{World, metadata, text},
};

const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Gives a new claim the finalizer that [`sync`] takes off, where somebody is there to do so.
pub(crate) fn protect(world: &World, kind: &Kind, claim: &mut Value) {
    if !kind.is("", "PersistentVolumeClaim") || world.options.finish_namespaces {
        return;
    }
    let list = metadata(claim).entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(list) = list
        && !list.iter().any(|entry| entry == PROTECTION)
    {
        list.push(PROTECTION.into());
    }
}

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
