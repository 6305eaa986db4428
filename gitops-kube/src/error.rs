//! What a failed request means for whoever compares, applies or keeps an inventory.

use gitops_core::{ApplyError, Conflict, DiffError, Object, ObjectId};
use serde_json::Value;

use crate::{
    call::Failure,
    paths,
    refusal::{Cause, Refusal},
};

/// What a failure says about the object that was asked for.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Other managers own fields.
    Conflict,
    /// The live object is not the expected one.
    Moved,
    /// There is no such object.
    Absent,
    /// The server does not serve the kind.
    NoKind,
    /// The namespace is missing or on its way out.
    NoNamespace,
    /// A field cannot be changed.
    Immutable,
    /// The object is not valid.
    Invalid,
    /// It is not allowed.
    Denied,
    /// It is not known.
    Unavailable,
}

impl Failure {
    /// Says what the failure means for the object `id`.
    pub(crate) fn verdict(&self, id: &ObjectId) -> Verdict {
        match self {
            Self::Transport { .. } | Self::Unreadable { .. } => Verdict::Unavailable,
            Self::NoKind => Verdict::NoKind,
            Self::Local(_) => Verdict::Invalid,
            Self::Refused(refusal) => refusal.verdict(id),
        }
    }

    /// Returns the failure, without what the server says where that may quote a secret.
    pub(crate) fn shown(mut self, id: &ObjectId) -> Self {
        if let (Self::Refused(refusal), true) = (&mut self, id.is_secret()) {
            refusal.withhold();
        }
        self
    }

    /// Returns the conflicts that the server names, by the paths of `desired`
    /// where it is known.
    pub(crate) fn conflicts(&self, desired: Option<&Object>) -> Vec<Conflict> {
        let Self::Refused(refusal) = self else {
            return Vec::new();
        };
        let mut conflicts: Vec<_> = refusal
            .causes
            .iter()
            .filter(|cause| cause.reason == "FieldManagerConflict")
            .map(|cause| Conflict {
                path: paths::from_server(&cause.field, desired.map_or(&Value::Null, Object::value)),
                manager: manager(cause),
            })
            .collect();
        conflicts.sort();
        conflicts.dedup();
        conflicts
    }
}

// The message reads `conflict with "bob" using apps/v1`.
fn manager(cause: &Cause) -> String {
    let quoted = cause.message.strip_prefix("conflict with ").unwrap_or(&cause.message);
    let mut texts = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
    texts.next().and_then(Result::ok).unwrap_or_else(|| quoted.to_owned())
}

impl Refusal {
    fn verdict(&self, id: &ObjectId) -> Verdict {
        match self.code {
            409 if self.has_cause("FieldManagerConflict") => Verdict::Conflict,
            409 => Verdict::Moved,
            422 if self.causes.iter().any(|cause| cause.field == "metadata.uid") => Verdict::Moved,
            422 if self.is_immutable() => Verdict::Immutable,
            404 => self.missing(id),
            403 if self.has_cause("NamespaceTerminating") => Verdict::NoNamespace,
            401 | 403 => Verdict::Denied,
            429 => Verdict::Unavailable,
            400..=499 => Verdict::Invalid,
            500 if self.blames_body() => Verdict::Invalid,
            _ => Verdict::Unavailable,
        }
    }

    fn missing(&self, id: &ObjectId) -> Verdict {
        // Whoever does not name what is missing does not know it: a proxy, or a server without
        // the kind.
        let namespace = id.namespace.as_deref() == Some(&*self.name);
        match self.reason.as_str() {
            "NotFound" if self.resource == "namespaces" && namespace => Verdict::NoNamespace,
            "NotFound" if self.name == id.name => Verdict::Absent,
            _ => Verdict::NoKind,
        }
    }
}

/// Says what a failed comparison of `id` means; conflicts are told in the paths of `desired`.
pub(crate) fn diff_error(id: &ObjectId, desired: Option<&Object>, failure: Failure) -> DiffError {
    let id = id.clone();
    let verdict = failure.verdict(&id);
    let conflicts = failure.conflicts(desired);
    let cause = failure.shown(&id).into();
    match verdict {
        Verdict::Conflict => DiffError::Conflict { id, conflicts },
        Verdict::Immutable => DiffError::Immutable { id, cause },
        Verdict::Invalid => DiffError::Invalid { id, cause },
        Verdict::Denied => DiffError::Denied { id, cause },
        Verdict::Moved
        | Verdict::Absent
        | Verdict::NoKind
        | Verdict::NoNamespace
        | Verdict::Unavailable => DiffError::Unavailable { id, cause },
    }
}

/// Says what a failed write of `id` means; conflicts are told in the paths of `desired`.
pub(crate) fn apply_error(id: &ObjectId, desired: Option<&Object>, failure: Failure) -> ApplyError {
    let id = id.clone();
    let verdict = failure.verdict(&id);
    let conflicts = failure.conflicts(desired);
    let cause = failure.shown(&id).into();
    match verdict {
        Verdict::Conflict => ApplyError::Conflict { id, conflicts },
        Verdict::Moved => ApplyError::Stale { id },
        Verdict::NoKind | Verdict::NoNamespace => ApplyError::Missing { id, cause },
        Verdict::Immutable | Verdict::Invalid => ApplyError::Invalid { id, cause },
        Verdict::Denied => ApplyError::Denied { id, cause },
        Verdict::Absent | Verdict::Unavailable => ApplyError::Unavailable { id, cause },
    }
}
