//! What pods do: a script that a test writes, one line a failure.

use std::{collections::VecDeque, time::Duration};

use serde_json::Value;

use super::object::{label, name};

/// How many lines a script has; the oldest is forgotten for a new one.
pub const SCRIPT_LINES_MAX: usize = 1024;

/// Which pods a line of the script is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pods {
    /// All of them.
    All,
    /// Those with a container of that image.
    Image(String),
    /// Those of a workload, by its name: `web` for `web-0` and `web-6f5d-x2k9p`.
    Of(String),
    /// Those with a label of that value.
    Label(String, String),
}

impl Pods {
    /// Those with a container of that image.
    pub fn image(image: impl Into<String>) -> Self {
        Self::Image(image.into())
    }

    /// Those of a workload, by its name.
    pub fn of(workload: impl Into<String>) -> Self {
        Self::Of(workload.into())
    }

    /// Those with a label of that value.
    pub fn label(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Label(key.into(), value.into())
    }

    fn has(&self, pod: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Image(image) => ["containers", "initContainers"].iter().any(|list| {
                let containers = pod.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
                let mut images = containers.into_iter().flatten().map(|one| &one["image"]);
                images.any(|one| one == image.as_str())
            }),
            Self::Of(workload) => {
                name(pod).strip_prefix(workload.as_str()).is_some_and(|rest| rest.starts_with('-'))
            }
            Self::Label(key, value) => label(pod, key) == value,
        }
    }
}

/// What a pod does once it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// It runs and is ready at once; a pod that need not run for ever, of a Job say, succeeds at once.
    #[default]
    Run,
    /// No node takes it.
    Unschedulable,
    /// Its image cannot be pulled.
    ImagePullError,
    /// Its containers end with that code whenever they are started.
    Exit(i32),
    /// Its containers end with that code after running that long.
    ExitAfter(Duration, i32),
    /// It runs and is never ready.
    NeverReady,
    /// It runs and is ready after that long.
    ReadyAfter(Duration),
    /// Its node never starts it, and it stays `Pending`.
    Hold,
}

impl Behaviour {
    /// Its containers crash again and again; where they are not restarted, the pod fails.
    pub fn crash_loop() -> Self {
        Self::Exit(1)
    }
}

/// The lines of a script; of those for a pod, the last one counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripts {
    lines: VecDeque<(Pods, Behaviour)>,
}

impl Scripts {
    pub(crate) fn add(&mut self, pods: Pods, behaviour: Behaviour) {
        // A line for the same pods is replaced: it could never count again.
        self.lines.retain(|(known, _)| *known != pods);
        if self.lines.len() == SCRIPT_LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back((pods, behaviour));
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
    }

    /// Returns what a pod does.
    pub(crate) fn of(&self, pod: &Value) -> Behaviour {
        let mut lines = self.lines.iter().rev();
        let found = lines.find(|(pods, _)| pods.has(pod));
        found.map(|(_, behaviour)| behaviour.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Behaviour, Pods, SCRIPT_LINES_MAX, Scripts};

    #[test]
    fn forgets_the_oldest_line_beyond_the_limit() {
        let mut scripts = Scripts::default();
        for at in 0..=SCRIPT_LINES_MAX {
            scripts.add(Pods::of(format!("w{at}")), Behaviour::NeverReady);
        }
        let pod = |name: &str| json!({ "metadata": { "name": name } });
        assert_eq!(scripts.of(&pod("w0-x")), Behaviour::Run);
        assert_eq!(scripts.of(&pod("w1-x")), Behaviour::NeverReady);
    }

    #[test]
    fn the_last_line_for_a_pod_counts() {
        let mut scripts = Scripts::default();
        scripts.add(Pods::All, Behaviour::Hold);
        scripts.add(Pods::image("a:1"), Behaviour::ImagePullError);
        let pod =
            json!({ "metadata": { "name": "p" }, "spec": { "containers": [{ "image": "a:1" }] } });
        assert_eq!(scripts.of(&pod), Behaviour::ImagePullError);
        scripts.add(Pods::All, Behaviour::Run);
        assert_eq!(scripts.of(&pod), Behaviour::Run);
    }
}
