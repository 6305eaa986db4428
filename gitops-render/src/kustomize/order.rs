//! The order in which resources are printed.

use super::{
    id::Id,
    manifest::SortOptions,
    problem::{Outcome, problem},
    set::Set,
};

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// How the output is ordered where the kustomization does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// By kind, then by name: what `kubectl` does.
    #[default]
    Legacy,
    /// As the resources were read.
    AsRead,
}

/// Returns what kinds are ordered by in lists of fields.
pub(super) fn kind_rank(group: &str, version: &str, kind: &str) -> (i64, String) {
    (rank(kind, &FIRST, &LAST), kind_key(group, version, kind))
}

fn rank<T: AsRef<str>>(kind: &str, first: &[T], last: &[T]) -> i64 {
    let place = |list: &[T]| list.iter().rposition(|found| found.as_ref() == kind);
    let number = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
    if let Some(at) = place(last) {
        return 1 + number(at);
    }
    place(first).map_or(0, |at| number(at) - number(first.len()))
}

fn kind_key(group: &str, version: &str, kind: &str) -> String {
    let or = |text: &str, empty: &str| if text.is_empty() { empty } else { text }.to_owned();
    format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K"))
}

/// Orders the resources as the kustomization says, or else as `order` says.
pub(super) fn sort(set: &mut Set, options: Option<&SortOptions>, order: Order) -> Outcome<()> {
    let Some(options) = options else {
        if order == Order::Legacy {
            sort_by_kind(set, &FIRST, &LAST);
        }
        return Ok(());
    };
    match (options.order.as_str(), &options.legacy) {
        ("legacy", Some(lists)) => sort_by_kind(set, &lists.first, &lists.last),
        ("legacy", None) => sort_by_kind(set, &FIRST, &LAST),
        ("fifo", None) => {}
        ("fifo", Some(_)) => {
            let text = "sortOptions.legacySortOptions is set but sortOptions.order is 'fifo'";
            return Err(problem(text));
        }
        (other, _) => {
            let text = format!("sortOptions.order must be one of fifo, legacy, found {other:?}");
            return Err(problem(text));
        }
    }
    Ok(())
}

fn sort_by_kind<T: AsRef<str>>(set: &mut Set, first: &[T], last: &[T]) {
    let mut keyed: Vec<_> = set
        .list
        .drain(..)
        .map(|resource| {
            let id = resource.id();
            let kind = kind_key(&id.group, &id.version, &id.kind);
            let name = name_key(&id);
            (rank(&id.kind, first, last), kind, name, id, resource)
        })
        .collect();
    keyed.sort_by(|a, b| {
        let kinds = a.1.cmp(&b.1);
        // Namespaces of the core group come before those of others.
        let spaces = a.3.kind == "Namespace" && b.3.kind == "Namespace";
        let core = a.3.group.is_empty() || b.3.group.is_empty();
        let kinds = if spaces && core { kinds.reverse() } else { kinds };
        a.0.cmp(&b.0).then(kinds).then_with(|| a.2.cmp(&b.2))
    });
    set.list.extend(keyed.into_iter().map(|keyed| keyed.4));
}

fn name_key(id: &Id) -> String {
    let or = |text: &str, empty: &str| if text.is_empty() { empty } else { text }.to_owned();
    format!("{}|{}", or(&id.namespace, "~X"), or(&id.name, "~N"))
}
