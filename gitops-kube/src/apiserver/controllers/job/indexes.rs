//! The indexes of an indexed Job: which are done, which still need a pod.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::super::{
    object::{annotation, name, number},
    pods,
};
use crate::apiserver::world::text;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// How many indexes a Job can have.
pub(crate) const INDEXES_MAX: i64 = 100_000;

/// Where an indexed Job stands.
#[derive(Debug)]
pub(super) struct Indexes {
    done: BTreeSet<i64>,
    active: BTreeSet<i64>,
    wanted: i64,
}

impl Indexes {
    /// Reads the indexes of a Job, if it has any.
    pub(super) fn of(job: &Value, pods: &[Arc<Value>]) -> Option<Self> {
        if text(job, "/spec/completionMode") != "Indexed" {
            return None;
        }
        let wanted = number(job, "/spec/completions").min(INDEXES_MAX);
        let mut done: BTreeSet<i64> = BTreeSet::new();
        for range in text(job, "/status/completedIndexes").split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
                done.extend(first..=last.min(wanted - 1));
            }
        }
        let index = |pod: &Value| annotation(pod, INDEX).and_then(|text| text.parse::<i64>().ok());
        let of = |fits: &dyn Fn(&Value) -> bool| {
            let those = pods.iter().filter(|pod| fits(pod)).filter_map(|pod| index(pod));
            those.filter(|at| *at < wanted).collect::<BTreeSet<i64>>()
        };
        done.extend(of(&|pod| pods::phase(pod) == "Succeeded"));
        Some(Self { done, active: of(&pods::is_active), wanted })
    }

    pub(super) fn done(&self) -> i64 {
        i64::try_from(self.done.len()).unwrap_or(i64::MAX)
    }

    /// Returns the first indexes without a pod.
    pub(super) fn pending(&self, most: usize) -> impl Iterator<Item = i64> + '_ {
        let open =
            (0..self.wanted).filter(|at| !self.done.contains(at) && !self.active.contains(at));
        open.take(most)
    }

    /// Writes the indexes that are done, runs of them as `first-last`.
    pub(super) fn text(&self) -> String {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for at in &self.done {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *at => *last = *at,
                _ => runs.push((*at, *at)),
            }
        }
        let run = |(first, last): (i64, i64)| match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        };
        runs.into_iter().map(run).collect::<Vec<_>>().join(",")
    }
}

/// Makes a pod that of an index.
pub(super) fn pod(job: &Value, base: &Value, at: i64) -> Value {
    let mut pod = base.clone();
    let text_of = at.to_string();
    for map in ["annotations", "labels"] {
        if !pod["metadata"][map].is_object() {
            pod["metadata"][map] = json!({});
        }
        pod["metadata"][map][INDEX] = text_of.as_str().into();
    }
    pod["metadata"]["generateName"] = format!("{}-{at}-", name(job)).into();
    pod["spec"]["hostname"] = format!("{}-{at}", name(job)).into();
    for list in ["initContainers", "containers"] {
        let containers = pod["spec"].get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let variable = json!({
                "name": "JOB_COMPLETION_INDEX",
                "valueFrom": { "fieldRef": { "fieldPath": format!("metadata.labels['{INDEX}']") } },
            });
            if !container["env"].is_array() {
                container["env"] = json!([]);
            }
            if let Value::Array(env) = &mut container["env"]
                && !env.iter().any(|known| known["name"] == variable["name"])
            {
                env.push(variable);
            }
        }
    }
    pod
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{INDEXES_MAX, Indexes};

    #[test]
    fn indexes_beyond_the_limit_get_no_pods() {
        let spec = json!({ "completionMode": "Indexed", "completions": INDEXES_MAX + 7 });
        let status = json!({ "completedIndexes": format!("0-{}", INDEXES_MAX + 3) });
        let mut job = json!({ "spec": spec });
        let all = Indexes::of(&job, &[]).unwrap();
        assert_eq!(all.pending(usize::MAX).last(), Some(INDEXES_MAX - 1));
        job["status"] = status;
        let none = Indexes::of(&job, &[]).unwrap();
        assert_eq!(none.pending(usize::MAX).next(), None);
        assert_eq!(none.done(), INDEXES_MAX);
    }
}
