//! A chart with what it needs, and what of it lies in its tree.

use std::{collections::BTreeMap, path::Path};

use bytes::Bytes;
use gitops_core::{
    SourceError,
    semver::{Constraint, Version},
    tree::{NodeKind, Tree, TreeError, TreePath},
};

use super::{DEPENDENCIES_MAX, DependencyError};
use crate::helm::{
    chart::{Chart, Dependency, Package},
    dependencies::compatible,
    lock::Lock,
};

/// A chart with what it needs, the names of repositories replaced by their URLs.
pub(super) struct Needs<'t> {
    tree: &'t Tree,
    path: &'t TreePath,
    chart: Chart,
    // What asks: `shop/Chart.yaml`.
    file: String,
    pub(super) wanted: Vec<Dependency>,
}

impl<'t> Needs<'t> {
    pub(super) fn read(
        tree: &'t Tree,
        path: &'t TreePath,
        aliases: &BTreeMap<String, String>,
    ) -> Result<Self, DependencyError> {
        let chart = Chart::load(tree, path, &mut Vec::new()).map_err(DependencyError::Chart)?;
        let v1 = chart.metadata.api_version == "v1";
        let file = if v1 { "requirements.yaml" } else { "Chart.yaml" };
        let file = if path.is_root() { file.to_owned() } else { format!("{path}/{file}") };
        let wanted = chart.metadata.dependencies.iter().flatten().cloned().collect();
        let mut needs = Self { tree, path, chart, file, wanted };
        if DEPENDENCIES_MAX < needs.wanted.len() {
            let (path, limit) = (needs.file, "DEPENDENCIES_MAX");
            return Err(DependencyError::Limit { path, limit, max: DEPENDENCIES_MAX as u64 });
        }
        for index in 0..needs.wanted.len() {
            let it = &needs.wanted[index];
            let url = it.repository.as_str();
            if let Some(name) = url.strip_prefix('@').or_else(|| url.strip_prefix("alias:")) {
                let url = aliases.get(name).cloned().ok_or_else(|| {
                    let problem = format!("no repository was given the name {name:?}: give it one");
                    needs.wrong(it, problem)
                })?;
                needs.wanted[index].repository = url;
            }
        }
        Ok(needs)
    }

    /// Reads the lock, which has to be one of what is wanted.
    pub(super) fn lock(&self) -> Result<Option<Lock>, DependencyError> {
        let found = Lock::of(self.tree, self.path).map_err(DependencyError::Chart)?;
        let Some((path, lock)) = found else { return Ok(None) };
        let plain: Vec<Dependency> =
            self.chart.metadata.dependencies.iter().flatten().cloned().collect();
        let v1 = self.chart.metadata.api_version == "v1";
        let fits = lock.fits(&self.wanted) || v1 && lock.fits_helm_2(&plain);
        let pairs = self.wanted.iter().zip(&lock.dependencies);
        let same = self.wanted.len() == lock.dependencies.len()
            && pairs.into_iter().all(|(wanted, locked)| wanted.name == locked.name);
        if fits && same {
            return Ok(Some(lock));
        }
        if self.wanted.is_empty() && lock.dependencies.is_empty() {
            return Ok(None);
        }
        Err(DependencyError::OutOfSync { path: path.to_string() })
    }

    /// Returns the version of a chart in `charts/` that will do.
    pub(super) fn has(&self, it: &Dependency, version: &str, exact: bool) -> Option<&str> {
        // What lies there without a repository is locked to a range.
        let exact = exact && !it.repository.is_empty();
        let fits = |known: &Chart| {
            let known_version = &known.metadata.version;
            let fits = match exact {
                true => same_version(known_version, version),
                false => compatible(version, known_version),
            };
            known.name() == it.name && fits
        };
        // A chart of the same tree may have changed since it was packed.
        if it.repository.starts_with("file://") {
            return None;
        }
        let found = self.chart.dependencies.iter().find(|known| fits(known));
        found.map(|known| known.metadata.version.as_str())
    }

    /// Packs a chart of the same tree.
    pub(super) fn pack(
        &self,
        it: &Dependency,
        version: &str,
    ) -> Result<(String, Bytes), DependencyError> {
        let constraint = Constraint::parse(version)
            .map_err(|err| self.wrong(it, format!("its version {version:?} is no range: {err}")))?;
        let relative = it.repository.strip_prefix("file://").unwrap_or(&it.repository);
        let path = self.path.join(relative).map_err(|_| {
            let problem = format!(
                "{:?} leads out of the tree: move the chart into it, and say the path relative to \
                 this chart",
                it.repository
            );
            self.wrong(it, problem)
        })?;
        if !matches!(self.tree.kind(&path), Ok(Some(NodeKind::Directory))) {
            return Err(self.wrong(it, format!("directory {path} not found")));
        }
        let package = Package::of(self.tree, &path).map_err(DependencyError::Chart)?;
        let found = &package.version;
        if !Version::parse(found).is_ok_and(|found| constraint.check(&found)) {
            let problem =
                format!("{path} has the version {found}, which is not within {version:?}");
            return Err(self.wrong(it, problem));
        }
        Ok((package.version, package.data))
    }

    /// Returns the packages of versions that nobody needs, which would be in the way.
    pub(super) fn outdated(
        &self,
        it: &Dependency,
        kept: &[(&str, &str)],
    ) -> Result<Vec<TreePath>, DependencyError> {
        let charts = self.path.join("charts").map_err(DependencyError::Tree)?;
        let entries = match self.tree.list(&charts) {
            Ok(entries) => entries,
            Err(TreeError::NotFound { .. }) => return Ok(Vec::new()),
            Err(err) => return Err(DependencyError::Tree(err)),
        };
        let start = format!("{}-", it.name);
        let mut outdated = Vec::new();
        for entry in entries {
            let name = entry.path.file_name().unwrap_or_default();
            // `web-extra-1.0.0.tgz` is of another chart.
            if name.starts_with(&start)
                && Path::new(name).extension().is_some_and(|ending| ending == "tgz")
                && Chart::load(self.tree, &entry.path, &mut Vec::new()).is_ok_and(|chart| {
                    let version = chart.metadata.version.as_str();
                    chart.name() == it.name && !kept.contains(&(chart.name(), version))
                })
            {
                outdated.push(entry.path);
            }
        }
        Ok(outdated)
    }

    pub(super) fn constraint(&self, it: &Dependency) -> Result<Constraint, DependencyError> {
        let version = &it.version;
        Constraint::parse(version).map_err(|err| {
            self.wrong(it, format!("its version {version:?} is no version and no range: {err}"))
        })
    }

    pub(super) fn wrong(&self, it: &Dependency, problem: impl Into<String>) -> DependencyError {
        let (path, name) = (self.file.clone(), it.name.clone());
        DependencyError::Dependency { path, name, problem: problem.into() }
    }

    pub(super) fn source(&self, it: &Dependency, cause: SourceError) -> DependencyError {
        DependencyError::Source { path: self.file.clone(), name: it.name.clone(), cause }
    }
}

fn same_version(one: &str, other: &str) -> bool {
    match (Version::parse(one), Version::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
