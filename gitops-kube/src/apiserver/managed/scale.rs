//! Who owns the replicas when a scale is written.
//!
//! A scale has no managers of its own: it borrows those of its object that own the replicas, and
//! gives them back. Updaters change their name on the way, so that each is parted from the rest
//! of its fields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    fields::Set,
    owners::{Conflict, Managed, Manager, Operation, Owned},
};

/// The version of a scale.
pub(crate) const SCALE_VERSION: &str = "autoscaling/v1";

/// What is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaling<'a> {
    /// Who writes.
    pub(crate) manager: &'a str,
    /// Whether it is applied, and by force.
    pub(crate) apply: Option<bool>,
    /// The version of the object in the request.
    pub(crate) version: &'a str,
    /// Where the replicas are, by version; versions that are not named are unknown.
    pub(crate) paths: &'a BTreeMap<String, Option<Vec<String>>>,
    /// The replicas before and after; a scale without any says zero.
    pub(crate) replicas: (i64, i64),
    /// What of a spec is named.
    pub(crate) names: Names,
}

/// What of its spec a scale names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Nothing,
    /// A spec without replicas.
    Spec,
    Replicas,
}

impl Names {
    /// Reads a scale.
    pub(crate) fn of(scale: &Value) -> Self {
        match scale.get("spec") {
            Some(spec) if spec.get("replicas").is_some_and(|count| !count.is_null()) => {
                Self::Replicas
            }
            Some(_) => Self::Spec,
            None => Self::Nothing,
        }
    }
}

/// Why a scale is not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Others own the replicas.
    Conflicts(Vec<Conflict>),
    /// Nobody owned them: a custom object's scale has no first manager.
    NoFirstManager,
}

impl Managed {
    /// Writes a scale.
    ///
    /// # Errors
    ///
    /// Others own the replicas, unless force takes them.
    pub(crate) fn scale(&self, scaling: Scaling<'_>, custom: bool) -> Result<Self, Refused> {
        let mut borrowed = self.borrowed(scaling.paths);
        match scaling.apply {
            None if borrowed.is_empty() => {}
            None => update(&mut borrowed, scaling),
            Some(force) => {
                if borrowed.is_empty() && custom {
                    return Err(Refused::NoFirstManager);
                }
                apply(&mut borrowed, scaling, force).map_err(Refused::Conflicts)?;
            }
        }
        Ok(self.given_back(borrowed, scaling))
    }

    /// Whether nobody but an applier owns the replicas.
    pub(crate) fn scales_alone(
        &self,
        name: &str,
        paths: &BTreeMap<String, Option<Vec<String>>>,
    ) -> bool {
        self.borrowed(paths) == [Manager::new(name, Operation::Apply, SCALE_VERSION, "scale")]
    }

    /// Returns the managers that own the replicas, as the scale knows them.
    fn borrowed(&self, paths: &BTreeMap<String, Option<Vec<String>>>) -> Vec<Manager> {
        let owns = |owned: &Owned| match paths.get(&owned.version) {
            Some(Some(path)) => owned.set.has_path(path),
            _ => false,
        };
        let owners = self.owners.iter().filter(|(_, owned)| owns(owned));
        owners
            .map(|(manager, _)| match manager.operation {
                Operation::Apply => manager.clone(),
                Operation::Update => {
                    Manager { version: SCALE_VERSION.to_owned(), ..manager.clone() }
                }
            })
            .collect()
    }

    fn given_back(&self, mut borrowed: Vec<Manager>, scaling: Scaling<'_>) -> Self {
        let mut out = Self::default();
        for (manager, owned) in &self.owners {
            let Some(path) = scaling.paths.get(&owned.version) else { continue };
            let mut owned = owned.clone();
            if let Some(path) = path
                && owned.set.has_path(path)
            {
                match borrowed.iter().position(|known| known == manager) {
                    Some(at) => {
                        borrowed.remove(at);
                    }
                    None => owned.set = owned.set.difference(&Set::of_path(path)),
                }
            }
            if !owned.set.is_empty() {
                out.owners.insert(manager.clone(), owned);
            }
        }
        let Some(Some(path)) = scaling.paths.get(scaling.version) else { return out };
        for manager in borrowed {
            let time = self.owners.get(&manager).and_then(|owned| owned.time.clone());
            let owned =
                Owned { set: Set::of_path(path), version: scaling.version.to_owned(), time };
            out.owners.insert(manager, owned);
        }
        out
    }
}

fn update(borrowed: &mut Vec<Manager>, scaling: Scaling<'_>) {
    let (before, after) = scaling.replicas;
    if before == after {
        return;
    }
    borrowed.clear();
    // A scale to zero says nothing about replicas, so that nobody owns them.
    if after != 0 {
        let manager = Manager::new(scaling.manager, Operation::Update, SCALE_VERSION, "scale");
        borrowed.push(manager);
    }
}

fn apply(
    borrowed: &mut Vec<Manager>,
    scaling: Scaling<'_>,
    force: bool,
) -> Result<(), Vec<Conflict>> {
    let (before, after) = scaling.replicas;
    let manager = Manager::new(scaling.manager, Operation::Apply, SCALE_VERSION, "scale");
    if borrowed.is_empty() && before != 0 {
        let name = "before-first-apply";
        borrowed.push(Manager::new(name, Operation::Update, SCALE_VERSION, "scale"));
    }
    // A scale of zero names no replicas: to apply zero adds them.
    if before != after || (after == 0 && scaling.names == Names::Replicas) {
        let others: Vec<&Manager> = borrowed.iter().filter(|other| **other != manager).collect();
        let path = ".spec.replicas";
        let conflict =
            |other: &&Manager| Conflict { manager: (*other).clone(), path: path.to_owned() };
        if !force && !others.is_empty() {
            return Err(others.iter().map(conflict).collect());
        }
        borrowed.retain(|known| *known == manager);
    }
    match scaling.names {
        Names::Replicas if !borrowed.contains(&manager) => borrowed.push(manager),
        // Who owns something of a scale keeps the replicas it owned.
        Names::Replicas | Names::Spec => {}
        Names::Nothing => borrowed.retain(|known| *known != manager),
    }
    Ok(())
}
