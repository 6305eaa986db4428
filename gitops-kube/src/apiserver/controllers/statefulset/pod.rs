//! The pods of a `StatefulSet`: their names, their claims, their revision.

use serde_json::{Value, json};

use super::{
    super::{
        desk::{CLAIMS, Desk, PODS, Refused, STATEFUL_SETS},
        object::{name, namespace, number},
        pods, revisions,
    },
    REVISION, Work, matches,
};
use crate::apiserver::world::text;

const NAME: &str = "statefulset.kubernetes.io/pod-name";
const INDEX: &str = "apps.kubernetes.io/pod-index";

/// Returns the number at the end of a pod's name.
pub(super) fn ordinal(pod: &Value) -> Option<i64> {
    name(pod).rsplit_once('-')?.1.parse().ok()
}

pub(super) fn is_member(set: &Value, pod: &Value) -> bool {
    name(pod).rsplit_once('-').is_some_and(|(parent, number)| {
        parent == name(set) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

pub(super) fn start(set: &Value) -> i64 {
    number(set, "/spec/ordinals/start")
}

pub(super) fn end(set: &Value) -> i64 {
    start(set) + number(set, "/spec/replicas") - 1
}

/// Builds the pod of an ordinal, from the old template below the partition.
pub(super) fn new(work: &Work, at: i64) -> Value {
    let set = &work.set;
    let partition = set.pointer("/spec/updateStrategy/rollingUpdate/partition");
    let rolls = text(set, "/spec/updateStrategy/type") == "RollingUpdate";
    let below = match partition.and_then(Value::as_i64) {
        Some(partition) => at < start(set) + partition,
        None => rolls && at < start(set) + number(set, "/status/currentReplicas"),
    };
    let revision = if below { &work.current } else { &work.update };
    let mut pod = pods::from_template(&revisions::template(revision), set, STATEFUL_SETS);
    let called = format!("{}-{at}", name(set));
    pod["metadata"]["name"] = called.as_str().into();
    if !pod["metadata"]["labels"].is_object() {
        pod["metadata"]["labels"] = json!({});
    }
    pod["metadata"]["labels"][NAME] = called.as_str().into();
    pod["metadata"]["labels"][INDEX] = at.to_string().into();
    pod["metadata"]["labels"][REVISION] = name(revision).into();
    pod["spec"]["hostname"] = called.into();
    if !text(set, "/spec/serviceName").is_empty() {
        pod["spec"]["subdomain"] = set["spec"]["serviceName"].clone();
    }
    add_volumes(set, &mut pod);
    pod
}

/// Returns the claims of a pod with the names of their templates.
pub(super) fn claims(set: &Value, pod: &Value) -> Vec<(String, Value)> {
    let Some(at) = ordinal(pod) else { return Vec::new() };
    let templates = set.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let claim = |template: &Value| {
        let mut claim = template.clone();
        let called = name(template).to_owned();
        claim["metadata"]["name"] = format!("{called}-{}-{at}", name(set)).into();
        claim["metadata"]["namespace"] = namespace(set).into();
        let labels = set.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        for (key, value) in labels.into_iter().flatten() {
            claim["metadata"]["labels"][key] = value.clone();
        }
        if let Some(map) = claim.as_object_mut() {
            map.remove("status");
        }
        (called, claim)
    };
    templates.into_iter().flatten().map(claim).collect()
}

fn add_volumes(set: &Value, pod: &mut Value) {
    let claims = claims(set, pod);
    let mut volumes: Vec<Value> = claims
        .iter()
        .map(|(template, claim)| {
            json!({ "name": template, "persistentVolumeClaim": { "claimName": name(claim) } })
        })
        .collect();
    let others = pod.pointer("/spec/volumes").and_then(Value::as_array);
    volumes.extend(
        others
            .into_iter()
            .flatten()
            .filter(|volume| !claims.iter().any(|(claim, _)| claim == text(volume, "/name")))
            .cloned(),
    );
    if !volumes.is_empty() {
        pod["spec"]["volumes"] = volumes.into();
    }
}

/// Makes the claims of a pod that are not there.
pub(super) fn make_claims(desk: &mut Desk<'_>, set: &Value, pod: &Value) -> Result<(), Refused> {
    for (_, claim) in claims(set, pod) {
        if desk.get(CLAIMS, namespace(set), name(&claim)).is_none() {
            desk.create(CLAIMS, &claim)?;
        }
    }
    Ok(())
}

/// Gives a pod the labels of its name when somebody took them.
pub(super) fn mend(desk: &mut Desk<'_>, set: &Value, pod: &Value) -> Result<(), Refused> {
    if matches(set, pod) {
        return Ok(());
    }
    make_claims(desk, set, pod)?;
    let mut changed = pod.clone();
    if !changed["metadata"]["labels"].is_object() {
        changed["metadata"]["labels"] = json!({});
    }
    changed["metadata"]["labels"][NAME] = name(pod).into();
    if let Some(at) = ordinal(pod) {
        changed["metadata"]["labels"][INDEX] = at.to_string().into();
    }
    desk.update(PODS, &changed).map(|_| ())
}
