//! `DaemonSets`: a pod on every node that lets it run.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    desk::{DAEMON_SETS, Desk, NODES, Refused},
    hash,
    nodes::{self, runs_on},
    object::{annotation, count, is_deleting, label, name, number, scaled},
    pods::{self, PODS_PER_STEP_MAX},
    queue::{Again, Outcome},
    revisions::{self, New},
};
use crate::apiserver::world::text;

const REVISION: &str = "controller-revision-hash";
const GENERATION: &str = "deprecated.daemonset.template.generation";

type ByNode = BTreeMap<String, Vec<Arc<Value>>>;

pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(set) = desk.get(DAEMON_SETS, place, called) else { return Ok(Again::Never) };
    if is_deleting(&set) {
        return Ok(Again::Never);
    }
    let (hash, old) = history(desk, &set)?;
    let nodes = desk.list(NODES, "");
    let by_node = by_node(desk, &set)?;
    manage(desk, &set, &nodes, &by_node, &hash)?;
    if text(&set, "/spec/updateStrategy/type") == "RollingUpdate" {
        roll(desk, &set, &nodes, &hash)?;
    }
    let by_node = self::by_node(desk, &set)?;
    let live = |revision: &Arc<Value>| {
        let hash = revisions::label_of(revision, REVISION);
        by_node.values().flatten().any(|pod| label(pod, REVISION) == hash)
    };
    let unused: Vec<Arc<Value>> = old.into_iter().filter(|revision| !live(revision)).collect();
    revisions::truncate(desk, &set, unused)?;
    let min_ready = number(&set, "/spec/minReadySeconds");
    let all: Vec<Arc<Value>> = by_node.values().flatten().cloned().collect();
    let again = pods::next_available(&all, min_ready, desk.now).map_or(Again::Never, Again::At);
    write_status(desk, &set, &nodes, &by_node, &hash)?;
    Ok(again)
}

/// Returns the hash of the newest revision, made if it is not there, and the other revisions.
fn history(desk: &mut Desk<'_>, set: &Value) -> Result<(String, Vec<Arc<Value>>), Refused> {
    let wanted = revisions::canonical(&revisions::data(set));
    let all = revisions::list(desk, set);
    let same = |revision: &Arc<Value>| revisions::canonical(&revision["data"]) == wanted;
    let (mut equal, old): (Vec<_>, Vec<_>) = all.into_iter().partition(same);
    let next = revisions::next_number(&old);
    let current = match equal.pop() {
        Some(current) if number(&current, "/revision") < next => {
            revisions::renumber(desk, &current, next)?
        }
        Some(current) => current,
        None => {
            let collisions = set.pointer("/status/collisionCount").and_then(Value::as_i64);
            let template = set.pointer("/spec/template").cloned().unwrap_or(Value::Null);
            let hash = hash::template(&template, collisions);
            let new = New { of: DAEMON_SETS, hash: &hash, label: REVISION, number: next };
            match revisions::create(desk, set, &new) {
                Err(refused) if refused.exists() => {
                    let mut changed = set.clone();
                    let next = collisions.unwrap_or_default() + 1;
                    changed["status"]["collisionCount"] = next.into();
                    desk.update_status(DAEMON_SETS, &changed)?;
                    return Err(refused);
                }
                made => made?,
            }
        }
    };
    Ok((revisions::label_of(&current, REVISION).to_owned(), old))
}

fn by_node(desk: &mut Desk<'_>, set: &Value) -> Result<ByNode, Refused> {
    let selector = set.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let mut found = ByNode::new();
    for pod in pods::claim(desk, set, DAEMON_SETS, &selector)? {
        found.entry(nodes::target(&pod).to_owned()).or_default().push(pod);
    }
    for pods in found.values_mut() {
        pods::sort_by_age(pods);
    }
    Ok(found)
}

fn manage(
    desk: &mut Desk<'_>,
    set: &Value,
    nodes: &[Arc<Value>],
    by_node: &ByNode,
    hash: &str,
) -> Result<(), Refused> {
    let mut needed = Vec::new();
    let mut surplus = Vec::new();
    let surges = bounds(set, 1).0 > 0;
    for node in nodes {
        let (starts, stays) = runs_on(set, node);
        let pods = by_node.get(name(node)).map_or(&[][..], Vec::as_slice);
        let alive: Vec<_> = pods.iter().filter(|pod| !is_deleting(pod)).cloned().collect();
        if starts && pods.is_empty() {
            needed.push(name(node));
        } else if stays {
            let (done, running): (Vec<_>, Vec<_>) =
                alive.into_iter().partition(|pod| pods::is_finished(pod));
            surplus.extend(done);
            if !surges {
                surplus.extend(running.into_iter().skip(1));
            } else if running.is_empty() && starts {
                needed.push(name(node));
            } else {
                surplus.extend(outgrown(desk, set, running, hash));
            }
        } else {
            surplus.extend(alive);
        }
    }
    let known = |node: &str| nodes.iter().any(|known| name(known) == node);
    for (_, pods) in by_node.iter().filter(|(node, _)| !known(node)) {
        surplus.extend(pods.iter().filter(|pod| text(pod, "/spec/nodeName").is_empty()).cloned());
    }
    change(desk, set, (&needed, &surplus), hash)
}

/// Of the pods of a set that surges on one node, returns those that are too many.
fn outgrown(desk: &Desk<'_>, set: &Value, running: Vec<Arc<Value>>, hash: &str) -> Vec<Arc<Value>> {
    let (mut new, mut old): (Vec<_>, Vec<_>) =
        running.into_iter().partition(|pod| label(pod, REVISION) == hash);
    let mut surplus: Vec<Arc<Value>> = Vec::new();
    surplus.extend(new.drain(1.min(new.len())..));
    surplus.extend(old.drain(1.min(old.len())..));
    if let (Some(new), Some(old)) = (new.pop(), old.pop()) {
        let min_ready = number(set, "/spec/minReadySeconds");
        if !pods::is_ready(&old) || pods::is_available(&new, min_ready, desk.now) {
            surplus.push(old);
        }
    }
    surplus
}

fn change(
    desk: &mut Desk<'_>,
    set: &Value,
    (needed, surplus): (&[&str], &[Arc<Value>]),
    hash: &str,
) -> Result<(), Refused> {
    for node in needed.iter().take(PODS_PER_STEP_MAX) {
        let template = set.pointer("/spec/template").cloned().unwrap_or(Value::Null);
        let mut pod = pods::from_template(&template, set, DAEMON_SETS);
        if !pod["metadata"]["labels"].is_object() {
            pod["metadata"]["labels"] = json!({});
        }
        if let Some(generation) = annotation(set, GENERATION) {
            pod["metadata"]["labels"]["pod-template-generation"] = generation.into();
        }
        pod["metadata"]["labels"][REVISION] = hash.into();
        nodes::prepare(&mut pod, node);
        pods::create(desk, set, DAEMON_SETS, &pod)?;
    }
    for pod in surplus.iter().take(PODS_PER_STEP_MAX) {
        pods::delete(desk, set, DAEMON_SETS, pod)?;
    }
    Ok(())
}

/// Says how many pods may be too many, and how many missing, of `wanted`.
fn bounds(set: &Value, wanted: i64) -> (i64, i64) {
    if text(set, "/spec/updateStrategy/type") != "RollingUpdate" {
        return (0, 0);
    }
    let at = |name: &str| set.pointer(&format!("/spec/updateStrategy/rollingUpdate/{name}"));
    let surge = scaled(at("maxSurge"), wanted, true);
    let missing = scaled(at("maxUnavailable"), wanted, true);
    if wanted > 0 && surge == 0 && missing == 0 { (0, 1) } else { (surge, missing) }
}

fn roll(desk: &mut Desk<'_>, set: &Value, nodes: &[Arc<Value>], hash: &str) -> Result<(), Refused> {
    let by_node = by_node(desk, set)?;
    let wanting: Vec<&str> =
        nodes.iter().filter(|node| runs_on(set, node).0).map(|node| name(node)).collect();
    let (surge, missing) = bounds(set, i64::try_from(wanting.len()).unwrap_or(i64::MAX));
    let min_ready = number(set, "/spec/minReadySeconds");
    let now = desk.now;
    let available = |pod: &Arc<Value>| pods::is_available(pod, min_ready, now);
    let (mut replaceable, mut candidates, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let (mut absent, mut extra) = (0, 0);
    for node in wanting {
        let pods = by_node.get(node).map_or(&[][..], Vec::as_slice);
        let mut alive = pods.iter().filter(|pod| !is_deleting(pod));
        let new = alive.clone().find(|pod| label(pod, REVISION) == hash);
        let old = alive.find(|pod| label(pod, REVISION) != hash);
        match (new, old) {
            (None, Some(old)) if !available(old) => {
                absent += 1;
                replaceable.push((node, Arc::clone(old)));
            }
            (None, Some(old)) => candidates.push((node, Arc::clone(old))),
            (Some(new), Some(old)) if available(new) => waiting.push(Arc::clone(old)),
            (Some(_), Some(_)) => extra += 1,
            (Some(new), None) if available(new) => {}
            _ => absent += 1,
        }
    }
    let room = |most: i64, used: i64| usize::try_from(most - used).unwrap_or_default();
    if surge == 0 {
        let room = room(missing, absent);
        let gone: Vec<Arc<Value>> = replaceable
            .into_iter()
            .chain(candidates.into_iter().take(room))
            .map(|(_, pod)| pod)
            .chain(waiting)
            .collect();
        return change(desk, set, (&[], &gone), hash);
    }
    let room = room(surge, extra);
    let needed: Vec<&str> = replaceable
        .into_iter()
        .chain(candidates.into_iter().take(room))
        .map(|(node, _)| node)
        .collect();
    change(desk, set, (&needed, &waiting), hash)
}

fn write_status(
    desk: &mut Desk<'_>,
    set: &Value,
    nodes: &[Arc<Value>],
    by_node: &ByNode,
    hash: &str,
) -> Result<(), Refused> {
    let min_ready = number(set, "/spec/minReadySeconds");
    let (mut desired, mut current, mut misplaced) = (0, 0, 0);
    let (mut ready, mut updated, mut available) = (0, 0, 0);
    for node in nodes {
        let pod = by_node.get(name(node)).and_then(|pods| pods.first());
        if !runs_on(set, node).0 {
            misplaced += i64::from(pod.is_some());
            continue;
        }
        desired += 1;
        let Some(pod) = pod else { continue };
        current += 1;
        ready += i64::from(pods::is_ready(pod));
        available += i64::from(pods::is_available(pod, min_ready, desk.now));
        updated += i64::from(label(pod, REVISION) == hash);
    }
    let before = set.get("status").cloned().unwrap_or_else(|| json!({}));
    let mut status = before.clone();
    status["desiredNumberScheduled"] = desired.into();
    status["currentNumberScheduled"] = current.into();
    status["numberMisscheduled"] = misplaced.into();
    status["numberReady"] = ready.into();
    if let Some(map) = status.as_object_mut() {
        count(map, "observedGeneration", number(set, "/metadata/generation"));
        count(map, "updatedNumberScheduled", updated);
        count(map, "numberAvailable", available);
        count(map, "numberUnavailable", desired - available);
    }
    if status == before {
        return Ok(());
    }
    let mut changed = set.clone();
    changed["status"] = status;
    desk.update_status(DAEMON_SETS, &changed).map(|_| ())
}
